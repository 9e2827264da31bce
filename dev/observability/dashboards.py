"""Writes the dashboards of the chart. `--check` only compares."""

import argparse
import json
import sys
from pathlib import Path

from job_panels import NOW, OBEYING, OF, RANGE, TROUBLE, WAITING, WORK, count, increase, quantile
from panels import Dashboard, Panel, Row

FOLDER = Path(__file__).resolve().parents[2] / "charts" / "pimjobs" / "files" / "dashboards"

API = "pimjob_operator_api_requests_total"
WRITES = '{method!~"GET|WATCH", resource!="leases"}'

RELEASES = Row(
    title="Releases and profiles",
    panels=[
        Panel(title="Releases by state", about="Those whose gate is closed, and those that stuck.",
              queries={"{{state}}":
                       'sum by (state) (pimjob_releases{namespace=~"$namespace"})'},
              width=12, stacked=True),
        Panel(title="Last success of each profile", about="How long ago. Needs metrics.profiles.",
              unit="s", kind="table", width=12, queries={"{{profile}}":
              "time() - max by (namespace, type, profile)"
              f" (pimjob_last_success_timestamp_seconds{{{OF}}})"}),
    ],
)  # fmt: skip

DURATION = Row(
    title="Duration",
    panels=[
        Panel(title="From the first attempt to the end", about="Pauses included; by quantile.",
              unit="s", width=12,
              queries={"half of them": quantile(0.5, "pimjob_duration_seconds"),
                       "9 of 10": quantile(0.9, "pimjob_duration_seconds"),
                       "99 of 100": quantile(0.99, "pimjob_duration_seconds")}),
        Panel(title="Launched per hour", about="PimJobs created.", width=12,
              queries={"launched": increase("pimjob_launched_total", "type")}),
    ],
)  # fmt: skip

STATE = Row(
    title="State",
    panels=[
        count("Active replicas", "One, always.", "sum(pimjob_operator_leader)"),
        count("Waiting reconciles", "PimJobs and PimReleases in the queue.",
              "max(pimjob_operator_queue_depth)"),
        count("Since the last full list", "It proves that the watches are alive.",
              "time() - max(pimjob_operator_sweep_timestamp_seconds)", "s"),
        count("Missed by the watch", "Objects that a full list had to bring back, last day.",
              "sum(increase(pimjob_operator_sweep_corrections_total[1d]))"),
        count("Nobody's Jobs and Pods", "With the label of a PimJob that is not theirs: ignored.",
              "sum(increase(pimjob_operator_foreign_children_total[1d]))"),
        Panel(title="Version", about="Of each replica.", kind="table", height=4, width=4,
              queries={"{{version}}": "count by (version) (pimjob_build_info)"}),
    ],
)  # fmt: skip

RECONCILES = Row(
    title="Reconciles",
    panels=[
        Panel(title="Reconciles per second", about="By result; retry: the API server failed.",
              unit="ops", stacked=True,
              queries={"{{result}}":
                       f"sum by (result) (rate(pimjob_operator_reconciles_total[{RANGE}]))"}),
        Panel(title="Time of a reconcile", about="By quantile.", unit="s",
              queries={name: f"histogram_quantile({share}, sum by (le)"
                       f" (rate(pimjob_operator_reconcile_duration_seconds_bucket[{RANGE}])))"
                       for name, share in (("half of them", 0.5), ("99 of 100", 0.99))}),
        Panel(title="Since the last watch event", about="By kind. Long is normal where nothing"
              " happens.", unit="s",
              queries={"{{kind}}": "time() - max by (kind)"
                       " (pimjob_operator_watch_last_event_timestamp_seconds)"}),
    ],
)  # fmt: skip

REQUESTS = Row(
    title="API server",
    panels=[
        Panel(title="Requests per second", about="By method.", unit="ops", stacked=True,
              queries={"{{method}}": f"sum by (method) (rate({API}[{RANGE}]))"}),
        Panel(title="Writes per job", about="Of the operator, Events included and its Lease left"
              " out, for each PimJob created in the last hour.",
              queries={"writes": f"sum(increase({API}{WRITES}[1h]))"
                       " / sum(increase(pimjob_launched_total[1h]))"}),
        Panel(title="Answers other than success", about="429: throttled; none: no answer; 404 and"
              " 409 are part of the business.", unit="ops",
              queries={"{{method}} {{resource}} {{status}}":
                       "sum by (method, resource, status)"
                       f' (rate({API}{{status!~"2.."}}[{RANGE}]))'}),
    ],
)  # fmt: skip

PROCESS = Row(
    title="Process",
    panels=[
        Panel(title="Memory", about="Resident.", unit="bytes", width=12,
              queries={"{{instance}}": "process_resident_memory_bytes and on (instance)"
                       " pimjob_operator_leader"}),
        Panel(title="CPU", about="Cores.", width=12,
              queries={"{{instance}}": f"rate(process_cpu_seconds_total[{RANGE}]) and on (instance)"
                       " pimjob_operator_leader"}),
    ],
)  # fmt: skip

DASHBOARDS = (
    Dashboard(
        name="overview",
        title="PimJobs / Overview",
        about="What runs, what waits, what went wrong.",
        rows=[NOW, WORK, WAITING, TROUBLE, RELEASES],
        variables={"namespace": False, "type": False},
    ),
    Dashboard(
        name="job-type",
        title="PimJobs / One job type",
        about="How jobs of one type fare.",
        rows=[NOW, DURATION, WORK, WAITING, OBEYING, TROUBLE],
        variables={"namespace": False, "type": True},
    ),
    Dashboard(
        name="operator",
        title="PimJobs / Operator",
        about="Whether the operator sees, decides and writes as it should.",
        rows=[STATE, RECONCILES, REQUESTS, PROCESS],
        variables={},
    ),
)


def files() -> dict[Path, str]:
    """Return what has to be in each file."""
    return {
        FOLDER / f"{one.name}.json": json.dumps(one.model(), indent=1) + "\n" for one in DASHBOARDS
    }


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a file differs")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = 0
    for file, text in files().items():
        if not options.check:
            file.write_text(text, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            print(f"{file} is not what the code says. Run: make generate")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
