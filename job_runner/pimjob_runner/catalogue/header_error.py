"""What is wrong with a header: all of it at once, so that a file is mended once."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pimjob_runner.catalogue.codes import fold

MOST_TOLD = 10
QUOTED = 60
"""Characters of a name that a message repeats; a header may be anything."""


class HeaderError(Exception):
    """Columns that cannot be right; the whole file is refused. `others`: further ones."""

    def __init__(self, column: str, why: str, others: Sequence["HeaderError"] = ()) -> None:
        told = [f"Column {quoted(column)}: {why}.", *map(str, others[: MOST_TOLD - 1])]
        if len(others) >= MOST_TOLD:
            told.append(f"{len(others) - MOST_TOLD + 1} more columns are wrong.")
        super().__init__(" ".join(told))
        self.column = column
        self.why = why


def refuse_all(errors: Sequence[HeaderError]) -> None:
    """Raise what is wrong as one error, if there is anything."""
    if errors:
        first, *others = errors
        raise HeaderError(first.column, first.why, others)


def quoted(text: str) -> str:
    """Return a text for a message, in quotes and of a bounded length."""
    return repr(text) if len(text) <= QUOTED else f"{text[:QUOTED]!r}…"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return words that name the nearest of what is known; nothing if none is near."""
    if len(name) > QUOTED:
        return ""
    by_fold = {fold(other): other for other in known}
    found = get_close_matches(fold(name), by_fold, n=1)
    return f" (the nearest is {by_fold[found[0]]})" if found else ""
