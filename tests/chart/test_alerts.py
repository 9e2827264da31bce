"""Alerts of the chart, asked of promtool: each fires when it should, and not when it should not."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_operator.metrics import LATENCY
from support.helm import CHART, Render

ROOT = Path(__file__).resolve().parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
KINDS = ("--api-versions", "monitoring.coreos.com/v1/PrometheusRule")
NOTIFIES = {"notifier": {"enabled": True}}
JOB = 'namespace="pim",type="csv_product_import"'
LABELS = {"namespace": "pim", "type": "csv_product_import"}
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
ALERTS = VALUES["alerts"]["rules"]

# Series as promtool writes them, one sample a minute.
UP = {"pimjob_operator_leader": "1x400", "pimjob_notifier_leader": "1x400"}
STANDBY = 'pimjob_operator_sweep_timestamp_seconds{pod="standby"}'
PROFILE = 'pimjob_last_success_timestamp_seconds{namespace="pim",type="t",profile="daily"}'
EVERY_FIVE_MINUTES = " ".join(f"{number}x4" for number in range(80))
FAST = {'le="60.0"': "0+10x400", 'le="30.0"': "0+10x400", 'le="300.0"': "0+10x400"}


def oldest(phase: str, reason: str = "") -> dict[str, str]:
    """A job that has been in a phase since the beginning of time."""
    labels = f'{JOB},phase="{phase}",reason="{reason}"'
    return {f"pimjob_phase_oldest_timestamp_seconds{{{labels}}}": "0x400"}


def finished(failed: str, completed: str) -> dict[str, str]:
    name = "pimjob_finished_total"
    return {
        f'{name}{{{JOB},result="Failed"}}': failed,
        f'{name}{{{JOB},result="Completed"}}': completed,
    }


def items(read: str, invalid: str) -> dict[str, str]:
    name = "pimjob_items_total"
    return {f'{name}{{{JOB},outcome="read"}}': read, f'{name}{{{JOB},outcome="invalid"}}': invalid}


def latency(metric: str, within: str, count: str) -> dict[str, str]:
    """So many jobs within the objective, and so many in all."""
    found = {f"{metric}_bucket{{{JOB},{le}}}": within for le in FAST}
    return {**found, f"{metric}_count{{{JOB}}}": count}


def failures(cause: str, number: str) -> dict[str, str]:
    return {f'pimjob_failures_total{{{JOB},cause="{cause}",reason="a"}}': number}


def crashed(reason: str, number: str) -> dict[str, str]:
    return {f'pimjob_attempts_total{{{JOB},outcome="Crashed",reason="{reason}"}}': number}


def volume(available: int) -> dict[str, str]:
    labels = 'namespace="pim",persistentvolumeclaim="pimjob-data"'
    return {
        f"kubelet_volume_stats_available_bytes{{{labels}}}": f"{available}x400",
        f"kubelet_volume_stats_capacity_bytes{{{labels}}}": "100x400",
    }


def swept(when: str) -> dict[str, str]:
    where = '{pod="a",instance="b"}'
    return {
        f"pimjob_operator_leader{where}": "1x400",
        f"pimjob_operator_sweep_timestamp_seconds{where}": when,
    }


def outbox(result: str, created: str) -> dict[str, str]:
    labels = f'event="Failed",result="{result}"'
    return {f"pimjob_operator_notifications_total{{{labels}}}": created}


def reconciles(errors: str, successes: str) -> dict[str, str]:
    name = "pimjob_operator_reconciles_total"
    return {f'{name}{{result="error"}}': errors, f'{name}{{result="success"}}': successes}


PENDING = 'pimjob_notifications_pending_oldest_timestamp_seconds{namespace="pim"}'

# What fires at six hours, and what must not.
FIRES: dict[str, dict[str, str]] = {
    "PimOperatorDown": {"pimjob_operator_leader": "0x400"},
    "PimOperatorDeaf": swept("0x400"),
    "PimOperatorErrors": reconciles("0+1x400", "0+9x400"),
    "PimNamespaceLeftOut": {"pimjob_operator_namespaces_left_out": "1x400"},
    "PimJobStuckStarting": oldest("Starting"),
    "PimJobNoHeartbeat": {f"pimjob_heartbeat_oldest_timestamp_seconds{{{JOB}}}": "0x400"},
    "PimJobNoProgress": {f"pimjob_checkpoint_oldest_timestamp_seconds{{{JOB}}}": "0x400"},
    "PimJobStoppingTooLong": oldest("Stopping"),
    "PimJobPausingTooLong": oldest("Pausing"),
    "PimJobPausedTooLong": oldest("Paused", "NewImage"),
    "PimReleaseGateStuck": {'pimjob_releases{namespace="pim",state="Stuck"}': "1x400"},
    "PimQueueAgeHigh": oldest("Queued", "QuotaExceeded"),
    "PimFailureRatioHigh": finished("0+1x400", "0+1x400"),
    "PimInvalidRatioHigh": items("0+100x400", "0+30x400"),
    "PimRestartLoop": {
        f'pimjob_attempts_total{{{JOB},outcome="Crashed",reason="OOMKilled"}}': "0+1x400"
    },
    "PimCheckpointUnreadable": {
        f'pimjob_conditions{{{JOB},condition="CheckpointUnreadable"}}': "1x400"
    },
    "PimNotifierDown": {"pimjob_notifier_leader": "0x400"},
    "PimNotificationBacklog": {PENDING: "0x400"},
    "PimNotificationsDead": {'pimjob_notifications{namespace="pim",state="Dead"}': "1x400"},
    "PimNotificationsLost": outbox("refused", "0x350 1x50"),
    # One job, at its longest back-off.
    "PimDatabaseUnavailable": crashed("DatabaseUnavailable", EVERY_FIVE_MINUTES),
    "PimProfileNoRecentSuccess": {PROFILE: "-200000x400"},
    "PimStorageFilling": volume(10),
    "PimStartSlow": latency("pimjob_start_seconds", "0+5x400", "0+10x400"),
    "PimStopSlow": latency("pimjob_stop_seconds", "0+5x400", "0+10x400"),
    "PimResumeSlow": latency("pimjob_resume_seconds", "0+5x400", "0+10x400"),
    "PimPlatformFailures": finished("0+1x400", "0+9x400") | failures("platform", "0+1x400"),
}  # fmt: skip
QUIET: dict[str, list[dict[str, str]]] = {
    "PimOperatorDown": [UP],
    # A standby compares nothing.
    "PimOperatorDeaf": [swept("0+60x400"), {STANDBY: "0x400"}],
    "PimOperatorErrors": [reconciles("0+1x400", "0+99x400")],
    "PimNamespaceLeftOut": [{"pimjob_operator_namespaces_left_out": "0x400"}],
    "PimJobStuckStarting": [oldest("Running"), {}],
    "PimJobNoHeartbeat": [{f"pimjob_heartbeat_oldest_timestamp_seconds{{{JOB}}}": "0+60x400"}],
    "PimJobNoProgress": [{f"pimjob_checkpoint_oldest_timestamp_seconds{{{JOB}}}": "0+60x400"}],
    "PimJobStoppingTooLong": [oldest("Running")],
    "PimJobPausingTooLong": [oldest("Running")],
    "PimJobPausedTooLong": [oldest("Paused", "Paused"), oldest("Paused", "ReleaseInProgress")],
    "PimReleaseGateStuck": [{'pimjob_releases{namespace="pim",state="Drained"}': "1x400"}],
    "PimQueueAgeHigh": [oldest("Queued", "ReleaseInProgress")],
    # Seldom, and one alone.
    "PimFailureRatioHigh": [finished("0+1x400", "0+9x400"), finished("0x350 1x50", "0x400")],
    "PimInvalidRatioHigh": [items("0+100x400", "0+5x400"), items("0x350 9x50", "0x350 9x50")],
    "PimRestartLoop": [
        {f'pimjob_attempts_total{{{JOB},outcome="Interrupted",reason="Terminated"}}': "0+1x400"},
        {f'pimjob_attempts_total{{{JOB},outcome="Crashed",reason="OOMKilled"}}': "0x350 1x50"},
    ],
    "PimCheckpointUnreadable": [{f'pimjob_conditions{{{JOB},condition="Refused"}}': "1x400"}],
    "PimNotifierDown": [UP],
    "PimNotificationBacklog": [{PENDING: "0+60x400"}],
    "PimNotificationsDead": [{'pimjob_notifications{namespace="pim",state="Pending"}': "1x400"}],
    "PimNotificationsLost": [outbox("created", "0+1x400")],
    # Another crash, and one that was long ago.
    "PimDatabaseUnavailable": [crashed("Error", "0x355 2x50"),
                               crashed("DatabaseUnavailable", "0x300 2x100")],
    "PimProfileNoRecentSuccess": [{PROFILE: "0x400"}, {}],
    "PimStorageFilling": [volume(50)],
    "PimStartSlow": [latency("pimjob_start_seconds", "0+10x400", "0+10x400"),
                     latency("pimjob_start_seconds", "0x400", "0x350 1x50")],
    "PimStopSlow": [latency("pimjob_stop_seconds", "0+10x400", "0+10x400")],
    "PimResumeSlow": [latency("pimjob_resume_seconds", "0+10x400", "0+10x400")],
    # Files that are wrong are their owners' business; one crash of few jobs is no burn.
    "PimPlatformFailures": [
        finished("0+1x400", "0+9x400") | failures("job", "0+1x400") | failures("platform", "0x400"),
        finished("0x350 1x50", "0x350 3x50") | failures("platform", "0x350 1x50"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def groups(render: Render) -> list[dict[str, Any]]:
    rules = [one for one in render(NOTIFIES, *KINDS) if one["kind"] == "PrometheusRule"]
    found: list[dict[str, Any]] = rules[0]["spec"]["groups"]
    return found


def rules_of(groups: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield from group["rules"]


def promtool(folder: Path, command: str, file: str, content: Any) -> str:
    """Run promtool on a file; return what it says against it."""
    (folder / file).write_text(json.dumps(content), encoding="utf-8")
    done = subprocess.run(
        ["promtool", command, "rules", file],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def fired(
    groups: list[dict[str, Any]], folder: Path, series: dict[str, str], expected: list[str]
) -> str:
    """Say how the alerts after six hours differ from those expected, by name."""
    # What they say is not compared.
    bare = [{**g, "rules": [{k: v for k, v in r.items() if k != "annotations"} for r in g["rules"]]}
            for g in groups]  # fmt: skip
    for rule in rules_of(bare):
        # Only which alerts fire: one series each.
        rule["expr"], rule["labels"] = f"group({rule['expr']})", {}
    (folder / "rules.yaml").write_text(json.dumps({"groups": bare}), encoding="utf-8")
    # An alert with two windows fires once for each.
    asked = [{"alertname": name, "eval_time": "6h", "exp_alerts": [{} for rule in rules_of(bare)
              if rule["alert"] == name and name in expected]} for name in ALERTS]  # fmt: skip
    test = {
        "interval": "1m",
        "input_series": [{"series": k, "values": v} for k, v in series.items()],
        "alert_rule_test": asked,
    }
    content = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    return promtool(folder, "test", "test.yaml", content)


def test_the_rules_are_valid_and_every_alert_has_values(
    groups: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert promtool(tmp_path, "check", "rules.yaml", {"groups": groups}) == ""
    assert {rule["alert"] for rule in rules_of(groups)} == set(ALERTS)
    assert set(FIRES) == set(QUIET) == set(ALERTS)


@pytest.mark.parametrize("name", list(FIRES))
def test_it_fires(name: str, groups: list[dict[str, Any]], tmp_path: Path) -> None:
    # `FIRES` last: the operator is up but where it is not.
    assert fired(groups, tmp_path, UP | FIRES[name], [name]) == ""


@pytest.mark.parametrize("name", list(QUIET))
def test_it_does_not_fire(name: str, groups: list[dict[str, Any]], tmp_path: Path) -> None:
    for series in QUIET[name]:
        assert fired(groups, tmp_path, UP | series, []) == ""


def test_a_weekly_release_that_pauses_500_jobs_pages_nobody(
    groups: list[dict[str, Any]], tmp_path: Path
) -> None:
    """For the last hour before it is looked: pausing, paused, queued, and 500 resumed in time."""
    paused = f'pimjob_pauses_total{{{JOB},reason="ReleaseInProgress"}}'
    ended = f'pimjob_attempts_total{{{JOB},outcome="Paused",reason="ReleaseInProgress"}}'
    states = {
        **oldest("Paused", "ReleaseInProgress"),
        **oldest("Queued", "ReleaseInProgress"),
        'pimjob_releases{namespace="pim",state="Drained"}': "1x400",
        paused: "0x300 500x100",
        ended: "0x300 500x100",
    }
    resumed = latency("pimjob_resume_seconds", "0x340 500x60", "0x340 500x60")
    assert fired(groups, tmp_path, UP | states | resumed, []) == ""


def test_an_objective_is_a_bucket_of_its_histogram() -> None:
    buckets = set(LATENCY)
    for name in ("PimStartSlow", "PimStopSlow", "PimResumeSlow"):
        assert ALERTS[name]["seconds"] in buckets


@pytest.mark.parametrize("name", list(ALERTS))
def test_it_has_a_page_of_what_to_do(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Meaning",
        "Impact",
        "Diagnosis",
        "What to do",
    ]
    assert "kubectl" in text.split("## Diagnosis")[1]


def durations(seconds: float) -> set[str]:
    """Return how a page may say how long."""
    words = {1: "one", 2: "two", 3: "three", 5: "five", 10: "ten"}
    named = {900: "a quarter of an hour", 1800: "half an hour", 3600: "an hour"}
    found = {f"{seconds:g} s", named.get(int(seconds), "")}
    for unit, length in (("minutes", 60), ("hours", 3600), ("days", 86400)):
        number = seconds / length
        found |= {f"{number:g} {unit}", f"{words.get(int(number), '-')} {unit}"}
    return found - {""}


def shares(ratio: float) -> set[str]:
    return {f"{ratio * 100:g}%", {0.25: "a quarter", 0.2: "a fifth"}.get(ratio, "-")}


def numbers(number: int) -> set[str]:
    return {str(number), {2: "two", 4: "four", 5: "five"}.get(number, "-")}


def stated(name: str, exprs: list[str]) -> list[set[str]]:
    """Return what the page of an alert has to say, each in one of several ways."""
    rule = ALERTS[name]
    found = [durations(rule["seconds"])] if "seconds" in rule else []
    if "ratio" in rule:
        found.append(shares(rule["ratio"]))
    if "objective" in rule:
        return [*found, shares(round(1 - rule["objective"], 4))]
    counted = [numbers(rule[key]) for key in ("attempts", "jobs", "items") if key in rule]
    windows = set(re.findall(r"increase\(.*?\[(\w+)\]", exprs[0])) if counted else set()
    return [*found, *counted, *(durations(seconds_of(window)) for window in windows)]


def seconds_of(window: str) -> int:
    return int(window[:-1]) * {"s": 1, "m": 60, "h": 3600}[window[-1]]


@pytest.mark.parametrize("name", list(ALERTS))
def test_its_page_says_the_numbers_that_it_has(name: str, groups: list[dict[str, Any]]) -> None:
    exprs = [rule["expr"] for rule in rules_of(groups) if rule["alert"] == name]
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    meaning = " ".join(text.split("## Meaning")[1].split("##")[0].lower().split())
    left = [ways for ways in stated(name, exprs) if not any(way in meaning for way in ways)]
    assert left == [], meaning


@pytest.mark.parametrize("name", ["PimOperatorDown", "PimOperatorErrors", "PimNotifierDown"])
def test_its_page_says_how_long_it_has_been_so(name: str) -> None:
    """Where nothing but `for` says since when."""
    meaning = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8").lower()
    assert any(way in meaning for way in durations(seconds_of(ALERTS[name]["for"])))


def test_the_monitoring_page_counts_them() -> None:
    text = (RUNBOOKS.parent / "monitoring.md").read_text(encoding="utf-8")
    of_notifications = sum("Notif" in name for name in ALERTS)
    assert of_notifications == 4, "the page says four"
    assert f"{len(ALERTS)} in all. {len(ALERTS) - of_notifications} of the operator" in text


def test_an_alert_can_be_left_out(render: Render) -> None:
    values = {**NOTIFIES, "alerts": {"rules": {"PimStopSlow": {"enabled": False}}}}
    (rule,) = [one for one in render(values, *KINDS) if one["kind"] == "PrometheusRule"]
    names = {r["alert"] for r in rules_of(rule["spec"]["groups"])}
    assert names == set(ALERTS) - {"PimStopSlow"}


def test_nobody_is_paged_for_a_notifier_that_is_switched_off(render: Render) -> None:
    (rule,) = [one for one in render({}, *KINDS) if one["kind"] == "PrometheusRule"]
    assert "otif" not in str(rule["spec"])
