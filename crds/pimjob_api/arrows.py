"""Which phase may follow which, as status shows it.

The shown phase skips what is over before it is written: a job may end while its
status still says Starting. Only Failed can be left among the ends, by a retry.
"""

from pimjob_api.phases import Phase

_WAITS = {Phase.QUEUED, Phase.STARTING, Phase.RUNNING}
_LEAVES = {Phase.PAUSING, Phase.PAUSED, Phase.STOPPING, Phase.STOPPED}
_OWN_ENDS = {Phase.COMPLETED, Phase.FAILED}

ARROWS: dict[Phase, frozenset[Phase]] = {
    Phase.QUEUED: frozenset(_WAITS | _LEAVES | _OWN_ENDS),
    Phase.STARTING: frozenset(_WAITS | _LEAVES | _OWN_ENDS),
    Phase.RUNNING: frozenset(_WAITS | _LEAVES | _OWN_ENDS),
    # Until it has left it cannot begin anew; the wish may be taken back, or become a stop.
    Phase.PAUSING: frozenset(_WAITS | _LEAVES | _OWN_ENDS),
    Phase.PAUSED: frozenset({Phase.QUEUED, Phase.STARTING, Phase.STOPPED} | _OWN_ENDS),
    # Nothing but an end follows a stop, unless the type turns out not to allow it.
    Phase.STOPPING: frozenset({Phase.STOPPED} | _OWN_ENDS),
    Phase.STOPPED: frozenset(),
    Phase.COMPLETED: frozenset(),
    Phase.FAILED: frozenset({*_WAITS, Phase.PAUSED, Phase.STOPPED, *_OWN_ENDS}),
}
"""To stay is always allowed."""


def allowed(before: Phase | None, after: Phase) -> bool:
    """Whether status may say `after` once it has said `before`."""
    return before is None or before is after or after in ARROWS[before]
