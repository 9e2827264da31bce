"""Two jobs that meet: who gets in the other's way tries its chunk again, and nothing shows it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from meeting_job import JOB_TYPE, Meeting
from runs import Job, pause, stop

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.suspicion import Suspicion, stored
from pimjob_runner.stores import conflicts
from pimjob_runner.stores.conflicts import Retries
from pimjob_runner.stores.errors import ConflictError, DatabaseUnavailableError
from pimjob_runner.stores.url import open_database

ROWS = tuple(range(10))


@contextmanager
def meeting(meet: Callable[[str], None]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Meeting, "meet", staticmethod(meet))
        yield


def first_of_each(job_ids: set[str]) -> Callable[[str], None]:
    """Return what lets the first transactions of these jobs wait for each other."""
    barrier, left = Barrier(len(job_ids)), set(job_ids)

    def meet(job_id: str) -> None:
        if job_id in left:
            left.discard(job_id)
            barrier.wait(20)

    return meet


def a_job(database_url: str, folder: Path, job_id: str, **parameters: Any) -> Job:
    return Job(database_url, folder, id=job_id, type="meeting", parameters=parameters)


def prepare(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        JOB_TYPE.prepare(database)
        with database.transaction() as transaction:
            transaction.execute_many(
                "INSERT INTO tally (n, count) VALUES (?, 0)", [(n,) for n in ROWS]
            )


def run_all(jobs: list[Job]) -> list[Outcome]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(Job.run, jobs))


def what_is_left(job: Job) -> dict[str, Any]:
    return {
        "step": job.query(
            "SELECT processed, position, counters, warnings, suspicion FROM step_execution"
            " WHERE job_id = ?",
            job.id,
        ),
        "warnings": job.query(
            "SELECT seq, line, reason FROM item_warning WHERE job_id = ? ORDER BY seq", job.id
        ),
        "samples": [(s.line, s.reason) for s in job.write.samples],
        "shown": (job.write.processed, job.write.counters, job.write.warnings),
        "attempt": job.query("SELECT epoch, phase FROM job_execution WHERE id = ?", job.id),
    }


def test_a_deadlock_of_two_runners_is_tried_again_and_nothing_shows_it(
    postgres_url: str, tmp_path: Path
) -> None:
    prepare(postgres_url)
    up, down, alone = (
        a_job(postgres_url, tmp_path, name, order=order, chunk=5)
        for name, order in (("up", (0, 1, 2)), ("down", (2, 1, 0)), ("alone", (5, 6, 7)))
    )

    with meeting(first_of_each({"up", "down"})):
        outcomes = run_all([up, down])
    alone.run()

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.COMPLETED] * 2
    assert up.query("SELECT n, count FROM tally WHERE n < 4 ORDER BY n") == [
        (0, 2), (1, 2), (2, 2), (3, 0)
    ]  # fmt: skip
    assert what_is_left(up) == what_is_left(down) == what_is_left(alone)


def test_a_row_that_is_there_meanwhile_is_found_by_the_second_try(
    postgres_url: str, tmp_path: Path
) -> None:
    prepare(postgres_url)
    jobs = [a_job(postgres_url, tmp_path, name, order=(1,), what="names") for name in "ab"]

    with meeting(first_of_each({"a", "b"})):
        outcomes = run_all(jobs)

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.COMPLETED] * 2
    counters = [dict(job.write.counters) for job in jobs]
    assert sorted(counters, key=sorted) == [
        {"read": 1, "created": 1},
        {"read": 1, "unchanged": 1},
    ]


class Trouble:
    """Gets in the way of the first few transactions."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, *_: object) -> None:
        if self.times > 0:
            self.times -= 1
            raise ConflictError("somebody was there")


@pytest.mark.parametrize("where", ["write", "fence", "save", "warnings"])
def test_whatever_of_a_chunk_is_rolled_back_leaves_no_trace(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    prepare(database_url)
    job, alone = (a_job(database_url, tmp_path, n, order=ROWS, chunk=3) for n in ("job", "alone"))
    alone.run()
    trouble = Trouble(3)
    if where == "write":
        with meeting(trouble):
            job.run()
    else:
        name = {"fence": "_fence", "save": "save", "warnings": "add_warnings"}[where]
        plain = getattr(Checkpoint, name)

        def after(checkpoint: Checkpoint, *arguments: Any) -> None:
            plain(checkpoint, *arguments)
            trouble()

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, name, after)
            job.run()

    assert trouble.times == 0
    assert what_is_left(job) == what_is_left(alone)


