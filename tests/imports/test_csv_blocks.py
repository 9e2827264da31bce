"""Whatever a file holds and whatever of it is known: each record is read once, or passed by."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pimjob_runner.formats import line_blocks
from pimjob_runner.formats.csv_dialect import CsvDialect
from pimjob_runner.formats.csv_records import CsvRecords, csv_records
from pimjob_runner.formats.errors import UnreadableFileError
from pimjob_runner.formats.records import Batch, Block, Place

HEADER = "a;b\n"
PIECES = ("x;1\n", "y;2\n", "z;\r\n", '"q";3\n', '"two\nlines";4\n', "\n", "\r\n",
          'w;"a\n\n', ';"\n', 'wrong"quote;"\n', f"long;{'l' * 40}\n")  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
Found = list[tuple[int, list[str], str]]
"""Line, cells and text of each record."""


def source_of(folder: Path, text: str) -> CsvRecords:
    path = folder / "x.csv"
    path.write_bytes((HEADER + text).encode())
    return csv_records(path, CsvDialect())


def is_readable(source: CsvRecords) -> bool:
    """Whether it is a file that the validation lets pass."""
    try:
        all_records(source)
    except UnreadableFileError:
        return False
    return True


def cells_of(cells: list[str]) -> list[str]:
    return list(cells)


def broken(reason: str) -> list[str]:
    return ["REFUSED", reason]


def all_records(source: CsvRecords) -> Found:
    found = Found()
    with closing(source.open()) as file:
        while (batch := file.read(7, cells_of, broken)).items:
            found += told(batch)
    return found


def told(batch: Batch[list[str]]) -> Found:
    records = batch.records
    return [(records.line(n), cells, records.of(n)) for n, cells in enumerate(batch.items)]


def in_blocks(
    source: CsvRecords, known: Mapping[bytes, int], limit: int, *, anew: bool = True
) -> tuple[Found, list[Block]]:
    """Read a file, opened anew at each position or once; return what was read, and all blocks."""
    found, blocks = Found(), list[Block]()

    def place(digest: bytes) -> tuple[Place, int] | None:
        return ((0, 0), known[digest]) if digest in known else None

    file = source.open(None, place)
    while (batch := file.read(limit, cells_of, broken)).read:
        found += told(batch)
        blocks += batch.blocks
        if anew:
            file.close()
            file = source.open(file.position, place)
    file.close()
    return found, blocks


def again(source: CsvRecords, blocks: Sequence[Block]) -> Found:
    """Read the records of blocks that were passed by."""
    found = Found()
    for block in blocks:
        if block.known is not None:
            with closing(source.open(block.position)) as file:
                found += told(file.read(block.records, cells_of, broken))
    return found


@pytest.mark.parametrize("ends", [1, 2, 5])
@settings(max_examples=150, deadline=None)
@given(
    texts=st.tuples(TEXTS, TEXTS),
    cut=st.integers(0, 400),
    how=st.fixed_dictionaries({"limit": st.integers(1, 30), "anew": st.booleans()}),
)
def test_each_record_is_read_or_passed_by_once(
    tmp_path_factory: pytest.TempPathFactory,
    ends: int,
    texts: tuple[str, str],
    cut: int,
    how: dict[str, Any],
) -> None:
    folder, (before, after) = tmp_path_factory.mktemp("blocks"), texts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_blocks, "_ENDS", ends)
        source = source_of(folder, before)
        assume(is_readable(source))
        read, blocks = in_blocks(source, {}, **how)
        assert read == all_records(source)
        known = {block.digest: block.records for block in blocks}
        other = source_of(folder, before[:cut] + after + before[cut:])
        assume(is_readable(other))
        read, blocks = in_blocks(other, known, **how)
        assert sorted(read + again(other, blocks)) == all_records(other)
        for first, second in pairwise(blocks):
            assert first.end <= second.line


def test_the_blocks_of_a_file_without_a_change_are_all_known(tmp_path: Path) -> None:
    source = source_of(tmp_path, "".join(f'"p{n}";{n}\n' for n in range(500)))
    _, blocks = in_blocks(source, {}, 60)
    read, again_blocks = in_blocks(source, {b.digest: b.records for b in blocks}, 60)
    assert len(read) == 500 - sum(block.records for block in again_blocks)
    assert sum(block.records for block in again_blocks) >= 480
