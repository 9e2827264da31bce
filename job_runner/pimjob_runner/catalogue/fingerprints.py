"""Fingerprints: which rows of a source are known to change nothing, as long as all is as it was.

A fingerprint says: these records, under this basis, leave these products as they are in these
versions. It is true by itself, whoever has written it and whatever else has changed; so
fingerprints need no order, and of two jobs that write the same ones both may stay.

A version is raised by each change of a product, and never falls unless the product is deleted
and made anew: so deletions are counted, and their count is part of the basis. A variant's parent
needs no version: what rows rest on (it is there, its family variant, its level) cannot change
but by a deletion.

They are stored in segments: about as many blocks of records as one chunk has.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from secrets import randbits
from time import time, time_ns
from typing import Any, Final, NamedTuple

import msgspec

from pimjob_runner.catalogue.locks import deletions
from pimjob_runner.catalogue.writing.rows import look_up
from pimjob_runner.stores.database import Transaction

MOST_RECORDS: Final = 1_000_000
"""Of all sources together; of more, those that were used last are kept. 26 bytes each."""
UUID_BYTES: Final = 16
_BLOCK: Final = struct.Struct("<16sBQ")
_RANDOM_BITS: Final = 20
"""Of a segment's number. So nobody has to count them."""
_USED_AGAIN: Final = 3_600
"""Seconds for which a use need not be told again."""
_MEANING: Final = 1
"""Raised when a row comes to mean something else than before, within one release."""


@dataclass(frozen=True)
class Basis:
    """What all fingerprints of a source rest on, the records and the products apart."""

    digest: str
    deletions: int


Place = tuple[int, int]
"""Where a block is remembered: its segment, and its number in there."""


class Fingerprint(NamedTuple):
    """What is remembered of the records of a block."""

    digest: bytes
    products: bytes
    """Their UUIDs, in order, UUID_BYTES each."""
    versions: int
    """Their sum: of numbers that only grow, it is the same only if each is."""

    @property
    def uuids(self) -> list[str]:
        """Return those of the products."""
        return _uuids(self.products)


def uuids_as_bytes(uuids: Sequence[str]) -> bytes | None:
    """Return them as a fingerprint has them.

    None where one is none: SQLite takes whatever people insert by hand.
    """
    try:
        found = bytes.fromhex("".join(uuids).replace("-", ""))
    except ValueError:
        return None
    return found if len(found) == UUID_BYTES * len(uuids) else None


def basis_of(transaction: Transaction, rests_on: Any) -> Basis:
    """Return the basis of a source. `rests_on`: all that decides what a row does, as JSON."""
    gone = deletions(transaction)
    # A new release of the runner knows no row of an older one.
    text = msgspec.json.encode([_MEANING, version("pimjobs"), gone, rests_on])
    return Basis(sha256(text).hexdigest(), gone)


class KnownBlocks:
    """The blocks that are remembered under a basis, by their digests: 150 bytes each.

    Of what is remembered twice the last counts: what is older may not be valid any more.
    """

    def __init__(self, transaction: Transaction, basis: Basis) -> None:
        rows = transaction.query(
            "SELECT id, blocks FROM row_fingerprint WHERE basis = ? ORDER BY id", (basis.digest,)
        )
        self._found = {
            digest: segment << 24 | number << 8 | records
            for segment, blocks in rows
            for number, (digest, records, _) in enumerate(_BLOCK.iter_unpack(blocks))
        }

    def get(self, digest: bytes) -> tuple[Place, int] | None:
        """Return where a block is remembered, and how many records it has."""
        found = self._found.get(digest)
        return None if found is None else ((found >> 24, found >> 8 & 0xFFFF), found & 0xFF)


