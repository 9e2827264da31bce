"""Warnings: all are counted, few of a row and not many of a step are stored."""

from itertools import count as count_up
from pathlib import Path
from typing import Any

import pytest
from runs import Job, terminate

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import first_items, warning_bounds
from pimjob_runner.engine.first_items import Kind, Stored, shared_kinds
from pimjob_runner.engine.warning_bounds import Bounded, bounded
from pimjob_runner.sdk import ItemWarning, of_one_row
from pimjob_runner.testing.kill_points import KillPoints, in_child


def row(line: int | None, warnings: int, *, record_at: int | None = 0) -> list[ItemWarning]:
    return [
        ItemWarning(f"why {n}", line=line, record="row" if n == record_at else None)
        for n in range(warnings)
    ]


def told(found: Bounded) -> list[tuple[int, str, int]]:
    return [(number, warning.reason, warning.more) for number, warning in found.kept]


def test_of_a_row_ten_are_kept_and_the_last_says_how_many_more_there_are() -> None:
    (*nine, last) = of_one_row(row(2, 400))

    assert nine == row(2, 9)
    assert (last.reason, last.more) == ("why 9", 390)
    assert of_one_row(of_one_row(row(2, 400))) == [*nine, last]
    assert of_one_row([]) == []


def test_what_a_session_has_not_bounded_is_bounded_here() -> None:
    found = bounded([*row(2, 2), *row(3, 12), *row(4, 1)], 0)

    assert found.count == 15
    assert told(found) == [
        (0, "why 0", 0), (1, "why 1", 0),
        *((2 + n, f"why {n}", 0) for n in range(9)), (11, "why 9", 2),
        (14, "why 0", 0),
    ]  # fmt: skip


def test_beyond_those_of_a_step_a_refused_row_keeps_the_one_with_its_record() -> None:
    found = bounded([*row(2, 5), *row(3, 3, record_at=2), *row(4, 3, record_at=None)], 10_000)

    assert found.count == 11
    assert told(found) == [(0, "why 0", 4), (5, "why 2", 2)]
    assert [warning.record for _, warning in found.kept] == ["row", "row"]


def test_the_last_row_that_has_room_has_as_many_as_there_is() -> None:
    assert told(bounded(row(2, 5), 9_998)) == [(0, "why 0", 0), (1, "why 1", 3)]
    assert told(bounded(row(2, 5, record_at=4), 9_998)) == [(0, "why 0", 0), (1, "why 4", 3)]


def test_warnings_without_a_line_are_about_a_row_each() -> None:
    assert told(bounded(row(None, 12), 9_999)) == [(0, "why 0", 0)]
    assert len(bounded(row(None, 12), 0).kept) == 12


REFUSED = {"count": 60, "refuseEvery": 2, "reasons": 15}


def what_is_left(job: Job) -> Any:
    return (
        job.query("SELECT seq, line, reason, record, more FROM item_warning ORDER BY seq"),
        job.query("SELECT warnings, counters FROM step_execution WHERE name = 'write'"),
        [(sample.line, sample.reason, sample.more) for sample in job.write.samples],
        [artifact.path.read_text() for artifact in job.last.artifacts],
    )


