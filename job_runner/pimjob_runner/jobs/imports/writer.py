"""How the sessions of imports open the catalogue's unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager

from pimjob_runner.catalogue.refusal import StaleStructureError
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.catalogue.writing.unit_of_work import UnitOfWork
from pimjob_runner.sdk import StaleReadError
from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.errors import ConflictError


class Writer:
    """Opens units of work on one picture of the structure.

    After a conflict with another job the next one locks what it reads: so the engine's next
    try of the same chunk gets through. `careful`: the first one does so.
    """

    def __init__(self, structure: Structure, *, careful: bool) -> None:
        self._structure = structure
        self._careful = careful

    @contextmanager
    def unit(self, transaction: Transaction) -> Iterator[UnitOfWork]:
        """Yield a unit of work, and write it on leaving.

        Raises StaleReadError if the structure is not that of the picture any more.
        """
        try:
            unit = UnitOfWork(transaction, self._structure, careful=self._careful)
        except StaleStructureError as error:
            raise StaleReadError("the structure of the catalogue has changed") from error
        try:
            yield unit
            unit.flush()
        except ConflictError:
            self._careful = True
            raise
        self._careful = False
