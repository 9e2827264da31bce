"""The steps of a job: a text above each, a bar, a table of counters, warnings. Pure."""

from collections.abc import Iterator
from typing import Any

from pimjob_api.phases import Phase, StepPhase
from pimjob_cli import table, text
from pimjob_cli.job import Job
from pimjob_cli.paint import Paint, colour_of

BAR = 30
FULL, EMPTY = "█", "░"
INDENT = "    "
_STORY = ("read", "created", "updated", "unchanged", "skipped", "invalid")

Step = dict[str, Any]


def lines(job: Job, paint: Paint, columns: int) -> Iterator[str]:
    """Yield what there is to know of each step."""
    for place, step in enumerate(job.steps, 1):
        yield from _head(job, step, place, paint)
        yield from _counters(step, paint)
        yield from _warnings(step, paint, columns)


def _head(job: Job, step: Step, place: int, paint: Paint) -> Iterator[str]:
    phase = text.clean(step.get("phase") or StepPhase.PENDING)
    warnings = int(step.get("warnings") or 0)
    label = text.clean(step.get("label") or step["name"])
    colour = colour_of(phase, warnings=warnings)
    yield (
        f"{place}/{len(job.steps)} {paint(label, 'bold')}   {paint(phase, colour)}"
        f"   {time_text(job, step)}"
    ).rstrip()
    if phase != StepPhase.PENDING:
        done = share(step)
        if done is None and phase == StepPhase.RUNNING:
            done = job.share
        yield f"{INDENT}{paint(bar(done), colour)} {_amount(step, done)}".rstrip()


def time_text(job: Job, step: Step) -> str:
    """Return the words above a bar: what time is left, or was spent."""
    phase, spent = step.get("phase", StepPhase.PENDING), int(step.get("activeSeconds") or 0)
    if phase == StepPhase.PENDING:
        return ""
    if phase != StepPhase.RUNNING or job.phase != Phase.RUNNING:
        return f"time spent: {text.duration(spent)}"
    if not step.get("trackable"):
        return f"time left cannot be told, spent: {text.duration(spent)}"
    if step.get("etaSeconds") is None:
        return "estimating time left"
    return f"time left: {text.duration(step['etaSeconds'])}"


def bar(done: float | None) -> str:
    """Return a bar of BAR characters: full at the end, empty where that cannot be told."""
    full = round((done or 0) * BAR)
    return FULL * full + EMPTY * (BAR - full)


def share(step: Step) -> float | None:
    """Return how much is done by its items, from 0 to 1; None if that is not known."""
    if step.get("phase") == StepPhase.COMPLETED:
        return 1.0
    total = step.get("total")
    return min(1.0, int(step.get("processed") or 0) / total) if total else None


def _amount(step: Step, done: float | None) -> str:
    processed, total = int(step.get("processed") or 0), step.get("total")
    of = "" if total is None else f" of {text.number(total)}"
    percent = "" if done is None else f"{int(done * 100):3d}%  "
    return f"{percent}{text.number(processed)}{of}" if processed or total else percent.rstrip()


def _counters(step: Step, paint: Paint) -> Iterator[str]:
    given = {text.clean(name): value for name, value in (step.get("counters") or {}).items()}
    # The API server sorts them by the alphabet; people read them as a story.
    counters = {name: given[name] for name in (*_STORY, *given) if name in given}
    if counters:
        values = [text.number(value) for value in counters.values()]
        columns = [name.upper() for name in counters]
        yield from (INDENT + line for line in table.lines(columns, [values], paint=paint))


def _warnings(step: Step, paint: Paint, columns: int) -> Iterator[str]:
    total, samples = int(step.get("warnings") or 0), step.get("warningSamples") or []
    if not total:
        return
    more = f"; first {len(samples)}:" if total > len(samples) > 0 else ":" if samples else ""
    yield INDENT + paint(text.plural(total, "warning") + more, "yellow")
    rows = [
        [str(s.get("line") or text.NOTHING), *(str(s.get(name) or text.NOTHING) for name in
         ("column", "value", "reason"))]
        for s in samples
    ]  # fmt: skip
    if rows:
        headers = ("LINE", "COLUMN", "VALUE", "REASON")
        room = max(columns - len(INDENT), 20)
        shown = table.lines(headers, rows, paint=paint, columns=room, elastic="REASON")
        yield from (INDENT + line for line in shown)
