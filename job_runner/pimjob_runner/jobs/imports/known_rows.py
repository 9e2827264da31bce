"""Rows that are known to change nothing are passed by, as long as all is as it was."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import compress

import msgspec

from pimjob_runner.catalogue.fingerprints import (
    UUID_BYTES,
    Basis,
    Fingerprint,
    Fingerprints,
    basis_of,
    uuids_as_bytes,
)
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.writing.product_table import Product
from pimjob_runner.catalogue.writing.products import ProductChange
from pimjob_runner.formats.records import Block
from pimjob_runner.jobs.imports.parameters import ProductParameters
from pimjob_runner.jobs.imports.value_columns import Options
from pimjob_runner.stores.database import Transaction

_WITHOUT_EFFECT = ("source", "maxMegabytes")


def basis_of_file(
    transaction: Transaction,
    structure: Structure,
    options: Options,
    header: str,
    parameters: ProductParameters,
) -> Basis:
    """Return what the fingerprints of a products file rest on."""
    said = msgspec.to_builtins(parameters)
    for name in _WITHOUT_EFFECT:
        del said[name]
    codes = {attribute: list(found) for attribute, found in options.items()}
    return basis_of(transaction, ["product", header, said, structure.digest.hex(), codes])


class KnownRows:
    """The blocks of a chunk: which are known, and what is to be remembered of the others."""

    def __init__(self, transaction: Transaction, basis: Basis, blocks: Sequence[Block]) -> None:
        self._fingerprints = Fingerprints(transaction, basis)
        self._blocks = blocks
        self._valid: dict[Block, Fingerprint] = {}
        self._lines: list[int] = []
        self._products: list[Product] = []

    def trust(self) -> None:
        """Take the blocks that were passed by for known, as far as all is as it was."""
        self._fingerprints.load(block.known for block in self._blocks if block.known)
        found = [(b, self._fingerprints.at(b.known, b.digest)) for b in self._blocks if b.known]
        there = [(block, known) for block, known in found if known is not None]
        if there:
            valid = self._fingerprints.valid([known for _, known in there])
            self._valid = dict(compress(there, valid))

    @property
    def stale(self) -> list[Block]:
        """Return the blocks that were passed by, but have to be looked at."""
        return [b for b in self._blocks if b.known is not None and b not in self._valid]

    @property
    def count(self) -> int:
        """Return how many rows are known."""
        return sum(block.records for block in self._valid)

    def look_at(self, products: Iterable[Product]) -> bool:
        """Let blocks be stale that have one of these products: another row may change it first."""
        if not self._valid:
            return False
        touched = {product.uuid for product in products}
        found = [b for b, known in self._valid.items() if not touched.isdisjoint(known.uuids)]
        for block in found:
            del self._valid[block]
        return bool(found)

    def add(self, line: int, change: ProductChange, product: Product) -> None:
        """Take in what a row has left its product like. Rows come in the order of their lines."""
        # In its own spelling nothing else can ever be found by it. Older runners could create
        # what differs by its case only.
        if (change.identifier == product.identifier or change.uuid is not None) and (
            change.parent is None or change.parent == product.parent
        ):
            self._lines.append(line)
            self._products.append(product)

    def remember(self, *, at_the_end: bool) -> None:
        """Write what is to be remembered, after the products."""
        new = self._new()
        if new:
            # With what was known: else there would be ever more segments to a chunk.
            found = new | self._valid
            self._fingerprints.put([found[block] for block in self._blocks if block in found])
        else:
            self._fingerprints.use_again()
        if at_the_end:
            self._fingerprints.forget_oldest()

    def _new(self) -> dict[Block, Fingerprint]:
        """Return the blocks of which each row was applied."""
        products = uuids_as_bytes([product.uuid for product in self._products])
        versions = [product.version for product in self._products]
        found: dict[Block, Fingerprint] = {}
        if not products:
            return found
        for block in self._blocks:
            first, end = (bisect_left(self._lines, line) for line in (block.line, block.end))
            if end - first == block.records and block not in self._valid:
                own = products[first * UUID_BYTES : end * UUID_BYTES]
                found[block] = Fingerprint(block.digest, own, sum(versions[first:end]))
        return found
