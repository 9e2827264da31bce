"""An item that ends the runner each time is found, refused, and the rest goes on."""

import json
import os
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from import_job import ImportJob, small_chunks
from runs import Job, terminate

from pimjob_api import bounds
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine import chunk_size
from pimjob_runner.engine.chunk_size import LARGEST
from pimjob_runner.engine.suspicion import (
    AHEAD,
    FEW,
    MOST_SKIPPED,
    TRIES,
    Suspicion,
    after_death,
    after_removal,
)
from pimjob_runner.formats import line_blocks
from pimjob_runner.jobs.imports.known_rows import KnownRows
from pimjob_runner.jobs.imports.products import ProductSession
from pimjob_runner.sdk import Chunk, ChunkResult, ItemWarning, SessionFrom, SkippedItem
from pimjob_runner.stores.errors import DatabaseUnavailableError
from pimjob_runner.testing.kill_points import KillPoints, in_child

OPERATORS_LIMIT = 5
"""Attempts without progress after which a job is Failed."""


def run_until_done(job: Job, end: OutcomeKind = OutcomeKind.COMPLETED) -> list[int]:
    """Run attempt after attempt; return how many items were committed before each."""
    committed = []
    for number in range(1, 41):
        committed.append(processed(job) if number > 1 else 0)
        if in_child(lambda n=number: job.run(attempt=n).kind is end):  # type: ignore[misc]
            return committed
    raise AssertionError(committed)


def processed(job: Job) -> int:
    return int(job.query("SELECT processed FROM step_execution WHERE name = 'write'")[0][0])


def longest_without_progress(committed: list[int]) -> int:
    return max(committed.count(n) for n in committed)


def counters(job: Job) -> dict[str, int]:
    found: dict[str, int] = json.loads(
        job.query(
            "SELECT counters FROM step_execution WHERE name = 'write' AND job_id = ?", job.id
        )[0][0]
    )
    return found


@pytest.mark.parametrize(
    ("kill_in", "apart"), [("write", False), ("write", True), ("read", False), ("read", True)]
)
@pytest.mark.parametrize("poison", [[0], [1_234], [1_999], [1_233, 1_234, 1_400]])
def test_it_is_narrowed_down_to_the_item_and_the_rest_goes_on(
    sqlite_job: Job, poison: list[int], kill_in: str, *, apart: bool
) -> None:
    job = sqlite_job
    job.parameters = {"count": 2_000, "killAt": poison, "killIn": kill_in, "apart": apart}

    committed = run_until_done(job)

    assert job.numbers() == [n for n in range(2_000) if n not in poison]
    assert counters(job) == {
        "read": 2_000, "created": 2_000 - len(poison), "invalid": len(poison)
    }  # fmt: skip
    reason = "It ended the runner 2 times: skipped."
    assert job.query("SELECT line, reason, record FROM item_warning ORDER BY seq") == [
        (n + 2, reason, f"{n};{n * n}") for n in poison
    ]
    # The last time that a number is there it was not a death.
    assert longest_without_progress(committed) <= OPERATORS_LIMIT


def test_on_postgresql_too(postgres_url: str, tmp_path: Path) -> None:
    job = Job(postgres_url, tmp_path / "files")
    job.parameters = {"count": 2_000, "killAt": [777]}

    run_until_done(job)

    assert counters(job) == {"read": 2_000, "created": 1_999, "invalid": 1}


def test_an_error_each_time_is_one_too(sqlite_job: Job) -> None:
    sqlite_job.parameters = {"count": 2_000, "crashAt": 700}

    committed = run_until_done(sqlite_job)

    assert counters(sqlite_job) == {"read": 2_000, "created": 1_999, "invalid": 1}
    assert len(committed) == 5


