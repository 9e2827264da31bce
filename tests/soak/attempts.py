"""Attempts as the kubelet would start them, and what may happen to one while it runs."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import attempt_process
from fake_api import FakeApi
from import_job import JOB_ID
from link import Direction, Link
from surroundings import Disk, Network, Postgres, children

from pimjob_api.outcome import Outcome, parse_outcome

SMALL_FILE = 256 * 1024
WORDS = 90
HANGS = 60
"""Seconds of silence after which an attempt should have ended by itself."""
FINAL = {"Completed", "Failed", "CheckpointUnreadable"}
WAYS: list[Direction] = ["out", "in", "both"]


@dataclass
class Attempt:
    """One that has been started."""

    process: "subprocess.Popen[bytes]"
    message: Path

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if it did not come."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return True
        return False

    def outcome(self) -> Outcome | None:
        """Wait for its end and return what it has left."""
        self.process.wait(300)
        return parse_outcome(self.message.read_text(encoding="utf-8"))

    def end(self) -> str:
        """Wait for its end and say in a few words what it was."""
        outcome = self.outcome()
        if outcome is not None:
            return outcome.kind.value
        said = self.message.read_text(encoding="utf-8").split("\n")[0]
        # Without names of files and ports, so that the same trouble has the same words.
        said = re.sub(r"[\w/.]*\d[\w/.]*", "…", said)
        return said[:WORDS] or f"exit code {self.process.returncode}"


@dataclass
class Place:
    """Where the attempts of a job run. PostgreSQL is reached through a network."""

    api: FakeApi
    database_url: str
    disk: Disk
    postgres: Postgres | None = None
    network: Network | None = None
    link: Link | None = None
    only: frozenset[str] = frozenset()
    """Names of the troubles to have; none: all of them."""
    attempts: list[Attempt] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Forget the round before."""
        self.attempts, self.log, self.problems = [], [], []

    def ends(self) -> Counter[str]:
        """Count how the attempts of this round have ended."""
        return Counter(attempt.end() for attempt in self.attempts)

    def start(self) -> Attempt:
        """Start the next attempt."""
        number = len(self.attempts) + 1
        message = self.disk.folder.parent / f"message-{number}"
        message.write_text("", encoding="utf-8")
        environment = {
            **os.environ,
            "PIMJOB_NAMESPACE": "pim",
            "PIMJOB_NAME": "products",
            "PIMJOB_UID": JOB_ID,
            "PIMJOB_ATTEMPT": str(number),
            "PIMJOB_DATABASE_URL": self.database_url,
            "PIMJOB_FILES_URL": f"file://{self.disk.folder}",
            "PIMJOB_TERMINATION_LOG": str(message),
        }
        server = f"{self.api.host}:{self.api.port}"
        command = [sys.executable, attempt_process.__file__, server]
        if self.link is not None:
            command = self.link.inside(*command)
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        self.attempts.append(Attempt(process, message))
        return self.attempts[-1]

    def start_another(self, chance: Random, seconds: float) -> None:
        """Start the next attempt into the trouble of the one before, or don't."""
        if chance.random() < 1 / 2:
            self.start().wait(seconds)


def kill(place: Place, attempt: Attempt, _chance: Random) -> None:
    """Kill the runner."""
    del place
    attempt.process.kill()


def kill_reader(place: Place, attempt: Attempt, _chance: Random) -> None:
    """Kill the process that reads, if there is one just now."""
    del place
    for reader in children(attempt.process.pid):
        with suppress(ProcessLookupError):
            os.kill(reader, signal.SIGKILL)


def terminate(place: Place, attempt: Attempt, _chance: Random) -> None:
    """Ask it to leave."""
    del place
    attempt.process.terminate()


def freeze(place: Place, attempt: Attempt, chance: Random) -> None:
    """Freeze it, start the next one beside it, and let it go on."""
    attempt.process.send_signal(signal.SIGSTOP)
    second = place.start()
    second.wait(chance.choice([0.3, 1, 3, 14]))
    attempt.process.send_signal(signal.SIGCONT)
    attempt.process.wait(300)
    second.process.wait(300)


def restart_database(place: Place, attempt: Attempt, chance: Random) -> None:
    """Let the database crash and come back."""
    assert place.postgres is not None
    place.postgres.stop()
    attempt.wait(chance.uniform(0, 1))
    place.postgres.start()


