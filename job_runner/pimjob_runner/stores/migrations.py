"""Append-only schema migrations, one list per component."""

from collections.abc import Mapping, Sequence

from pimjob_runner.stores.database import Database, Dialect, Transaction

Migrations = Mapping[Dialect, Sequence[str]]
"""For each dialect the statements in order; a released one is never changed."""

# Any number, as long as it is always the same: runners that start together
# migrate one after the other.
_ADVISORY_LOCK = 7_405_111


def migrate(database: Database, component: str, migrations: Migrations) -> None:
    """Bring the tables of `component` up to date. One SELECT if they are."""
    statements = migrations[database.dialect]
    if _version(database, component) >= len(statements):
        return
    with database.transaction() as transaction:
        _lock(transaction)
        transaction.execute(
            "CREATE TABLE IF NOT EXISTS schema_version"
            " (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
        )
        done = _stored_version(transaction, component)
        for statement in statements[done:]:
            transaction.execute(statement)
        transaction.execute(
            "INSERT INTO schema_version (component, version) VALUES (?, ?)"
            " ON CONFLICT (component) DO UPDATE SET version = excluded.version",
            (component, len(statements)),
        )


def _version(database: Database, component: str) -> int:
    with database.transaction() as transaction:
        if not _has_versions(transaction):
            return 0
        return _stored_version(transaction, component)


def _stored_version(transaction: Transaction, component: str) -> int:
    rows = transaction.query("SELECT version FROM schema_version WHERE component = ?", (component,))
    return int(rows[0][0]) if rows else 0


def _has_versions(transaction: Transaction) -> bool:
    if transaction.dialect == "sqlite":
        sql = "SELECT 1 FROM sqlite_master WHERE name = 'schema_version'"
    else:
        sql = "SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL"
    return bool(transaction.query(sql))


def _lock(transaction: Transaction) -> None:
    # SQLite's BEGIN IMMEDIATE is the lock.
    if transaction.dialect == "postgresql":
        transaction.query("SELECT pg_advisory_xact_lock(?)", (_ADVISORY_LOCK,))