@pytest.mark.parametrize("chunk", [1, 7, 1_000])
def test_the_same_are_stored_wherever_chunks_end_and_whoever_goes_on(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(warning_bounds, "MOST_PER_STEP", 95)
    job = Job(database_url, tmp_path / "files", parameters=REFUSED | {"chunk": chunk})
    for processed in (7, 14, 28, 42):
        job.run_until(processed, terminate)
    job.run()

    rows, counted, samples, files = what_is_left(job)
    assert counted == [(450, '{"created": 30, "invalid": 30, "read": 60}')]
    assert len(rows) == 95 + 20
    assert sum(1 + (more or 0) for *_, more in rows) == 450
    assert [line for _, line, _, record, _ in rows if record] == list(range(2, 62, 2))
    assert [seq for seq, *_ in rows][:12] == [*range(10), 15, 16]
    assert samples == [(2, "is refused", 0), (2, "is not 1", 0), (2, "is not 2", 0)]
    assert files == ["number;square\n" + "".join(f"{n};{n * n}\n" for n in range(0, 60, 2))]


ALL_REFUSED = {"count": 60, "refuseEvery": 1, "failsEarly": True}
MESSAGE = (
    "Each of the first 30 rows is refused for the same reason: column number: is refused. So it is"
    " not some rows that are wrong, but the file as a whole, or what it refers to is not there yet."
    " Mend that, and launch the job again."
)


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_items, "FIRST", 30)
    monkeypatch.setattr(first_items, "FEWEST", 10)


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("chunk", [1, 7, 29, 1_000])
def test_a_file_whose_first_rows_are_all_refused_for_one_reason_fails(
    job: Job, chunk: int, *, apart: bool
) -> None:
    job.parameters = ALL_REFUSED | {"chunk": chunk, "apart": apart}

    outcome = job.run()

    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "EveryRowRefused")
    assert (outcome.message, outcome.processed) == (MESSAGE, 30)
    (artifact,) = job.last.artifacts
    assert artifact.path.read_text().count("\n") == 31
    assert job.run().reason == "EveryRowRefused", "also when it is tried again"


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"failsEarly": False}, OutcomeKind.COMPLETED),
        ({"refuseEvery": 2}, OutcomeKind.COMPLETED),
        ({"count": 9}, OutcomeKind.COMPLETED),
        ({"count": 10}, OutcomeKind.FAILED),
        ({"count": 29}, OutcomeKind.FAILED),
        ({"count": 30}, OutcomeKind.FAILED),
    ],
)
def test_only_where_all_are_refused_and_there_are_enough(
    sqlite_job: Job, parameters: dict[str, Any], kind: OutcomeKind
) -> None:
    sqlite_job.parameters = ALL_REFUSED | parameters
    assert sqlite_job.run().kind is kind


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("good", [0, 29, 30])
def test_one_good_row_among_the_first_is_enough(
    sqlite_job: Job, monkeypatch: pytest.MonkeyPatch, good: int
) -> None:
    monkeypatch.setattr("numbers_job.refused", lambda _parameters, n: n != good)
    sqlite_job.parameters = ALL_REFUSED

    kind = OutcomeKind.FAILED if good == 30 else OutcomeKind.COMPLETED
    assert sqlite_job.run().kind is kind


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("count", [25, 60])
def test_killed_at_each_call_it_fails_the_same(sqlite_url: str, tmp_path: Path, count: int) -> None:
    parameters = ALL_REFUSED | {"count": count, "reasons": 3, "chunk": 12}
    undisturbed = Job(sqlite_url, tmp_path / "files", id="undisturbed", parameters=parameters)
    wanted = undisturbed.run()
    assert wanted.reason == "EveryRowRefused"

    def ends(job: Job, point: int) -> bool:
        return bool(job.run(connect=KillPoints(point).connect))

    for point in count_up():
        job = Job(sqlite_url, tmp_path / "files", id=f"job-{point}", parameters=parameters)
        if in_child(lambda job=job, point=point: ends(job, point)):  # type: ignore[misc]
            break
        assert job.run(attempt=2) == wanted
        assert job.write.counters == undisturbed.write.counters
        assert job.write.warnings == undisturbed.write.warnings
        (file,), (same,) = job.last.artifacts, undisturbed.last.artifacts
        assert file.path.read_bytes() == same.path.read_bytes()
    assert point > 40


def refused_rows(*rows: list[tuple[str | None, str]]) -> list[Stored]:
    return [
        Stored(line, column, reason, refused=number == 0)
        for line, row in enumerate(rows, start=2)
        for number, (column, reason) in enumerate(row)
    ]


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ([[("a", "wrong")], [("a", "wrong")]], [("wrong", "a")]),
        ([[("a", "wrong")], [("b", "wrong")]], []),
        ([[("a", "wrong"), ("b", "odd")], [("b", "odd")]], [("odd", "b")]),
        ([[("a", "no family 'x'")], [("a", "no family 'y'")]], [("no family …", "a")]),
        ([[("a", "at most 10")], [("a", "at most 10")]], [("at most 10", "a")]),
        ([[(None, "has 3 cells, not 7")], [(None, "has 4 cells, not 7")]],
         [("has … cells, not …", None)]),
    ],
)  # fmt: skip
def test_what_all_rows_share(
    rows: list[list[tuple[str | None, str]]], shared: list[tuple[str, str | None]]
) -> None:
    assert list(shared_kinds(refused_rows(*rows), len(rows))) == [Kind(*one) for one in shared]


def test_rows_that_were_taken_in_spite_of_a_warning_share_nothing() -> None:
    rows = [Stored(line, "a", "odd", refused=False) for line in (2, 3)]
    assert shared_kinds(rows, 2) == ()
