"""The lock between what writes products and what changes the structure they are checked against.

Writers of products share it, so they don't wait for one another; a writer of structure has it
alone, for one chunk. So what a row was checked against is still there when it is written, and
what a change of structure was checked against as well. It is taken before any row.
"""

from pimjob_runner.stores.database import Transaction

# Any number, as long as it is always the same, and no other of ours.
_STRUCTURE = 7_405_112


def share_structure(transaction: Transaction) -> int:
    """Keep the structure as it is until the transaction ends; return its revision."""
    # An advisory lock waits in line: rows that are share-locked without a pause would never
    # let a writer of structure in. SQLite's BEGIN IMMEDIATE is the lock.
    if transaction.dialect == "postgresql":
        transaction.query("SELECT pg_advisory_xact_lock_shared(?)", (_STRUCTURE,))
    return _revision(transaction)


def own_structure(transaction: Transaction) -> int:
    """Be the only one who reads or changes the structure until the transaction ends."""
    if transaction.dialect == "postgresql":
        transaction.query("SELECT pg_advisory_xact_lock(?)", (_STRUCTURE,))
    return _revision(transaction)


def raise_revision(transaction: Transaction) -> int:
    """Say that the structure has changed; return its new revision. Call it with the lock alone."""
    transaction.execute(
        "UPDATE catalogue_revision SET revision = revision + 1 WHERE name = 'structure'"
    )
    return _revision(transaction)


def deletions(transaction: Transaction) -> int:
    """Return a number that has grown with each deletion of products or models.

    Versions only grow as long as it is the same: what is deleted may come back under its old
    key with a version that it had before.
    """
    return _revision(transaction, "deletions")


def _revision(transaction: Transaction, name: str = "structure") -> int:
    ((revision,),) = transaction.query(
        "SELECT revision FROM catalogue_revision WHERE name = ?", (name,)
    )
    return int(revision)
