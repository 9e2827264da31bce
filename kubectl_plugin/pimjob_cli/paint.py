"""Colours: one place that says which phase has which, as the reference PIM has them by outcome."""

from collections.abc import Callable

from pimjob_api.phases import Phase, StepPhase

Paint = Callable[[str, str], str]
"""Takes a text and the name of a colour."""

CODES = {"red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36, "grey": 90, "bold": 1}

_BY_PHASE: dict[str, str] = {
    Phase.QUEUED: "grey",
    Phase.STARTING: "cyan",
    Phase.RUNNING: "cyan",
    Phase.PAUSING: "grey",
    Phase.PAUSED: "grey",
    Phase.STOPPING: "magenta",
    Phase.STOPPED: "magenta",
    Phase.COMPLETED: "green",
    Phase.FAILED: "red",
    StepPhase.PENDING: "grey",
}
_WARNED = {"green": "yellow"}


def colour_of(phase: str, *, warnings: int = 0) -> str:
    """Return the colour of a job's or a step's phase; what went well with warnings is yellow."""
    colour = _BY_PHASE.get(phase, "")
    return _WARNED.get(colour, colour) if warnings else colour


def in_colour(text: str, colour: str) -> str:
    """Paint."""
    return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if colour and text else text


def plain(text: str, colour: str) -> str:  # noqa: ARG001 - a Paint
    """Paint nothing."""
    return text
