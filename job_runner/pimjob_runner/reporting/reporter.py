"""Progress into the PimJob's status, and the wish in its spec back, on a thread of its own.

At most one request each PERIOD_SECONDS: a write if there is something new, else
a read. The answer to either carries `spec`, and `status.gate`. Trouble with the API server never
reaches the job: what could not be said is said by the next report.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.reporting.kube import (
    NOT_FOUND,
    ApiRefusedError,
    ApiUnavailableError,
    PimJobClient,
)
from pimjob_runner.reporting.status import status_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How often to report, in seconds.

    With the client's timeout of 5 s a final report takes at most 20 s, within
    the 30 s that a pod has after SIGTERM.
    """

    period: float = 2.0
    heartbeat: float = 10.0
    final: float = 10.0
    final_retry: float = 0.5


def obey(control: Control, found: dict[str, Any], *, attempt: int) -> None:
    """Follow what a PimJob asks of an attempt.

    A gate names the attempt that it is closed for: what is left of it from an
    earlier one must not stop a later one as soon as it starts.
    """
    control.desire(str(found.get("spec", {}).get("desiredState", "Running")))
    gate = found.get("status", {}).get("gate") or {}
    control.gate(closed=gate.get("attempt") == attempt)


class Reporter:
    """Reports for one attempt. `report` may be called from any thread and never blocks."""

    def __init__(
        self,
        client: PimJobClient,
        control: Control,
        *,
        attempt: int,
        files_root: Path,
        clock: Callable[[], datetime],
        timing: Timing | None = None,
    ) -> None:
        self._client = client
        self._control = control
        self._attempt = attempt
        self._files_root = files_root
        self._clock = clock
        self._timing = timing or Timing()
        self._latest: JobProgress | None = None
        self._written: JobProgress | None = None
        self._written_at = monotonic()
        self._trouble = ""
        self._silent = False
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._said = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def report(self, progress: JobProgress) -> None:
        """Take the latest progress; it is written when the next report is due."""
        self._latest = progress

    def report_now(self, progress: JobProgress) -> None:
        """Write the progress at once; wait for that, but not for long."""
        self._latest = progress
        # Twice: what is being written just now may be what was the latest before.
        for _ in range(2):
            self._said.clear()
            self._hurry.set()
            if not self._said.wait(self._timing.final) or self._written is progress:
                break

    def finish(self) -> None:
        """Write the last progress, trying for a bounded time."""
        self._end_thread()
        deadline = monotonic() + self._timing.final
        while self._news():
            if self._exchange() or monotonic() >= deadline:
                break
            threading.Event().wait(self._timing.final_retry)
        self._client.close()

    def abandon(self) -> None:
        """Say nothing more: another attempt speaks for the job now."""
        self._end_thread()
        self._client.close()

    def _end_thread(self) -> None:
        self._closing.set()
        self._hurry.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._hurry.wait(self._timing.period)
            self._hurry.clear()
            if self._closing.is_set():
                return
            self._exchange()
            self._said.set()

    def _exchange(self) -> bool:
        """Write or read once; True if the API server answered for good."""
        try:
            self._follow(self._write_or_read())
        except ApiUnavailableError as error:
            self._note(f"The API server does not answer: {error}")
            return False
        except ApiRefusedError as error:
            self._note(f"The API server refuses a report: {error}")
            if error.status == NOT_FOUND:
                # Gone: the pod's end is near, and another PimJob may have the name.
                self._silent = True
            else:
                self._listen()
            return True
        except Exception:  # whatever is wrong with a report, the job goes on
            log.exception("A report could not be made")
            return True
        self._note("")
        return True

    def _listen(self) -> None:
        """Read what is wanted of a runner that may not speak: a newer attempt may do so now."""
        with contextlib.suppress(ApiUnavailableError, ApiRefusedError):
            self._follow(self._client.get())

    def _write_or_read(self) -> dict[str, Any]:
        progress = self._latest
        silent = monotonic() - self._written_at >= self._timing.heartbeat
        if progress is None or self._silent or not (self._news() or silent):
            return self._client.get()
        found = self._client.apply_status(
            status_of(progress, files_root=self._files_root, now=self._clock())
        )
        self._written, self._written_at = progress, monotonic()
        log.debug("Reported %d items.", progress.processed)
        return found

    def _news(self) -> bool:
        return self._latest is not self._written and not self._silent

    def _follow(self, found: dict[str, Any]) -> None:
        obey(self._control, found, attempt=self._attempt)
        attempts = found.get("status", {}).get("attempts", [])
        if any(attempt["number"] > self._attempt for attempt in attempts):
            # The database will tell the engine; until then don't overwrite what
            # the newer attempt reports.
            self._silent = True

    def _note(self, trouble: str) -> None:
        """Log a trouble when it begins and when it ends, not at each try."""
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.info("Reports get through again.")
        self._trouble = trouble
