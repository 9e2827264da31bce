"""Lines of a file in blocks that are the same wherever their lines have moved to.

A block ends with a line whose checksum says so (content-defined chunking): a line that is
new, gone or another changes the block that it is in, and no other.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple
from zlib import crc32

DIGEST_BYTES: Final = 16
"""Of a block's SHA-256. An accidental match among a million blocks: 1 to 10^26."""
MOST_LINES: Final = 64
"""So many records at most: a byte tells how many."""
_ENDS: Final = 16
"""One line in so many ends a block."""


class LineBlock(NamedTuple):
    """Lines one after the other."""

    lines: int
    size: int
    """In bytes."""
    digest: bytes


def line_blocks(lines: Sequence[bytes], are_last: bool, /) -> Iterator[LineBlock]:  # noqa: FBT001 - positional
    """Cut lines into blocks.

    What follows the last end of a block is none, unless the lines are the last ones of the file.
    """
    ends = [number for number, line in enumerate(lines, start=1) if not crc32(line) % _ENDS]
    if are_last and lines and ends[-1:] != [len(lines)]:
        ends.append(len(lines))
    first = 0
    for end in ends:
        while first < end:
            cut = min(end, first + MOST_LINES)
            block = b"".join(lines[first:cut])
            digest = sha256(block).digest()[:DIGEST_BYTES]
            yield LineBlock(cut - first, len(block), digest)
            first = cut
