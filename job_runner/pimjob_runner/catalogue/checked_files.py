"""What was found out about whole files: the same bytes need not be gone through again."""

from time import time
from typing import Final, TypeVar

import msgspec

from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.migrations import Migration

MOST_FILES: Final = 100
"""Of more, those that were used last are kept."""

T = TypeVar("T")


def checked_file(transaction: Transaction, digest: str, kind: type[T]) -> T | None:
    """Return what was found out about a file, None if that is not known.

    `digest`: of the file's bytes, and of all else that decides what is found out.
    """
    rows = transaction.query("SELECT found FROM checked_file WHERE digest = ?", (digest,))
    return msgspec.json.decode(rows[0][0], type=kind) if rows else None


def remember_checked(transaction: Transaction, digest: str, found: msgspec.Struct) -> None:
    """Remember it, or that it was used again."""
    transaction.execute(
        "INSERT INTO checked_file (digest, used, found) VALUES (?, ?, ?)"
        " ON CONFLICT (digest) DO UPDATE SET used = excluded.used",
        (digest, int(time()), msgspec.json.encode(found).decode()),
    )
    transaction.execute(
        "DELETE FROM checked_file WHERE digest NOT IN"
        " (SELECT digest FROM checked_file ORDER BY used DESC, digest LIMIT ?)",
        (MOST_FILES,),
    )


CHECKED_FILES: Final = Migration(
    "create table checked_file",
    "CREATE TABLE checked_file (digest TEXT NOT NULL PRIMARY KEY, used BIGINT NOT NULL,"
    " found TEXT NOT NULL)",
)
