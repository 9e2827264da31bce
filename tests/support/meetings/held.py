"""One job is held at a point of its way while another one runs: what comes of it."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from support.meetings.ground import Ground
from support.meetings.job import Place
from support.meetings.meetings import Meeting
from support.meetings.orders import Orders
from support.meetings.process import Hold, beside_a_held_one
from support.meetings.state import State, differences, state

BETWEEN = frozenset({"begin"})
"""Before each transaction of the held one: what it has read before may not be true any more."""
WITHIN = frozenset({"commit"})
"""Before each commit of what it has written. On SQLite the other one waits before it begins."""


@dataclass(frozen=True)
class Met:
    """How two jobs have met."""

    point: str
    """What the held one was about to do."""
    rows: int
    """How many rows of the held one were committed by then, in all its steps."""
    of: int
    """How many there were in the end."""
    passed: bool
    """Whether the other one ended while it was held."""
    ends: dict[str, str]
    """How the attempts ended, by job."""
    left: State


def meet(
    place: Place, meeting: Meeting, number: int, *, kinds: frozenset[str], chunk: int
) -> Met | None:
    """Hold one at its N-th point until the other one has ended or waits; None: it has fewer."""
    hold = Hold(kinds, number)
    held = hold.start(place, meeting.held, chunk=chunk)
    point = hold.point()
    if not point:
        hold.close()
        assert held.end() == "Completed", held.end()
        return None
    rows = _committed(place, meeting.held.name)
    other, passed = beside_a_held_one(place, meeting.other, point, chunk=chunk)
    hold.let_go()
    hold.close()
    ends = {meeting.held.name: held.end(), meeting.other.name: other.end()}
    of = _committed(place, meeting.held.name)
    return Met(point, rows, of, passed, ends, state(place, list(ends)))


def problems(met: Met, orders: Orders) -> list[str]:
    """Say what no order of whole rows would have left; where it is known, in this order."""
    crashes = [f"{job}: {end}" for job, end in met.ends.items() if end != "Completed"]
    if crashes:
        return crashes
    differ = differences(met.left, orders.one_after(met.rows))
    if met.point == "begin" and met.passed:
        return differ
    # The other one came before or after the rows that the held one was about to commit, or
    # between its own rows: the order that takes longest to find.
    if not differ or not differences(met.left, orders.one_after(met.rows + 1)):
        return []
    return [] if orders.leads_to(met.left) else differ


def at_each_point(
    ground: Ground, meeting: Meeting, orders: Orders, *, kinds: frozenset[str], chunk: int
) -> list[str]:
    """Let them meet at each point of some kinds in turn; return what went wrong."""
    found: list[str] = []
    # Before the first begin it has not read anything.
    for number in count(1 if "begin" in kinds else 0):
        with ground.copy() as place:
            met = meet(place, meeting, number, kinds=kinds, chunk=chunk)
        if met is None or met.rows == met.of:
            # What is left to the held one concerns nobody else.
            break
        where = f"held before {met.point} {number}, after {met.rows} rows: "
        found += [where + problem for problem in problems(met, orders)]
    return found


def orders_of(ground: Ground, folder: Path, meeting: Meeting) -> Orders:
    """Return what each order leads to."""
    return Orders(ground.place, folder, (meeting.held, meeting.other))


def _committed(place: Place, job: str) -> int:
    ((rows,),) = place.query(
        "SELECT sum(processed) FROM step_execution WHERE job_id = ?"
        " AND name NOT IN ('download', 'validate')",
        job,
    )
    return int(rows)
