"""Panels about jobs, of one type or of many: overview and job type show most of the same."""

from panels import Panel, Row

OF = 'namespace=~"$namespace", type=~"$type"'
RANGE = "$__rate_interval"


def quantile(share: float, metric: str, by: str = "") -> str:
    """Return the query for a quantile of a histogram."""
    return f"histogram_quantile({share}, sum by ({by}le) (rate({metric}_bucket{{{OF}}}[{RANGE}])))"


def increase(metric: str, by: str, more: str = "", window: str = "1h") -> str:
    """Return the query for how much a counter has grown in a window."""
    return f"sum by ({by}) (increase({metric}{{{OF}{more}}}[{window}]))"


def age(metric: str, by: str, more: str = "") -> str:
    """Return the query for how long ago the oldest timestamp of a gauge is."""
    return f"time() - min by ({by}) ({metric}{{{OF}{more}}})"


def count(title: str, about: str, expr: str, unit: str = "short") -> Panel:
    """Return a panel with one number."""
    return Panel(title=title, about=about, queries={title: expr}, unit=unit, kind="stat",
                 width=4, height=4)  # fmt: skip


NOW = Row(
    title="Now",
    panels=[
        count("Running", "PimJobs at work.",
              f'sum(pimjob_jobs{{{OF}, phase="Running"}}) or vector(0)'),
        count("Queued or starting", "PimJobs that nobody works on yet.",
              f'sum(pimjob_jobs{{{OF}, phase=~"Queued|Starting"}}) or vector(0)'),
        count("Paused", "By people, for a release, or for want of an image.",
              f'sum(pimjob_jobs{{{OF}, phase=~"Pausing|Paused"}}) or vector(0)'),
        count("Failed, last day", "Whatever the cause.",
              f'sum(increase(pimjob_finished_total{{{OF}, result="Failed"}}[1d]))'),
        count("Items read per second", "Of all types chosen.",
              f'sum(rate(pimjob_items_total{{{OF}, outcome="read"}}[{RANGE}]))'),
        count("Longest silence", "Since the running job last reported that is silent longest.",
              f"time() - min(pimjob_heartbeat_oldest_timestamp_seconds{{{OF}}}) or vector(0)", "s"),
    ],
)  # fmt: skip

WORK = Row(
    title="Work",
    panels=[
        Panel(title="Jobs by phase", about="PimJobs that are there and have not ended.",
              queries={"{{phase}}":
                       f'sum by (phase) (pimjob_jobs{{{OF}, phase!~"Completed|Stopped|Failed"}})'},
              stacked=True),
        Panel(title="Ended per hour", about="By result.",
              queries={"{{result}}": increase("pimjob_finished_total", "result")}, stacked=True),
        Panel(title="Items per second", about="By what became of them.", unit="ops",
              queries={"{{outcome}}":
                       f"sum by (outcome) (rate(pimjob_items_total{{{OF}}}[{RANGE}]))"}),
        Panel(title="Invalid share of items", about="Of what was read in the last hour.",
              unit="percentunit",
              queries={"{{type}}": increase("pimjob_items_total", "type", ', outcome="invalid"')
                       + " / " + increase("pimjob_items_total", "type", ', outcome="read"')}),
        Panel(title="Warnings per hour", about="About items.",
              queries={"{{type}}": increase("pimjob_warnings_total", "type")}),
        Panel(title="Items done once more", about="Because a database lost their commit. Always 0"
              " unless a database was set to forgive a power cut.",
              queries={"{{type}}": increase("pimjob_items_redone_total", "type")}),
    ],
)  # fmt: skip

WAITING = Row(
    title="Waiting",
    panels=[
        Panel(title="Oldest of each phase", about="How long the job has been in it that has been"
              " there longest.", unit="s",
              queries={"{{phase}}": age("pimjob_phase_oldest_timestamp_seconds", "phase",
                                        ', phase!~"Running|Paused"')}),
        Panel(title="Wait in the queue", about="From creation to the first attempt.", unit="s",
              queries={"half of them": quantile(0.5, "pimjob_queue_wait_seconds"),
                       "9 of 10": quantile(0.9, "pimjob_queue_wait_seconds")}),
        Panel(title="Checkpoint and heartbeat", about="Age of the oldest of the running jobs.",
              unit="s",
              queries={what + " {{type}}": age(f"pimjob_{what}_oldest_timestamp_seconds", "type")
                       for what in ("checkpoint", "heartbeat")}),
    ],
)  # fmt: skip

OBEYING = Row(
    title="Promptness, 99 of 100",
    panels=[
        Panel(title="Start", about="From an attempt's Job to its runner.", unit="s", width=6,
              queries={"start": quantile(0.99, "pimjob_start_seconds")}),
        Panel(title="Resume", about="The same after a pause.", unit="s", width=6,
              queries={"resume": quantile(0.99, "pimjob_resume_seconds")}),
        Panel(title="Pause", about="From the wish to Paused.", unit="s", width=6,
              queries={"pause": quantile(0.99, "pimjob_pause_seconds")}),
        Panel(title="Stop", about="From the wish to the moment nothing runs.", unit="s", width=6,
              queries={"stop": quantile(0.99, "pimjob_stop_seconds")}),
    ],
)  # fmt: skip

TROUBLE = Row(
    title="Trouble",
    panels=[
        Panel(title="Failed by cause", about="Platform: neither files nor parameters are at fault.",
              kind="table", queries={"{{reason}}": "topk(20, "
              + increase("pimjob_failures_total", "type, cause, reason", window="1d") + " > 0)"}),
        Panel(title="Attempts that did not end by themselves", about="By reason, per hour.",
              queries={"{{outcome}}: {{reason}}": increase(
                  "pimjob_attempts_total", "outcome, reason",
                  ', outcome=~"Crashed|Interrupted|Superseded"')}, stacked=True),
        Panel(title="Pauses per hour", about="By reason; Paused: by people.",
              queries={"{{reason}}": increase("pimjob_pauses_total", "reason")}, stacked=True),
    ],
)  # fmt: skip
