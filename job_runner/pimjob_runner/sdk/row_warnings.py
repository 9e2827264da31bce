"""The warnings about one row: the first few, and how many more there are."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pimjob_runner.sdk.items import ItemWarning

MOST_PER_ROW: Final = 10


def of_one_row(warnings: Iterable[ItemWarning]) -> list[ItemWarning]:
    """Return the first warnings about a row; the last of them says how many more there are.

    The engine does the same to what it is given. Where it is done before, the others need no
    memory.
    """
    kept: list[ItemWarning] = []
    more = 0
    for warning in warnings:
        if len(kept) < MOST_PER_ROW:
            kept.append(warning)
        else:
            more += 1 + warning.more
    return with_more(kept, more)


def with_more(warnings: list[ItemWarning], more: int) -> list[ItemWarning]:
    """Let the last warning stand for so many more."""
    if more:
        last = warnings[-1]
        warnings[-1] = replace(last, more=last.more + more)
    return warnings
