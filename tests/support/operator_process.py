"""The operator as a process of its own, as users run it."""

import contextlib
import os
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import TypeVar

from support.control_plane import free_port, process, wait_for

Found = TypeVar("Found")
SETTLED = 6
"""Readings in a row, a twentieth of a second apart."""


class OperatorStatus:
    """What a running operator says about itself."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of /healthz, /readyz or /metrics."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def wait(self, state: str) -> None:
        """Wait until it is `active` or `standby`."""
        wait_for(lambda: self.get("/readyz") == (200, state), f"an operator; see {self.log}")

    def metric(self, line: str) -> float | None:
        """Return the value of one line of /metrics, by the text before it."""
        lines = self.get("/metrics")[1].splitlines()
        return next((float(x.rsplit(" ", 1)[1]) for x in lines if x.startswith(line + " ")), None)


def settled(read: Callable[[], Found]) -> Found:
    """Return what is read once it stays the same: an answer is counted after others see it."""
    readings: list[Found] = []

    def same() -> bool:
        readings.append(read())
        return len(readings) >= SETTLED and readings[-SETTLED:] == [readings[-1]] * SETTLED

    wait_for(same, "readings that agree")
    return readings[-1]


class OperatorProcess(OperatorStatus):
    """A running `pimjob-operator`."""

    def __init__(self, process: Popen[bytes], port: int, log: Path) -> None:
        super().__init__(port, log)
        self.process = process

    def kill(self) -> None:
        """End it as the kernel would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextlib.contextmanager
def operator_process(
    kubeconfig: Path, log: Path, identity: str, **settings: str
) -> Iterator[OperatorProcess]:
    """Run an operator for as long as the block lasts. Settings as PIMJOB_… without that."""
    port = free_port()
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PIMJOB_")},
        "PIMJOB_RUNNER_IMAGE": "numbers:1",
        "PIMJOB_NAMESPACE": "default",
        "PIMJOB_IDENTITY": identity,
        "PIMJOB_PORT": str(port),
        "PIMJOB_LOG_FORMAT": "console",
        "PIMJOB_BACKOFF_SECONDS": "2",
        "PIMJOB_OBEY_SECONDS": "3",
        **{f"PIMJOB_{key.upper()}": value for key, value in settings.items()},
    }
    command = (sys.executable, "-m", "pimjob_operator.main", f"--kubeconfig={kubeconfig}")
    with process(log, *command, env=env) as running:
        yield OperatorProcess(running, port, log)
