"""Attempts in processes of their own, which can be held at a point and let go."""

import os
import select
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from pimjob_api.phases import OutcomeKind, StepPhase
from pimjob_runner.engine import chunk_size
from pimjob_runner.engine.progress import JobProgress
from support.meetings.job import Job, Place
from support.meetings.points import telling

OUTCOMES = list(OutcomeKind)
CRASHED = 99
LONGEST_SECONDS = 20
"""More than any of these attempts takes, on a busy machine, too."""
LOOKS = 2_000
"""At a job that neither ends nor waits for a lock, every 10 ms, before it is left to itself."""

Points = Callable[[str], None]


def small_chunks(items: int) -> None:
    """Let chunks have so many items. For the rest of this process."""
    chunk_size.FIRST = chunk_size.LARGEST = chunk_size.SMALLEST = items


@dataclass
class Attempt:
    """One that has been started."""

    pid: int
    said: Path
    """What it has to say of its crash."""
    code: int | None = field(default=None)

    def ended(self, within: float = 0) -> bool:
        """Whether it has, or does so within some seconds."""
        if self.code is None:
            descriptor = os.pidfd_open(self.pid)
            ended, _, _ = select.select([descriptor], [], [], within)
            os.close(descriptor)
            if ended:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code is not None

    def end(self) -> str:
        """Wait for its end and say what it was: an outcome, `killed`, or the crash.

        One that does not end, because it turns in a circle for instance, is ended.
        """
        if not self.ended(LONGEST_SECONDS):
            os.kill(self.pid, signal.SIGKILL)
            self.said.write_text(f"it still ran after {LONGEST_SECONDS} s")
            self.ended(LONGEST_SECONDS)
            self.code = CRASHED
        assert self.code is not None
        if self.code == -signal.SIGKILL:
            return "killed"
        if self.code in range(len(OUTCOMES)):
            return OUTCOMES[self.code].value
        return self.said.read_text() if self.said.exists() else f"exit code {self.code}"


def start(
    place: Place,
    job: Job,
    number: int = 1,
    *,
    chunk: int,
    tell: Callable[[str], None] = lambda _what: None,
    listener: Callable[[JobProgress], None] = lambda _progress: None,
    removed: frozenset[int] = frozenset(),
) -> Attempt:
    """Start an attempt; it calls `tell` at each point and `listener` with its progress."""
    said = place.files / f"crash-{job.name}-{number}"
    pid = os.fork()
    if pid == 0:
        try:
            small_chunks(chunk)
            outcome = place.attempt(
                job,
                number,
                listener=listener,
                connect=telling(_of_this_process(tell)),
                ended_from_outside=removed,
            )
            code = OUTCOMES.index(outcome.kind)
        except BaseException as error:  # noqa: BLE001 - a fork must not go on with the tests
            said.write_text("".join(traceback.format_exception(error, limit=-4, chain=False)))
            code = CRASHED
        os._exit(code)
    return Attempt(pid, said)


def _of_this_process(tell: Callable[[str], None]) -> Callable[[str], None]:
    """A fork reads the source; what it touches is none of the points."""
    process = os.getpid()

    def told(what: str) -> None:
        if os.getpid() == process:
            tell(what)

    return told


class Hold:
    """Holds an attempt at points of some kinds, counted from its first item step on.

    At the N-th, or, if there is no N, at each of them.
    """

    def __init__(self, kinds: frozenset[str], number: int | None = None) -> None:
        self._kinds = kinds
        self._number = number
        self._passed = 0
        self._armed = False
        self._is_held, self._hold = os.pipe()
        self._wait, self._let_go = os.pipe()

    def tell(self, what: str) -> None:
        """Wait if this is the point. Called by the attempt."""
        if not self._armed or what not in self._kinds:
            return
        if self._number in {None, self._passed}:
            os.write(self._hold, what.encode())
            os.read(self._wait, 1)
        self._passed += 1

    def listener(self, progress: JobProgress) -> None:
        """Notice the first item step. Called by the attempt."""
        self._armed = self._armed or any(
            step.phase is StepPhase.RUNNING and step.name not in {"download", "validate"}
            for step in progress.steps
        )

    def start(self, place: Place, job: Job, number: int = 1, *, chunk: int) -> Attempt:
        """Start the attempt to be held."""
        attempt = start(place, job, number, chunk=chunk, tell=self.tell, listener=self.listener)
        self.started()
        return attempt

    def started(self) -> None:
        """Leave its end of the pipe to the attempt: so that one that has ended is noticed."""
        os.close(self._hold)

    def point(self) -> str:
        """Wait until it is held, and say where; nothing if it has ended before."""
        return os.read(self._is_held, 32).decode()

    def let_go(self) -> None:
        """Let the attempt go on to the next point."""
        os.write(self._let_go, b".")

    def close(self) -> None:
        """Hold no more: the attempt has ended, or is let go from its last point."""
        for end in (self._let_go, self._wait, self._is_held):
            os.close(end)


def beside_a_held_one(place: Place, job: Job, point: str, *, chunk: int) -> tuple[Attempt, bool]:
    """Run a job until it has ended, or waits for what the held one has locked (False)."""
    begins, tell = os.pipe()
    attempt = start(place, job, chunk=chunk, tell=lambda what: _told(tell, what))
    os.close(tell)
    try:
        if place.is_sqlite and point != "begin":
            # Whoever begins now has to wait: there is one writer.
            os.read(begins, 1)
            return attempt, False
        return attempt, _ended_before_it_waits(place, attempt)
    finally:
        os.close(begins)


def _told(pipe: int, what: str) -> None:
    if what == "begin":
        try:
            os.write(pipe, b".")
        except BrokenPipeError:
            return


def _ended_before_it_waits(place: Place, attempt: Attempt) -> bool:
    if place.is_sqlite:
        attempt.end()
        return True
    with psycopg.connect(place.url, autocommit=True) as connection:
        for _ in range(LOOKS):
            if attempt.ended():
                return True
            if connection.execute(_WAITS).fetchone():
                return False
            connection.execute("SELECT pg_sleep(0.01)")
    return False


_WAITS = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
