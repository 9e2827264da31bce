"""The unit of work: everything that one transaction changes in the catalogue.

Nobody else writes the catalogue's tables. It is opened on the picture of the structure
that its changes were checked against, and refuses to begin if that is not true any more;
from then on the structure stays as it is until the transaction ends.

Whatever the changes, rows are written in the same order of tables and keys, so that the
transactions of two jobs wait for each other but never in a circle.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property

from pimjob_runner.catalogue.locks import share_structure
from pimjob_runner.catalogue.refusal import StaleStructureError
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.writing.claims import Claims
from pimjob_runner.catalogue.writing.model_table import ModelTable
from pimjob_runner.catalogue.writing.product_table import ProductTable
from pimjob_runner.stores.database import Transaction

Flush = Callable[[Transaction, str], None]
"""Writes what has changed; called with the time as it is stored."""


class UnitOfWork:
    """Changes products and models in one transaction.

    `careful`: after a ConflictError the same changes are tried with everything locked when
    it is read, so that they get through however many jobs work on the same rows.
    Raises StaleStructureError.
    """

    def __init__(
        self, transaction: Transaction, structure: Structure, *, careful: bool = False
    ) -> None:
        if share_structure(transaction) != structure.revision:
            raise StaleStructureError
        self.transaction = transaction
        self.structure = structure
        self.careful = careful
        # SQLite's transaction is the lock.
        self.locks = careful and transaction.dialect == "postgresql"
        self._others: list[Flush] = []

    @cached_property
    def products(self) -> ProductTable:
        """Return the products."""
        return ProductTable(self.transaction, locks=self.locks)

    @cached_property
    def models(self) -> ModelTable:
        """Return the product models."""
        return ModelTable(self.transaction, locks=self.locks)

    @cached_property
    def claims(self) -> Claims:
        """Return what only one may have."""
        return Claims(self.transaction, careful=self.careful)

    def add(self, flush: Flush) -> None:
        """Write more with the products and models."""
        self._others.append(flush)

    def flush(self) -> None:
        """Write all that has changed. Raises ConflictError if another job got in the way."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        # What was never asked for has nothing to write.
        for name in ("products", "models"):
            table: ProductTable | ModelTable | None = self.__dict__.get(name)
            if table is not None:
                table.flush(now)
        for flush in self._others:
            flush(self.transaction, now)
        if "claims" in self.__dict__:
            self.claims.flush()
