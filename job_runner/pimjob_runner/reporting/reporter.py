"""Progress into the PimJob's status, and the wish in its spec back, on a thread of its own.

At most one request each PERIOD_SECONDS: a write if there is something new, else
a read. The answer to either carries `spec`. Trouble with the API server never
reaches the job: what could not be said is said by the next report.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.reporting.kube import ApiRefusedError, ApiUnavailableError, PimJobClient
from pimjob_runner.reporting.status import apply_body, status_of

PERIOD_SECONDS = 2.0
HEARTBEAT_SECONDS = 10.0
FINAL_SECONDS = 10.0
FINAL_RETRY_SECONDS = 0.5


class Reporter:
    """Reports for one job. `report` may be called from any thread and never blocks."""

    def __init__(
        self,
        client: PimJobClient,
        control: Control,
        *,
        namespace: str,
        name: str,
        uid: str,
        files_root: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._control = control
        self._namespace = namespace
        self._name = name
        self._uid = uid
        self._files_root = files_root
        self._clock = clock
        self._latest: JobProgress | None = None
        self._written: JobProgress | None = None
        self._written_at = monotonic()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def report(self, progress: JobProgress) -> None:
        """Take the latest progress; it is written when the next report is due."""
        self._latest = progress

    def finish(self) -> None:
        """Write the last progress, trying for up to FINAL_SECONDS."""
        self._closing.set()
        self._thread.join()
        deadline = monotonic() + FINAL_SECONDS
        while self._latest is not self._written:
            if self._exchange() or monotonic() >= deadline:
                break
            threading.Event().wait(FINAL_RETRY_SECONDS)
        self._client.close()

    def _run(self) -> None:
        while not self._closing.wait(PERIOD_SECONDS):
            self._exchange()

    def _exchange(self) -> bool:
        """Write or read once; True if the API server answered for good."""
        try:
            found = self._write(self._latest) if self._due() else self._client.get()
        except ApiUnavailableError:
            return False
        except ApiRefusedError:
            # Deleted, or no longer ours to write: nothing to say, and the pod
            # is about to be ended by its owner.
            return True
        self._control.desire(str(found.get("spec", {}).get("desiredState", "Running")))
        return True

    def _due(self) -> bool:
        if self._latest is None:
            return False
        silent = monotonic() - self._written_at
        return self._latest is not self._written or silent >= HEARTBEAT_SECONDS

    def _write(self, progress: JobProgress | None) -> dict[str, Any]:
        if progress is None:
            return self._client.get()
        status = status_of(progress, files_root=self._files_root, now=self._clock())
        body = apply_body(namespace=self._namespace, name=self._name, uid=self._uid, status=status)
        found = self._client.apply_status(body)
        self._written, self._written_at = progress, monotonic()
        return found
