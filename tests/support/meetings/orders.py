"""What each order of whole rows leads to, found by running it: no rule is written down twice.

A job goes on by one row at a time: an attempt that is paused after it. Between two of
them other jobs have their rows. So nobody is ever beside anybody, and what comes out
is what some order of whole rows gives.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pimjob_api.phases import OutcomeKind, StepPhase
from pimjob_runner.engine import chunk_size
from pimjob_runner.engine.control import Control
from pimjob_runner.engine.progress import JobProgress
from support.meetings.ground import sqlite_copy
from support.meetings.job import Job, Place
from support.meetings.state import State, may_lead_to, state, text_of

Order = tuple[int, ...]
"""Numbers of jobs, in the order in which each goes on by one row (the first: its file's check).
The complement of a number (`~0`, `~1`): that job goes on to its end."""


@dataclass(frozen=True)
class _Node:
    """Where an order has led to so far."""

    place: Place
    attempts: tuple[int, ...]
    """How many each job has had."""
    ended: frozenset[int] = frozenset()


@dataclass
class Orders:
    """All orders of some jobs on a catalogue in SQLite. What was run once is remembered."""

    base: Place
    folder: Path
    jobs: Sequence[Job]
    checks: bool = True
    """Whether another job may come between the check of a file and its first row."""
    _nodes: dict[Order, _Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes[()] = _Node(self.base, (0,) * len(self.jobs))

    def one_after(self, rows: int) -> State:
        """Return what comes of `rows` rows of the first job, then the second, then the rest."""
        return self._state((*(0,) * (rows + self.checks), ~1, ~0))

    def one_after_the_other(self) -> State:
        """Return what comes of the jobs if each begins after the one before."""
        return self._state(tuple(~job for job in range(len(self.jobs))))

    def leads_to(self, left: State) -> bool:
        """Whether some order of whole rows leads to what was left.

        Jobs' counters and warnings only grow: an order that has more of one than was left
        is not followed any further.
        """
        wanted, seen = text_of(left), set[str]()
        orders: list[Order] = [()]
        while orders:
            order = orders.pop()
            reached = self._state(order)
            text = text_of(reached)
            if text in seen or not may_lead_to(reached, left):
                continue
            seen.add(text)
            node = self._node(order)
            going = [job for job in range(len(self.jobs)) if job not in node.ended]
            if not going and text == wanted:
                return True
            orders += [(*order, job) for job in going]
        return False

    def _state(self, path: Order) -> State:
        return state(self._node(path).place, [job.name for job in self.jobs])

    def _node(self, path: Order) -> _Node:
        if path not in self._nodes:
            self._nodes[path] = self._go_on(self._node(path[:-1]), path[-1])
        return self._nodes[path]

    def _go_on(self, node: _Node, step: int) -> _Node:
        number = max(step, ~step)
        if number in node.ended:
            return node
        files = self.folder / f"order-{len(self._nodes)}"
        if any(node.attempts):
            shutil.copytree(node.place.files, files, ignore=shutil.ignore_patterns("catalog.db*"))
        else:
            files.mkdir(parents=True)
        with sqlite_copy(node.place.url, files) as url, chunks_of(1):
            place = Place(url, files)
            attempts = list(node.attempts)
            attempts[number] += 1
            kind = self._attempt(place, number, attempts[number], to_the_end=step < 0)
        ended = node.ended if kind is OutcomeKind.PAUSED else node.ended | {number}
        return _Node(place, tuple(attempts), ended)

    def _attempt(self, place: Place, number: int, attempt: int, *, to_the_end: bool) -> OutcomeKind:
        """Let a job go on by one row; nothing is left to do if it is not paused then."""
        job, control = self.jobs[number], Control()
        began: list[int] = []

        def listen(progress: JobProgress) -> None:
            done = rows_done(progress, checks=self.checks)
            began[:] = began or [done]
            if not to_the_end and done > began[0] and not _is_done(progress, job):
                control.desire("Paused")

        return place.attempt(job, attempt, control=control, listener=listen).kind


def rows_done(progress: JobProgress, *, checks: bool) -> int:
    """Count rows in all steps, and, if wanted, the check of the file as one."""
    checked = checks and any(
        step.name == "validate" and step.phase is StepPhase.COMPLETED for step in progress.steps
    )
    return checked + sum(
        step.processed for step in progress.steps if step.name not in {"download", "validate"}
    )


def _is_done(progress: JobProgress, job: Job) -> bool:
    """Whether nothing comes but the end: that concerns nobody else."""
    header = job.text.partition("\n")[0]
    steps = [s for s in progress.steps if s.name != "associations" or "_SELL-" in header]
    return all(s.phase is StepPhase.COMPLETED for s in steps[:-1]) and (
        steps[-1].processed == steps[-1].total
    )


@contextmanager
def chunks_of(items: int) -> Iterator[None]:
    """Let chunks of this process have so many items, for a while."""
    before = chunk_size.FIRST, chunk_size.LARGEST, chunk_size.SMALLEST
    chunk_size.FIRST = chunk_size.LARGEST = chunk_size.SMALLEST = items
    try:
        yield
    finally:
        chunk_size.FIRST, chunk_size.LARGEST, chunk_size.SMALLEST = before
