"""Attempts as the kubelet would start them, and what may happen to one while it runs."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import attempt_process
from fake_api import FakeApi
from import_job import JOB_ID
from surroundings import Disk, Network, Postgres, children

from pimjob_api.outcome import Outcome, parse_outcome

SMALL_FILE = 256 * 1024


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


@dataclass
class Place:
    """Where the attempts of a job run. PostgreSQL is reached through a network."""

    api: FakeApi
    database_url: str
    disk: Disk
    postgres: Postgres | None = None
    network: Network | None = None
    started: int = 0
    log: list[str] = field(default_factory=list)

    def start(self) -> Attempt:
        """Start the next attempt."""
        self.started += 1
        message = self.disk.folder.parent / f"message-{self.started}"
        message.write_text("", encoding="utf-8")
        environment = {
            **os.environ,
            "PIMJOB_NAMESPACE": "pim",
            "PIMJOB_NAME": "products",
            "PIMJOB_UID": JOB_ID,
            "PIMJOB_ATTEMPT": str(self.started),
            "PIMJOB_DATABASE_URL": self.database_url,
            "PIMJOB_FILES_URL": f"file://{self.disk.folder}",
            "PIMJOB_TERMINATION_LOG": str(message),
        }
        command = [sys.executable, attempt_process.__file__, str(self.api.port)]
        return Attempt(
            subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL), message
        )


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
    assert place.network is not None
    place.network.cut()
    attempt.wait(chance.uniform(0, 1))
    place.network.mend()


def fill_disk(place: Place, attempt: Attempt, chance: Random) -> None:
    """Leave no space, or, where that can't be done, none for files that are not small."""
    if place.disk.can_be_filled:
        place.disk.fill()
        attempt.wait(chance.uniform(0, 1))
        place.disk.free()
    else:
        with suppress(ProcessLookupError):
            limit = (SMALL_FILE, resource.RLIM_INFINITY)
            resource.prlimit(attempt.process.pid, resource.RLIMIT_FSIZE, limit)


def lose_api_server(place: Place, attempt: Attempt, chance: Random) -> None:
    """Have the API server refuse, or be silent; the job goes on."""
    place.api.trouble = chance.choice([503, "drop"])
    attempt.wait(chance.uniform(0, 3))
    place.api.trouble = None


Trouble = Callable[[Place, Attempt, Random], None]
EVERYWHERE: list[Trouble] = [kill, kill_reader, terminate, freeze, fill_disk, lose_api_server]
OF_A_SERVER: list[Trouble] = [restart_database, cut_network]


def disturb(place: Place, chance: Random, rounds: int) -> Outcome | None:
    """Run attempts with that many troubles, and then without, to an outcome that is an end."""
    troubles = EVERYWHERE if place.postgres is None else EVERYWHERE + OF_A_SERVER
    for _ in range(60):
        attempt, began = place.start(), time.monotonic()
        while rounds and not attempt.wait(chance.uniform(0.1, 1.0)):
            rounds -= 1
            trouble = chance.choice(troubles)
            trouble(place, attempt, chance)
            place.log.append(f"{trouble.__name__}@{time.monotonic() - began:.1f}")
        outcome = attempt.outcome()
        if outcome is not None and outcome.kind in {"Completed", "Failed", "CheckpointUnreadable"}:
            return outcome
    return None