class Fingerprints:
    """The fingerprints that one transaction is about."""

    def __init__(self, transaction: Transaction, basis: Basis) -> None:
        self._transaction = transaction
        self._basis = basis
        self._segments: dict[int, list[Fingerprint]] = {}
        self._due: list[int] = []

    def load(self, places: Iterable[Place]) -> None:
        """Read the segments of these blocks, as far as they are still there."""
        wanted = sorted({segment for segment, _ in places})
        if not wanted:
            return
        marks = ", ".join("?" * len(wanted))
        rows = self._transaction.query(
            "SELECT id, used, blocks, products FROM row_fingerprint"  # noqa: S608 - marks
            f" WHERE id IN ({marks}) AND basis = ?",
            (*wanted, self._basis.digest),
        )
        self._segments = {segment: _fingerprints(blocks, products)
                          for segment, _, blocks, products in rows}  # fmt: skip
        self._due = sorted(id_ for id_, used, *_ in rows if used < time() - _USED_AGAIN)

    def at(self, place: Place, digest: bytes) -> Fingerprint | None:
        """Return what is remembered of a block; None if it is not there any more."""
        segment, number = place
        found = self._segments.get(segment, [])[number : number + 1]
        return found[0] if found and found[0].digest == digest else None

    def valid(self, found: Sequence[Fingerprint]) -> list[bool]:
        """Return of each block whether its products are as they were."""
        wanted = [len(each.products) // UUID_BYTES for each in found]
        products = b"".join(each.products for each in found)
        if self._are_neighbours(products, sum(wanted), sum(each.versions for each in found)):
            valid = [True] * len(found)
        else:
            now = self._versions(products)
            valid = [
                sum(now.get(uuid, 0) for uuid in each.uuids) == each.versions for each in found
            ]
        # After the products were read: so none of them was made anew.
        same = deletions(self._transaction) == self._basis.deletions
        return valid if same else [False] * len(found)

    def _are_neighbours(self, products: bytes, count: int, versions: int) -> bool:
        """Whether these are all products between the first and the last of them, as they were.

        Those that one file has created are neighbours. None of them was deleted, or nothing is
        valid: so if there are as many as there should be, it is these.
        """
        uuids = struct.unpack(f"{UUID_BYTES}s" * count, products)
        if len(set(uuids)) < count:
            return False
        first, last = (_canonical(end(uuids).hex()) for end in (min, max))
        sql = (
            "SELECT count(*), sum(version) FROM"
            " (SELECT version FROM product WHERE uuid BETWEEN ? AND ? LIMIT ?) AS neighbours"
        )
        # Of one more than there should be they are not all.
        return self._transaction.query(sql, (first, last, count + 1)) == [(count, versions)]

    def _versions(self, products: bytes) -> dict[str, int]:
        columns = "CAST(uuid AS TEXT), version"
        return dict(look_up(self._transaction, "product", "uuid", columns, _uuids(products)))

    def use_again(self) -> None:
        """Say that what was loaded is in use."""
        for segment in self._due:
            self._transaction.execute(
                "UPDATE row_fingerprint SET used = ? WHERE id = ?", (int(time()), segment)
            )

    def put(self, found: Sequence[Fingerprint]) -> None:
        """Remember blocks, in a segment of their own."""
        records = [len(each.products) // UUID_BYTES for each in found]
        blocks = b"".join(
            _BLOCK.pack(each.digest, count, each.versions)
            for each, count in zip(found, records, strict=True)
        )
        products = b"".join(each.products for each in found)
        self._transaction.execute(
            "INSERT INTO row_fingerprint (id, basis, used, records, blocks, products)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (_new_id(), self._basis.digest, int(time()), sum(records), blocks, products),
        )

    def forget_oldest(self) -> None:
        """Remove what was used longest ago, so that MOST_RECORDS are left."""
        self._transaction.execute(
            "DELETE FROM row_fingerprint WHERE id IN (SELECT id FROM"
            " (SELECT id, sum(records) OVER (ORDER BY used DESC, id DESC) AS total"
            " FROM row_fingerprint) AS newest WHERE total > ?)",
            (MOST_RECORDS,),
        )


def _new_id() -> int:
    """Return the number of a new segment: that of a later one is greater."""
    return time_ns() // 1_000_000 << _RANDOM_BITS | randbits(_RANDOM_BITS)


def _fingerprints(blocks: bytes, products: bytes) -> list[Fingerprint]:
    found, at = [], 0
    for digest, records, versions in _BLOCK.iter_unpack(blocks):
        end = at + records * UUID_BYTES
        found.append(Fingerprint(digest, products[at:end], versions))
        at = end
    return found


def _uuids(products: bytes) -> list[str]:
    text, width = products.hex(), 2 * UUID_BYTES
    return [_canonical(text[at : at + width]) for at in range(0, len(text), width)]


def _canonical(digits: str) -> str:
    """Return the UUID of 32 digits as the database writes it."""
    d = digits
    return f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}"
