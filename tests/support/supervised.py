"""An operator, or a notifier, that is started again whenever it has ended, as a Deployment does it.

Its processes are forked from one that has everything imported: many of them can be
killed in a test. Each is what `pimjob-operator` is otherwise, with the same identity.
"""

import contextlib
import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from support.control_plane import free_port, wait_for
from support.operator_process import OperatorStatus

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["pimjob_notifier.main", "pimjob_operator.main", "support.supervised"]
)


class Supervised(OperatorStatus):
    """The processes of one operator, one after another."""

    def __init__(self, kubeconfig: Path, log: Path, settings: dict[str, str], program: str) -> None:
        super().__init__(free_port(), log)
        self._arguments = (
            program,
            str(kubeconfig),
            str(log),
            {**settings, "PIMJOB_PORT": str(self.port)},
        )
        self._ending = False
        self._process: ForkServerProcess | None = None
        self._thread: threading.Thread | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it, and again whenever it has ended, until `end`."""
        self._ending = False
        self._thread = threading.Thread(target=self._supervise, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """End the current process as the kernel would; another one follows."""
        running = self._process
        if running is not None:
            # One that is being ended by somebody else meanwhile is fine.
            with contextlib.suppress(ValueError):
                running.kill()

    def end(self) -> None:
        """Kill the current process; none follows."""
        self._ending = True
        wait_for(self._is_over, "the operator's end", seconds=20)

    def _is_over(self) -> bool:
        self.kill()
        return self._thread is None or not self._thread.is_alive()

    def _supervise(self) -> None:
        while not self._ending:
            running = _FORKS.Process(target=_run, args=self._arguments, daemon=True)
            running.start()
            self._process = running
            self.starts += 1
            running.join()
            running.close()


def _run(program: str, kubeconfig: str, log: str, settings: dict[str, str]) -> None:
    # A test run that is killed ends nobody; its operators must not outlive it.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(settings)
    # Preloaded where it is forked from.
    sys.exit(importlib.import_module(program).main([f"--kubeconfig={kubeconfig}"]))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


@contextlib.contextmanager
def supervised(
    kubeconfig: Path,
    log: Path,
    namespace: str,
    program: str = "pimjob_operator.main",
    **settings: str,
) -> Iterator[Supervised]:
    """An operator for one namespace, with short times, for as long as the block lasts."""
    defaults = {
        "runner_image": "numbers:1",
        "namespace": namespace,
        "watch_namespaces": namespace,
        "identity": "operator",
        "log_format": "console",
        "backoff_seconds": "0.1",
        "obey_seconds": "2",
    }
    variables = {f"PIMJOB_{k.upper()}": v for k, v in {**defaults, **settings}.items()}
    made = Supervised(kubeconfig, log, variables, program)
    made.start()
    try:
        yield made
    finally:
        made.end()
