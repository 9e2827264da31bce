"""Jobs that run all at once, some of them killed and run again, until they end."""

import os
import select
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from support.meetings.job import Job, Place
from support.meetings.process import LONGEST_SECONDS, Attempt, Hold, start

MOST_ATTEMPTS = 12
LATEST_KILL = 70
"""A job of a few rows has about as many points."""


@dataclass
class Runner:
    """One job, and the attempts that it has had."""

    place: Place
    job: Job
    chunk: int
    kills: list[int]
    """At which of its points an attempt is killed, one number an attempt."""
    ends: list[str] = field(default_factory=list)
    attempt: Attempt | None = None

    def start(self, hold: Hold | None = None) -> None:
        """Start the next attempt."""
        last = self.kills.pop() if self.kills else None
        number = len(self.ends) + 1
        passed = 0

        def tell(what: str) -> None:
            nonlocal passed
            if passed == last:
                os.kill(os.getpid(), signal.SIGKILL)
            passed += 1
            if hold is not None:
                hold.tell(what)

        self.attempt = start(
            self.place,
            self.job,
            number,
            chunk=self.chunk,
            tell=tell,
            removed=frozenset(n for n, end in enumerate(self.ends, start=1) if end == "killed"),
            **({} if hold is None else {"listener": hold.listener}),
        )

    def goes_on(self) -> bool:
        """Take in that the attempt has ended; start the next one if it is not the last."""
        assert self.attempt is not None
        self.ends.append(self.attempt.end())
        # A crash is wrong: what comes after it is of no interest.
        done = self.ends[-1] != "killed" or len(self.ends) == MOST_ATTEMPTS
        if not done:
            self.start()
        return not done

    @property
    def crash(self) -> str | None:
        """How the last attempt ended, if it should not have ended so."""
        return None if self.ends[-1] == "Completed" else f"{self.job.name}: {self.ends[-1]}"


def run_all(
    place: Place,
    jobs: Sequence[Job],
    chance: Random,
    *,
    most_rows: int,
    latest_kill: int = LATEST_KILL,
) -> list[Runner]:
    """Run jobs to their ends; they leave the same line, each at one of its first transactions."""
    runners = []
    holds = []
    for job in jobs:
        kills = [chance.randrange(latest_kill) for _ in range(chance.choice([0, 0, 1, 2]))]
        runners.append(Runner(place, job, chance.randint(1, most_rows), kills))
        holds.append(Hold(frozenset({"begin"}), chance.randrange(3)))
        runners[-1].start(holds[-1])
        holds[-1].started()
    for hold in holds:
        hold.point()
    for hold in holds:
        hold.let_go()
        hold.close()
    _until_all_have_ended(runners)
    return runners


def _until_all_have_ended(runners: Sequence[Runner]) -> None:
    going = {_descriptor(runner): runner for runner in runners}
    while going:
        ended, _, _ = select.select(list(going), [], [], LONGEST_SECONDS)
        # If none has ended, each of them is asked, and ended, by goes_on.
        for descriptor in ended or list(going):
            runner = going.pop(descriptor)
            os.close(descriptor)
            if runner.goes_on():
                going[_descriptor(runner)] = runner


def _descriptor(runner: Runner) -> int:
    assert runner.attempt is not None
    return os.pidfd_open(runner.attempt.pid)
