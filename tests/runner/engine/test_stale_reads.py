"""What was read ahead by a picture that has changed is read again, in the same attempt."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from picture_job import JOB_TYPE, Listener
from runs import Job, stop

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.engine.suspicion import Suspicion, stored
from pimjob_runner.sdk import StaleReadError
from pimjob_runner.stores import conflicts
from pimjob_runner.stores.errors import ConflictError, DatabaseUnavailableError
from pimjob_runner.stores.url import open_database


@pytest.fixture(params=[False, True], ids=["on a thread", "in a process"])
def job(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Job:
    with closing(open_database(database_url)) as database:
        JOB_TYPE.prepare(database)
    parameters = {"count": 12, "chunk": 3, "apart": request.param}
    return Job(database_url, tmp_path / "files", type="picture", parameters=parameters)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str, int], None]], list[str]]:
    """Listen to the job, and do something meanwhile."""

    def listen(also: Callable[[str, int], None]) -> list[str]:
        heard: list[str] = []

        def hear(what: str, n: int) -> None:
            heard.append(f"{what} {n}")
            also(what, n)

        monkeypatch.setattr(Listener, "told", staticmethod(hear))
        return heard

    return listen


def test_the_step_is_opened_again_where_it_was_committed_last(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    heard = told(lambda _what, _n: None)

    def change_after_six(_control: Control) -> None:
        if job.write.processed == 6:
            job.execute("UPDATE factor SET factor = 10")

    assert job.run_until(6, change_after_six).kind is OutcomeKind.COMPLETED

    assert heard == [
        "open 0", "write 0", "write 3", "write 6", "close 0",
        "open 6", "write 6", "write 9", "close 6",
    ]  # fmt: skip
    assert job.query("SELECT n, factor FROM product_of ORDER BY n") == [
        (n, 1 if n < 6 else 10) for n in range(12)
    ]
    assert job.query("SELECT counters, total, header, processed FROM step_execution") == [
        ('{"created": 12, "read": 12}', 120, "times 10", 12)
    ]
    assert job.query("SELECT epoch FROM job_execution") == [(1,)], "no new attempt"


def test_each_time_it_is_out_of_date_the_same_chunk_is_written_by_a_new_picture(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    """Whoever changes what it rests on between all of its transactions cannot starve it."""
    heard = told(lambda _what, _n: None)

    def change(_progress: JobProgress) -> None:
        job.execute("UPDATE factor SET factor = factor + 1")

    assert job.run(on_report=change).kind is OutcomeKind.COMPLETED

    # Nothing was committed between the first opening and the first chunk.
    assert [what for what in heard if what.startswith(("open", "write"))] == [
        "open 0", "write 0",
        "write 3", "open 3", "write 3",
        "write 6", "open 6", "write 6",
        "write 9", "open 9", "write 9",
    ]  # fmt: skip
    factors = job.query("SELECT factor FROM product_of ORDER BY n")
    assert len(factors) == 12
    assert len(set(factors)) == 4, "each chunk by the picture of its own transaction"
    assert job.query("SELECT epoch FROM job_execution") == [(1,)], "no new attempt"


@pytest.mark.parametrize("job", [False], indirect=True)
def test_what_is_out_of_date_and_contended_in_turn_gets_through(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    def act(what: str, _n: int) -> None:
        if what == "write" and heard.count("write 3") == 2:
            raise ConflictError("somebody was there")

    heard = told(act)

    def change_after_three(_control: Control) -> None:
        if job.write.processed == 3:
            job.execute("UPDATE factor SET factor = 10")

    assert job.run_until(3, change_after_three).kind is OutcomeKind.COMPLETED

    # It says so to the session, which else would have to find it out once more.
    assert heard[:10] == [
        "open 0", "write 0", "write 3", "close 0",
        "open 3", "write 3", "close 3",
        "open contended 3", "write 3", "write 6",
    ]  # fmt: skip
    assert job.query("SELECT n, factor FROM product_of ORDER BY n") == [
        (n, 1 if n < 3 else 10) for n in range(12)
    ]
    assert job.write.counters == {"created": 12, "read": 12}


def test_a_picture_that_is_not_kept_is_a_crash_after_a_while(
    job: Job,
    told: Callable[[Callable[[str, int], None]], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No other job does it, but one that says so of the picture of its own transaction."""
    monkeypatch.setattr(conflicts, "SECONDS", 0.1)

    def act(what: str, _n: int) -> None:
        if what == "write":
            raise StaleReadError("The factor has changed.")

    told(act)

    with pytest.raises(ConflictError, match="The factor has changed") as said:
        job.run()

    assert not isinstance(said.value, DatabaseUnavailableError)
    assert job.query("SELECT * FROM product_of") == []


def test_it_obeys_a_stop_before_it_opens_again(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    control = Control()

    def act(what: str, _n: int) -> None:
        if what == "write":
            stop(control)
            raise StaleReadError("The factor has changed.")

    heard = told(act)

    assert job.run(control=control).kind is OutcomeKind.STOPPED
    assert heard == ["open 0", "write 0", "close 0"]


def test_no_item_is_suspected_because_of_it(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    def act(what: str, _n: int) -> None:
        if what == "write" and heard.count("write 0") <= 3:
            raise StaleReadError("The factor has changed.")

    heard = told(act)
    control = Control()
    stop(control)
    job.run(control=control)
    job.execute("UPDATE step_execution SET suspicion = ?", stored(Suspicion(alone=True, until=2)))

    assert job.run().kind is OutcomeKind.COMPLETED

    assert heard[:9] == ["open 0", "write 0", "close 0"] * 3
    assert job.query("SELECT count(*) FROM product_of") == [(12,)]
    assert job.query("SELECT count(*) FROM item_warning") == [(0,)]


def test_a_conflict_while_it_is_opened_is_tried_again(
    job: Job, told: Callable[[Callable[[str, int], None]], list[str]]
) -> None:
    def act(what: str, _n: int) -> None:
        if what == "open" and len(heard) < 3:
            raise ConflictError("somebody was there")

    heard = told(act)

    assert job.run().kind is OutcomeKind.COMPLETED
    assert heard[:4] == ["open 0", "open 0", "open 0", "write 0"]
