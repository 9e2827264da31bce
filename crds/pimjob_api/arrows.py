"""Which phase may follow which, as status shows it.

The shown phase skips what is over before it is written: a job may end while its
status still says Starting. Only Failed can be left among the ends, by a retry.
"""

from pimjob_api.phases import Phase

_ANY = frozenset(Phase)
_OWN_ENDS = frozenset({Phase.COMPLETED, Phase.FAILED})

ARROWS: dict[Phase, frozenset[Phase]] = {
    Phase.QUEUED: _ANY,
    Phase.STARTING: _ANY,
    Phase.RUNNING: _ANY,
    # Until it has left it cannot begin anew; the wish may be taken back, or become a stop.
    Phase.PAUSING: _ANY,
    Phase.PAUSED: _ANY,
    # Only the runner itself can be quicker than a stop.
    Phase.STOPPING: _OWN_ENDS | {Phase.STOPPED},
    Phase.STOPPED: frozenset(),
    Phase.COMPLETED: frozenset(),
    # By a retry.
    Phase.FAILED: _ANY,
}
"""To stay is always allowed."""


def allowed(before: Phase | None, after: Phase) -> bool:
    """Whether status may say `after` once it has said `before`."""
    return before is None or before is after or after in ARROWS[before]
