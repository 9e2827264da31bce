"""What the runner has been asked to do, by people (spec), a release, and the node (SIGTERM)."""

import threading
from enum import Enum

from pimjob_api.phases import DesiredState


class Intent(Enum):
    """Why to leave at the next chunk boundary."""

    STOP = "stop"
    PAUSE = "pause"
    MAKE_ROOM = "make room"
    """A release is in progress: pause, and be resumed when it is over."""
    LEAVE = "leave"
    """SIGTERM: commit and leave. What comes next is decided from spec, not here."""


class Control:
    """Set by the reporter's thread and the signal handler, read by the engine's thread.

    Stop wins over pause, pause over a release, and all of them over SIGTERM. What is not
    allowed is not obeyed here; the operator tells people why.
    """

    def __init__(self) -> None:
        self._stoppable = True
        self._pausable = True
        self._desired = DesiredState.RUNNING.value
        self._gated = False
        self._terminated = threading.Event()

    def allow(self, *, stoppable: bool, pausable: bool) -> None:
        """Note what is allowed. What anybody has forbidden stays forbidden."""
        self._stoppable = self._stoppable and stoppable
        self._pausable = self._pausable and pausable

    def desire(self, state: str) -> None:
        """Note `spec.desiredState`. A word that this version does not know means go on."""
        self._desired = state

    def gate(self, *, closed: bool) -> None:
        """Note whether a release asks this attempt to make room."""
        self._gated = closed

    def terminate(self, *_signal: object) -> None:
        """Handle SIGTERM."""
        self._terminated.set()

    def intent(self) -> Intent | None:
        """Return why to leave, None to go on."""
        if self._desired == DesiredState.STOPPED and self._stoppable:
            return Intent.STOP
        if self._desired == DesiredState.PAUSED and self._pausable:
            return Intent.PAUSE
        if self._gated and self._pausable:
            return Intent.MAKE_ROOM
        if self._terminated.is_set():
            return Intent.LEAVE
        return None

    def wait_terminated(self, seconds: float) -> bool:
        """Wait, but not beyond a SIGTERM; say whether there was one."""
        return self._terminated.wait(seconds)
