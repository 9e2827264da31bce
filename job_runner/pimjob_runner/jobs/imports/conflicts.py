"""Another job may write the same rows at the same time: then look again."""

from collections.abc import Callable

from pimjob_runner.catalogue.rows import ConflictError
from pimjob_runner.sdk import ChunkResult
from pimjob_runner.stores.database import Transaction


def write_once_more(transaction: Transaction, write: Callable[[], ChunkResult]) -> ChunkResult:
    """Call `write`; on a ConflictError undo what it did and call it again.

    Raises ConflictError if that fails as well: the next attempt may do better.
    """
    transaction.execute("SAVEPOINT chunk")
    try:
        result = write()
    except ConflictError:
        transaction.execute("ROLLBACK TO SAVEPOINT chunk")
        result = write()
    transaction.execute("RELEASE SAVEPOINT chunk")
    return result