@pytest.mark.parametrize(
    ("leave", "kind"), [(stop, OutcomeKind.STOPPED), (pause, OutcomeKind.PAUSED)]
)
def test_between_the_tries_it_leaves_where_it_was_committed_last(
    database_url: str, tmp_path: Path, leave: Callable[[Control], None], kind: OutcomeKind
) -> None:
    prepare(database_url)
    job = a_job(database_url, tmp_path, "job", order=ROWS, chunk=3)
    control, met = Control(), []

    def meet(_job_id: str) -> None:
        met.append(1)
        if len(met) > 2:
            leave(control)
        if len(met) > 1:
            raise ConflictError("somebody was there")

    with meeting(meet):
        outcome = job.run(control=control)

    assert (outcome.kind, outcome.processed, len(met)) == (kind, 3, 3)
    assert job.query("SELECT processed, position FROM step_execution") == [(3, '{"next": 3}')]
    assert job.query("SELECT sum(count) FROM tally") == [(3,)]


def test_after_five_minutes_it_is_a_crash_that_says_so(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(sqlite_url)
    job = a_job(sqlite_url, tmp_path, "job", order=ROWS)
    monkeypatch.setattr(conflicts, "SECONDS", 0.05)

    with meeting(Trouble(1_000)), pytest.raises(ConflictError, match="somebody was there") as said:
        job.run()

    assert not isinstance(said.value, DatabaseUnavailableError)
    assert "times in" in str(said.value)
    assert job.query("SELECT processed FROM step_execution") == [(0,)]


def test_no_item_is_left_out_because_of_other_jobs(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(sqlite_url)
    job = a_job(sqlite_url, tmp_path, "job", order=ROWS)
    job.run_until(0, pause)
    suspicion = Suspicion(alone=True, until=4)
    job.execute("UPDATE step_execution SET suspicion = ?", stored(suspicion))
    with monkeypatch.context() as patch:
        patch.setattr(conflicts, "SECONDS", 0.02)
        for _ in range(3):
            with meeting(Trouble(1_000)), pytest.raises(ConflictError):
                job.run()

    job.execute("UPDATE step_execution SET suspicion = ?", stored(suspicion))
    with meeting(Trouble(3)):
        assert job.run().kind is OutcomeKind.COMPLETED
    assert job.query("SELECT sum(count) FROM tally") == [(10,)]
    assert job.write.counters == {"read": 10, "updated": 10}


def test_a_suspected_item_that_was_not_committed_was_no_try(
    sqlite_url: str, tmp_path: Path
) -> None:
    prepare(sqlite_url)
    job = a_job(sqlite_url, tmp_path, "job", order=ROWS)
    job.run_until(0, pause)
    job.execute("UPDATE step_execution SET suspicion = ?", stored(Suspicion(alone=True, until=4)))
    control = Control()

    def meet(_job_id: str) -> None:
        stop(control)
        raise ConflictError("somebody was there")

    with meeting(meet):
        assert job.run(control=control).kind is OutcomeKind.STOPPED
    assert job.query("SELECT suspicion FROM step_execution") == [
        (stored(Suspicion(alone=True, until=4)),)
    ]


def test_pauses_grow_up_to_a_second_and_end_after_their_time() -> None:
    now = 0.0
    retries = Retries(clock=lambda: now, chance=lambda: 1.0)
    pauses: list[float] = []

    def go_on_for_ever() -> None:
        nonlocal now
        while True:
            pauses.append(retries.pause(ConflictError("why")))
            now += pauses[-1]

    with pytest.raises(ConflictError, match="Other jobs got in the way of this one 307 times"):
        go_on_for_ever()

    assert pauses[:9] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]
    assert Retries(chance=lambda: 0.0).pause(ConflictError("why")) == 0.005