def test_a_record_that_kills_the_process_that_reads_the_file_is_in_the_invalid_file(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ImportJob(sqlite_url, tmp_path / "files")
    job.prepare()
    plain = ProductSession.parse

    def parse(session: ProductSession, cells: list[str]) -> Any:
        if cells[0] == "new-2":
            raise SystemExit
        return plain(session, cells)

    def attempt(number: int) -> bool:
        small_chunks()
        return job.run(number).kind is OutcomeKind.COMPLETED

    with monkeypatch.context() as patch:
        patch.setattr(ProductSession, "parse", parse)
        ends = [in_child(lambda n=number: attempt(n)) for number in range(1, 6)]  # type: ignore[misc]

    assert ends == [False] * 4 + [True]
    invalid = {name: text for _, name, text in job.result()["files"]}["invalid-import.csv"]
    assert b'\nnew-2;0;"of two\nlines";13;old-1,new-1;\n' in invalid
    steps = {name: json.loads(found) for name, *_, found, _, _ in job.result()["steps"]}
    assert steps["import"] == {
        "read": 12, "created": 3, "updated": 3, "unchanged": 1, "invalid": 5
    }  # fmt: skip


def test_a_known_row_is_found_and_refused_too(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("FIRST", "LARGEST", "SMALLEST"):
        monkeypatch.setattr(chunk_size, bound, 1)
    monkeypatch.setattr(line_blocks, "_ENDS", 1)
    job = ImportJob(sqlite_url, tmp_path / "files", "sku;name\na;1\nb;2\nc;3\n")
    job.prepare()
    job.import_before()
    plain = KnownRows.__init__

    def check(rows: KnownRows, *about: Any) -> None:
        if any(block.line == 3 and block.known for block in about[-1]):
            os.kill(os.getpid(), signal.SIGKILL)
        plain(rows, *about)

    with monkeypatch.context() as patch:
        patch.setattr(KnownRows, "__init__", check)
        ends = [
            in_child(lambda n=number: job.run(n).kind is OutcomeKind.COMPLETED)  # type: ignore[misc]
            for number in range(1, 6)
        ]

    assert ends == [False] * 4 + [True]
    steps = {name: json.loads(found) for name, *_, found, _, _ in job.result()["steps"]}
    assert steps["import"] == {"read": 3, "unchanged": 2, "invalid": 1}


@pytest.mark.parametrize(("disturbed", "points"), [(4, range(22)), (5, range(6, 36))])
def test_killed_at_each_call_while_it_tries_and_skips(
    sqlite_job: Job, disturbed: int, points: range
) -> None:
    """Whatever else ends an attempt, only the one item is left out."""
    attempts = set()
    for point in points:
        job = replace(sqlite_job, id=f"job-{point}")
        job.parameters = {"count": 12, "chunk": 5, "killAt": [7]}
        attempts.add(attempts_with_one_killed(job, disturbed, point))
        assert job.numbers() == [n for n in range(12) if n != 7]
        assert counters(job) == {"read": 12, "created": 11, "invalid": 1}
    assert 6 in attempts, "one attempt more than without"


def attempts_with_one_killed(job: Job, disturbed: int, point: int) -> int:
    """Run attempts to the end, one of them killed at a point; return how many there were."""

    def completes(number: int) -> bool:
        points = KillPoints(point if number == disturbed else None)
        return job.run(attempt=number, connect=points.connect).kind is OutcomeKind.COMPLETED

    return next(n for n in range(1, 10) if in_child(lambda: completes(n)))  # noqa: B023 - called at once


def test_nothing_is_suspected_where_nothing_died(job: Job) -> None:
    job.run_until(30, terminate)
    job.run_until(60, terminate)
    job.run()

    assert job.query("SELECT DISTINCT suspicion FROM step_execution") == [(None,)]


def suspect(job: Job, suspicion: Suspicion) -> None:
    job.execute(
        "UPDATE step_execution SET suspicion = ? WHERE name = 'write'",
        json.dumps({name: getattr(suspicion, name) for name in suspicion.__struct_fields__}),
    )


def suspicion_of(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        job.query("SELECT suspicion FROM step_execution WHERE name = 'write'")[0][0]
    )
    return found


@pytest.mark.parametrize("parameter", ["failAt", "lost"])
def test_what_is_not_the_items_fault_is_no_try(
    sqlite_job: Job, monkeypatch: pytest.MonkeyPatch, parameter: str
) -> None:
    job = sqlite_job
    job.run_until(10, terminate)
    suspect(job, Suspicion(alone=True, until=50))
    if parameter == "failAt":
        job.execute("UPDATE job_execution SET parameters = ?", '{"count": 100, "failAt": 10}')
        assert job.run().kind is OutcomeKind.FAILED
    else:

        def lost(*_: object) -> None:
            raise DatabaseUnavailableError("locked for too long")

        with monkeypatch.context() as patch:
            patch.setattr("numbers_job._Session.write", lost)
            with pytest.raises(DatabaseUnavailableError):
                job.run()
    assert suspicion_of(job)["tries"] == 0


def test_attempts_that_were_ended_from_outside_are_no_deaths(sqlite_job: Job) -> None:
    """Two kills in one slow item, right after two deaths, look like an item at fault."""
    job = sqlite_job
    job.parameters = {"count": 40, "chunk": 5}
    job.run_until(10, terminate)
    suspect(job, Suspicion(alone=True, until=40))
    for number in range(1, 4):
        job.attempts = number
        assert not in_child(lambda: killed_at(job, 10))
        job.ended_from_outside |= {number + 1}

    job.attempts = 4
    job.run()

    assert job.numbers() == list(range(40))
    assert suspicion_of(job)["skipped"] == 0


def killed_at(job: Job, n: int) -> bool:
    def write(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    pytest.MonkeyPatch().setattr("numbers_job._Session.write", write)
    return processed(job) == n and bool(job.run())


def test_only_the_attempt_before_is_acquitted(sqlite_job: Job) -> None:
    job = sqlite_job
    job.ended_from_outside = frozenset({1})
    job.parameters = {"count": 100, "killAt": [0]}
    ends = []
    for number in (1, 2):
        job.attempts = number - 1
        assert not in_child(job.run)
        ends.append(job.query("SELECT suspicion FROM step_execution WHERE name = 'write'")[0][0])
    job.parameters = {"count": 100}
    assert not in_child(lambda: job.run(attempt=3) is None)

    assert ends == [None, None]
    assert suspicion_of(job)["until"] == AHEAD * LARGEST


def test_suspected_items_are_tried_alone_and_then_chunks_are_as_large_as_ever(
    sqlite_job: Job,
) -> None:
    job = sqlite_job
    job.parameters = {"count": 2_000}
    job.run_until(500, terminate)
    begin = processed(job)
    suspect(job, Suspicion(alone=True, until=begin + 3))
    before = len(job.reports)

    job.run()

    seen = [report.processed for report in job.reports[before:]]
    sizes = [now - then for then, now in pairwise(seen) if now > then]
    assert sizes[:3] == [1, 1, 1]
    assert sizes[3] > FEW


def test_after_many_items_it_is_the_job_type_that_is_broken(sqlite_job: Job) -> None:
    job = sqlite_job
    job.parameters = {"count": 30, "killAt": list(range(0, 30, 2))}

    run_until_done(job, OutcomeKind.FAILED)

    assert counters(job)["invalid"] == MOST_SKIPPED
    assert job.numbers() == list(range(1, 21, 2))
    (path,) = job.query("SELECT path FROM artifact")[0]
    invalid = Path(path).read_text().splitlines()
    assert invalid[1:] == [f"{n};{n * n}" for n in range(0, 20, 2)], "those that were left out"
    assert job.query("SELECT phase, reason FROM job_execution") == [
        ("Failed", "TooManyItemsEndTheRunner")
    ]


def test_the_failure_names_the_limit_and_the_lines_and_a_retry_goes_on(sqlite_job: Job) -> None:
    job = sqlite_job
    job.run_until(10, terminate)
    lines = tuple(range(100, 110))
    suspect(
        job,
        Suspicion(alone=True, until=50, item=10, tries=TRIES, skipped=MOST_SKIPPED, lines=lines),
    )

    outcome = job.run()

    assert outcome == Outcome(
        kind=OutcomeKind.FAILED,
        reason="TooManyItemsEndTheRunner",
        message="11 items of a step have ended the runner, on lines 100, 101, 102, 103, 104, 105,"
        " 106, 107, 108, 109, 12; at most 10 are left out. It may be the job type that is broken;"
        " spec.retry tries the last one again.",
        processed=10,
    )
    assert len(outcome.message) <= bounds.MESSAGE
    assert job.run().kind is OutcomeKind.COMPLETED
    assert job.numbers() == list(range(100))


@pytest.mark.parametrize(
    ("before", "processed", "after"),
    [
        (None, 100, Suspicion(alone=False, until=7_600)),
        (Suspicion(alone=False, until=7_600), 100, Suspicion(alone=True, until=250)),
        (Suspicion(alone=True, until=250), 200, Suspicion(alone=True, until=350)),
        (Suspicion(alone=True, until=250), 250, Suspicion(alone=False, until=7_750)),
        (
            Suspicion(alone=True, until=9, item=5, tries=1, skipped=2),
            5,
            Suspicion(alone=True, until=155, item=5, tries=1, skipped=2),
        ),
    ],
)
def test_what_is_suspected_after_a_death(
    before: Suspicion | None, processed: int, after: Suspicion
) -> None:
    assert after_death(before, processed) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        (Suspicion(alone=False, until=9), Suspicion(alone=False, until=9)),
        (Suspicion(alone=True, until=9, item=4), Suspicion(alone=True, until=9, item=4)),
        (
            Suspicion(alone=True, until=9, item=4, tries=2),
            Suspicion(alone=True, until=9, item=4, tries=2),
        ),
        (
            Suspicion(alone=True, until=9, item=5, tries=2, epoch=4, skipped=1, lines=(3,)),
            Suspicion(alone=True, until=9, item=5, tries=1, epoch=4, skipped=1, lines=(3,)),
        ),
        (
            # Both tries were made by attempts before the one that was ended.
            Suspicion(alone=True, until=9, item=5, tries=2, epoch=3),
            Suspicion(alone=True, until=9, item=5, tries=2, epoch=3),
        ),
    ],
)
def test_what_is_suspected_after_an_end_from_outside(
    before: Suspicion | None, after: Suspicion | None
) -> None:
    assert after_removal(before, 5, 4) == after


def test_narrowing_takes_fewer_deaths_than_the_operator_allows() -> None:
    # A chunk of any size, a chunk of a few, and the tries of one.
    assert 1 + 1 + TRIES < OPERATORS_LIMIT
    assert AHEAD * FEW < 1_000


def test_a_session_made_of_functions_reads_what_it_skips() -> None:
    def write(*_: object) -> ChunkResult:
        raise AssertionError

    session = SessionFrom(read=lambda limit: Chunk(["x"], limit, {"next": 8}), write=write)

    assert session.skip("why") == SkippedItem({"next": 8}, ItemWarning("why"))
    assert SessionFrom(read=lambda _limit: None, write=write).skip("why") is None
