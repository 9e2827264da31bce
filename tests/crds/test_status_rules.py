"""What the API server takes of a PimJob's status, how much of it, and from whom."""

from typing import Any

import pytest

from pimjob_api.definitions import PIMJOB
from pimjob_api.names import MANAGER_OPERATOR, MANAGER_RUNNER, STATUS_BYTES
from pimjob_api.schema import structural
from support.largest import bytes_limit, compact, largest
from support.pimjobs import PimJobs, refusal

STATUS = structural(PIMJOB.status, defaults=False)
NOW = "2026-01-02T03:04:05Z"


def test_the_largest_status_is_within_its_budget() -> None:
    assert 0.8 * STATUS_BYTES < len(compact(largest(STATUS))) <= STATUS_BYTES


@pytest.mark.cluster
def test_the_largest_status_is_taken_whole(jobs: PimJobs) -> None:
    jobs.create()
    jobs.report(largest(STATUS))
    assert jobs.read()["status"] == largest(STATUS)


@pytest.mark.cluster
def test_texts_are_bounded_in_bytes_wherever_they_repeat(jobs: PimJobs) -> None:
    """One character more than fits, of two bytes each, in every such place at once."""
    jobs.create()
    message = refusal(lambda: jobs.report(overfull(STATUS)))
    for path in bounded_paths(STATUS, "status"):
        assert f"{path}: Invalid value" in message


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"phase": "Cancelled"}, "status.phase: Unsupported value"),
        ({"progress": "half"}, "status.progress: Invalid value"),
        ({"message": "two\nlines"}, "no control characters"),
        ({"heartbeatTime": "yesterday"}, "status.heartbeatTime: Invalid value"),
        ({"heartbeatTime": f"2026-01-02T03:04:05.{'0' * 50}Z"}, "status.heartbeatTime: Too long"),
        ({"warnings": -1}, "status.warnings: Invalid value"),
        ({"etaSeconds": 2**53}, "status.etaSeconds: Invalid value"),
        ({"steps": [{"name": "a"}, {"name": "a"}]}, "status.steps[1]: Duplicate value"),
        ({"steps": [{"name": f"s{n}"} for n in range(11)]}, "status.steps: Too many: 11"),
        ({"steps": [{"name": "a", "counters": {"é" * 17: 1}}]}, "a counter's name may have"),
        (
            {"steps": [{"name": "a", "counters": {f"c{n}": n for n in range(11)}}]},
            "status.steps[0].counters: Too many: 11",
        ),
        (
            {"steps": [{"name": "a", "warningSamples": [{"reason": "r"}] * 4}]},
            "status.steps[0].warningSamples: Too many: 4",
        ),
        (
            {"attempts": [{"number": 1, "job": "a-1"}, {"number": 1, "job": "a-1"}]},
            "status.attempts[1]: Duplicate value",
        ),
        (
            {"artifacts": [{"kind": "input", "name": "a", "url": "u"}] * 2},
            "status.artifacts[1]: Duplicate value",
        ),
        (
            {"conditions": [{"type": "Ready", "status": "Maybe"}]},
            "status.conditions[0].status: Unsupported value",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else compact(value).decode()[:40],
)
def test_a_report_out_of_bounds_is_refused(
    jobs: PimJobs, status: dict[str, Any], message: str
) -> None:
    jobs.create()
    assert message in refusal(lambda: jobs.report(status))


@pytest.mark.cluster
def test_what_people_write_into_a_status_is_ignored(jobs: PimJobs) -> None:
    jobs.create()
    jobs.report({"phase": "Running"})
    assert jobs.change(label="New")["status"] == {"phase": "Running"}


@pytest.mark.cluster
def test_operator_and_runner_write_side_by_side(jobs: PimJobs) -> None:
    jobs.create()
    attempt = {"number": 1, "job": "a-1"}
    step = {"name": "import", "processed": 5}
    jobs.apply_status(MANAGER_OPERATOR, {"phase": "Running", "attempts": [attempt]})
    jobs.apply_status(MANAGER_RUNNER, {"heartbeatTime": NOW, "progress": "5%", "steps": [step]})
    jobs.apply_status(MANAGER_OPERATOR, {"phase": "Completed", "attempts": [attempt]})
    assert jobs.read()["status"] == {
        "phase": "Completed",
        "attempts": [attempt],
        "heartbeatTime": NOW,
        "progress": "5%",
        "steps": [step],
    }


@pytest.mark.cluster
def test_what_a_writer_leaves_out_goes_and_the_others_stays(jobs: PimJobs) -> None:
    jobs.create()
    jobs.apply_status(MANAGER_OPERATOR, {"phase": "Running", "message": "why"})
    jobs.apply_status(MANAGER_RUNNER, {"progress": "5%", "etaSeconds": 9})
    jobs.apply_status(MANAGER_RUNNER, {"progress": "6%"})
    jobs.apply_status(MANAGER_OPERATOR, {"phase": "Running"})
    assert jobs.read()["status"] == {"phase": "Running", "progress": "6%"}


@pytest.mark.cluster
def test_lists_merge_element_by_element(jobs: PimJobs) -> None:
    """Two writers of one list, as when a step is written by a shard of the job."""
    jobs.create()
    jobs.apply_status("one", {"steps": [{"name": "download", "processed": 1}]})
    jobs.apply_status("two", {"steps": [{"name": "import", "processed": 2}]})
    jobs.apply_status("one", {"steps": [{"name": "download", "processed": 3}]})
    assert jobs.read()["status"]["steps"] == [
        {"name": "download", "processed": 3},
        {"name": "import", "processed": 2},
    ]


@pytest.mark.cluster
@pytest.mark.parametrize(
    "selector",
    ["spec.type=wanted", "spec.user=julia", "spec.profile=daily", "status.phase=Running"],
)
def test_jobs_are_found_by_what_people_filter_by(jobs: PimJobs, selector: str) -> None:
    jobs.create("wanted", type="wanted", user="julia", profile="daily")
    jobs.report({"phase": "Running"}, "wanted")
    jobs.create("other", type="other", user="marc", profile="late")
    jobs.report({"phase": "Completed"}, "other")
    assert jobs.found_by(selector) == ["wanted"]


def overfull(schema: dict[str, Any]) -> Any:
    """Return a value whose texts are too long by one byte wherever bytes are bounded."""
    if schema.get("type") == "array":
        return [overfull(schema["items"])]
    if "properties" in schema:
        return {name: overfull(value) for name, value in schema["properties"].items()}
    limit = bytes_limit(schema)
    if limit is not None and schema["type"] == "string":
        return "é" * (limit // 2 + 1)
    return largest(schema)


def bounded_paths(schema: dict[str, Any], path: str) -> list[str]:
    """Return where texts are bounded in bytes, in the first element of each list."""
    if schema.get("type") == "array":
        return bounded_paths(schema["items"], f"{path}[0]")
    if "properties" in schema:
        parts = schema["properties"].items()
        return [found for name, value in parts for found in bounded_paths(value, f"{path}.{name}")]
    limited = schema.get("type") == "string" and bytes_limit(schema) is not None
    return [path] if limited else []