def cut_network(place: Place, attempt: Attempt, chance: Random) -> None:
    """Lose the connection to the database, and for a while every new one."""
    assert place.postgres is not None
    if place.link is not None:
        place.link.refuse(place.postgres.port)
        attempt.wait(chance.uniform(0, 1))
        place.link.mend()
    elif place.network is not None:
        place.network.cut()
        attempt.wait(chance.uniform(0, 1))
        place.network.mend()


def silence_database(place: Place, attempt: Attempt, chance: Random) -> None:
    """Lose what goes to the database, or comes from it: shortly, or until the attempt ends."""
    assert place.postgres is not None
    assert place.link is not None
    place.link.drop(place.postgres.port, chance.choice(WAYS))
    seconds = chance.choice([0.5, 4, HANGS])
    if attempt.wait(seconds):
        place.start_another(chance, chance.uniform(1, 12))
    elif seconds == HANGS:
        place.problems.append(f"an attempt still ran after {HANGS} s of silence")
    place.link.mend()


def silence_api_server(place: Place, attempt: Attempt, chance: Random) -> None:
    """Lose what goes to the API server, or comes from it; the job goes on."""
    assert place.link is not None
    place.link.drop(place.api.port, chance.choice(WAYS))
    attempt.wait(chance.choice([0.5, 3, 12]))
    place.link.mend()


def fill_disk(place: Place, attempt: Attempt, chance: Random) -> None:
    """Leave no space, or, where that can't be done, none for files that are not small."""
    if place.disk.can_be_filled:
        place.disk.fill()
        if attempt.wait(chance.uniform(0, 1)):
            place.start_another(chance, chance.uniform(0, 2))
        place.disk.free()
    else:
        with suppress(ProcessLookupError):
            limit = (SMALL_FILE, resource.RLIM_INFINITY)
            resource.prlimit(attempt.process.pid, resource.RLIMIT_FSIZE, limit)


def fill_database_disk(place: Place, attempt: Attempt, chance: Random) -> None:
    """Leave PostgreSQL no space for a while, neither for data nor for its log."""
    assert place.postgres is not None
    place.postgres.disk.fill()
    if attempt.wait(chance.uniform(1, 6)):
        place.start_another(chance, chance.uniform(0, 3))
    place.postgres.disk.free()
    place.postgres.revive()


def lose_api_server(place: Place, attempt: Attempt, chance: Random) -> None:
    """Have the API server refuse, or be silent; the job goes on."""
    place.api.trouble = chance.choice([503, "drop"])
    attempt.wait(chance.uniform(0, 3))
    place.api.trouble = None


Trouble = Callable[[Place, Attempt, Random], None]
EVERYWHERE: list[Trouble] = [kill, kill_reader, terminate, freeze, fill_disk, lose_api_server]
OF_A_SERVER: list[Trouble] = [restart_database, cut_network]


def troubles_of(place: Place) -> list[Trouble]:
    """Return what can happen there; packets and disks are root's to take away."""
    troubles = [*EVERYWHERE]
    if place.link is not None:
        troubles += [silence_api_server]
    if place.postgres is not None:
        troubles += OF_A_SERVER
        troubles += [silence_database] if place.link is not None else []
        troubles += [fill_database_disk] if place.postgres.disk.can_be_filled else []
    wanted = [trouble for trouble in troubles if trouble.__name__ in place.only]
    return wanted or troubles


def disturb(place: Place, chance: Random, rounds: int) -> Outcome | None:
    """Run attempts with that many troubles, and then without, to an outcome that is an end."""
    troubles = troubles_of(place)
    for _ in range(60):
        if place.postgres is not None:
            place.postgres.revive()
        attempt, began = place.start(), time.monotonic()
        while rounds and not attempt.wait(chance.uniform(0.1, 1.0)):
            rounds -= 1
            trouble = chance.choice(troubles)
            trouble(place, attempt, chance)
            place.log.append(f"{trouble.__name__}@{time.monotonic() - began:.1f}")
        # Others may have been started into a trouble: each of them has to end well, too.
        for one in place.attempts:
            outcome = one.outcome()
            if outcome is not None and outcome.kind in FINAL:
                return outcome
    return None
