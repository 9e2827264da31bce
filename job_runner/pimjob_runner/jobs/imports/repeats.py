"""Rows of one file that name the same thing: right by themselves, and seldom meant."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from pimjob_runner.catalogue.codes import fold, fold_all
from pimjob_runner.catalogue.header_error import quoted
from pimjob_runner.formats.csv_count import KEY_SEPARATOR, key_of
from pimjob_runner.formats.record_file import RecordFile

MOST_ROWS = 5_000_000
"""Further ones are not looked at: each takes 8 bytes."""
MOST_REPEATED = 10_000
EXAMPLES = 3
BATCH = 1_000
PARTITIONS = 64
NOTHING = hash("")


class Repeats:
    """Keys that were seen more than once, by their hashes."""

    def __init__(self) -> None:
        # A set takes ten times as much memory as what is in it: one at a time, of one partition.
        self._partitions = [array("q") for _ in range(PARTITIONS)]
        self._rows = 0

    def add(self, keys: Sequence[str]) -> None:
        """Add keys of further rows; empty ones name nothing."""
        if self._rows >= MOST_ROWS:
            return
        self._rows += len(keys)
        partitions = self._partitions
        for number in _hashes(keys):
            partitions[number % PARTITIONS].append(number)

    def hashes(self) -> set[int]:
        """Return hashes that occur more than once, of very many only some."""
        found: set[int] = set()
        for partition in self._partitions:
            if len(set(partition)) < len(partition):
                seen = {NOTHING}
                # `add` returns nothing: what was there already is repeated.
                found.update(n for n in partition if n in seen or seen.add(n))  # type: ignore[func-returns-value]
            if len(found) > MOST_REPEATED:
                break
        return found - {NOTHING}


def _hashes(keys: Sequence[str]) -> Iterable[int]:
    """Return the hash of each key."""
    return map(hash, map(str.strip, fold_all(keys)))


@dataclass
class _Found:
    key: str
    lines: list[int] = field(default_factory=list)


def about_repeats(
    source: RecordFile, keys: Sequence[int], repeats: Repeats, look: Callable[[], None]
) -> str | None:
    """Return a note that names the first of them with their lines; None if there are none.

    `look` is called now and then; it may raise what it likes to end the search.
    """
    repeated = repeats.hashes()
    if not repeated:
        return None
    found: dict[str, _Found] = {}
    for line, key in _repeated_rows(source, keys, repeated, look):
        known = found.setdefault(fold(key.strip()), _Found(key))
        known.lines.append(line)
        if sum(len(other.lines) > 1 for other in found.values()) >= EXAMPLES:
            break
    # Two keys may have one hash.
    twice = [each for each in found.values() if len(each.lines) > 1]
    return _note(twice[:EXAMPLES], len(repeated)) if twice else None


def _repeated_rows(
    source: RecordFile, keys: Sequence[int], repeated: set[int], look: Callable[[], None]
) -> Iterator[tuple[int, str]]:
    with closing(source.open()) as file:
        while (
            batch := file.read(BATCH, lambda cells: key_of(cells, keys), lambda _reason: "")
        ).items:
            look()
            for number, key in enumerate(batch.items):
                if any(each in repeated for each in _hashes([key])):
                    yield batch.records.line(number), key


def _note(examples: Sequence[_Found], count: int) -> str:
    told = "; ".join(
        f"{quoted(each.key.replace(KEY_SEPARATOR, ', '))} on lines"
        f" {' and '.join(map(str, each.lines[:2]))}"
        for each in examples
    )
    many = f"at least {MOST_REPEATED:,}" if count > MOST_REPEATED else f"{count:,}"
    return (
        "Rows name the same thing more than once; they count in the order of the file, so remove"
        f" what is not meant. In all {many}, first: {told}."
    )
