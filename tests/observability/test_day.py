"""What a real Prometheus has scraped of a day: metrics, alerts, all queries of dashboards."""

import math
import re

import pytest

from pimjob_kube.metered import Definition
from pimjob_operator.metrics import DEFINITIONS
from support.control_plane import ROOT, wait_for
from support.dashboards import Query, queries_of
from support.day import LONG, SHORT
from support.observed import ObservedDay

DASHBOARDS = sorted((ROOT / "charts" / "pimjobs" / "files" / "dashboards").glob("*.json"))
QUERIES = [(file.stem, query) for file in DASHBOARDS for query in queries_of(file)]
NEVER = {"pimjob_conditions"}
"""Metrics of what does not happen on an ordinary day."""

FIRE = {"PimDatabaseUnavailable", "PimPlatformFailures"}
"""Alerts about what went wrong that day: a database that was away, one that was misconfigured."""


def of(name: str) -> Definition:
    return next(one for one in DEFINITIONS if one.name == name)


def test_the_operator_is_scraped(day: ObservedDay) -> None:
    (target,) = day.prometheus.targets()
    assert (target["health"], target["lastError"]) == ("up", "")


@pytest.mark.parametrize("name", [one.name for one in DEFINITIONS if one.name not in NEVER])
def test_each_metric_is_there_with_the_labels_that_it_says(day: ObservedDay, name: str) -> None:
    found = of(name)
    sample = f"{name}_count" if found.kind == "histogram" else name
    # Of the whole day: some things are over at its end.
    series = day.prometheus.query(f"last_over_time({sample}[1h])")
    assert series
    for one in series:
        labels = {k: v for k, v in one["metric"].items() if k not in {"instance", "job", "pod"}}
        labels.pop("__name__", None)
        assert set(labels) <= set(found.labels)
        for label, values in found.labels.items():
            # Prometheus leaves out what is empty: a job that nobody has looked at has no reason.
            assert isinstance(values, str) or labels[label] in values


@pytest.mark.parametrize("name", [one.name for one in DEFINITIONS if one.name not in NEVER])
def test_the_query_of_each_metric_finds_something(day: ObservedDay, name: str) -> None:
    # Windows of hours see the whole day; those of minutes are asked for some moment of it.
    found = day.prometheus.query_range(of(name).query, day.began, day.ended, 1)
    assert found


def test_the_numbers_are_those_of_the_day(day: ObservedDay) -> None:
    def total(name: str, **labels: str) -> float | None:
        selected = ", ".join(f'{label}="{value}"' for label, value in labels.items())
        return day.prometheus.value(f"sum({name}{{{selected}}})")

    assert total("pimjob_launched_total", type=SHORT) == 7
    assert total("pimjob_launched_total", type=LONG.name) == 4
    assert total("pimjob_finished_total", result="Completed") == 8
    assert total("pimjob_finished_total", result="Stopped") == 1
    assert total("pimjob_failures_total", cause="job", reason="SourceNotFound") == 1
    assert total("pimjob_failures_total", cause="platform", reason="DatabaseMisconfigured") == 1
    assert total("pimjob_pauses_total", reason="Paused") == 1
    assert (total("pimjob_pauses_total", reason="ReleaseInProgress") or 0) >= 1
    assert total("pimjob_attempts_total", outcome="Crashed", reason="OOMKilled") == 1
    assert (total("pimjob_attempts_total", reason="DatabaseUnavailable") or 0) >= 2
    assert total("pimjob_stop_seconds_count", type=LONG.name) == 1
    assert total("pimjob_items_redone_total") == 0, "paused, stopped, killed: nothing was lost"
    assert total("pimjob_items_total", type=SHORT, outcome="created") == 5 * 195
    assert total("pimjob_items_total", type=SHORT, outcome="invalid") == 5 * 5


def test_every_job_counts_once_whatever_became_of_its_attempts(day: ObservedDay) -> None:
    """As many as the PimJobs themselves say."""
    value = day.prometheus.value
    assert value('sum(pimjob_items_total{outcome="read"})') == value(
        'sum(pimjob_items_total{outcome=~"created|invalid"})'
    )
    assert value("sum(pimjob_finished_total)") == value("sum(pimjob_jobs)")


@pytest.mark.parametrize(
    "query", [pytest.param(q, id=f"{board}: {q.panel}: {q.number}") for board, q in QUERIES]
)
def test_each_query_of_a_dashboard_finds_numbers(day: ObservedDay, query: Query) -> None:
    asked = query.of(day.namespace, f"{SHORT}|{LONG.name}")
    found = day.prometheus.query_range(asked, day.began, day.ended, 1)
    values = [float(text) for one in found for _, text in one["values"]]
    assert any(math.isfinite(value) for value in values), asked
    assert all(value >= -1 for value in values if math.isfinite(value)), "no age is in the future"
    for one in found:
        assert set(re.findall(r"{{(\w+)}}", query.legend)) <= set(one["metric"]), query.legend


def test_rules_run_and_alerts_tell_what_went_wrong(day: ObservedDay) -> None:
    rules = day.prometheus.rules()
    assert {
        rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"
    } == {}
    assert len({rule["name"] for rule in rules}) == 23
    # A rule sees an increase some scrapes later.
    wait_for(lambda: active(day) >= FIRE, f"{FIRE - active(day)}")
    assert active(day) == FIRE


def active(day: ObservedDay) -> set[str]:
    return {rule["name"] for rule in day.prometheus.rules() if rule["state"] != "inactive"}
