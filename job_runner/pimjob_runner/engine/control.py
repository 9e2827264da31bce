"""What the runner has been asked to do, by people (spec) and by the node (SIGTERM)."""

import threading
from enum import Enum


class Intent(Enum):
    """Why to leave at the next chunk boundary."""

    STOP = "stop"
    PAUSE = "pause"
    LEAVE = "leave"
    """SIGTERM: commit and leave. What comes next is decided from spec, not here."""


class Control:
    """Set by the reporter's thread and the signal handler, read by the engine's thread.

    Stop wins over pause, and both over SIGTERM. What the type does not allow is
    not obeyed here; the operator tells people why.
    """

    def __init__(self, *, stoppable: bool, pausable: bool) -> None:
        self._stoppable = stoppable
        self._pausable = pausable
        self._desired = "Running"
        self._terminated = threading.Event()

    def desire(self, state: str) -> None:
        """Take over `spec.desiredState`."""
        self._desired = state

    def terminate(self, *_signal: object) -> None:
        """Handle SIGTERM."""
        self._terminated.set()

    def intent(self) -> Intent | None:
        """Return why to leave, None to go on."""
        if self._desired == "Stopped" and self._stoppable:
            return Intent.STOP
        if self._desired == "Paused" and self._pausable:
            return Intent.PAUSE
        if self._terminated.is_set():
            return Intent.LEAVE
        return None
