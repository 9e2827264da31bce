"""Append-only schema migrations, one list per component.

They only add: during a release runners of two versions use the same tables, and
a rolled-back runner finds tables newer than it knows.
"""

from collections.abc import Mapping, Sequence

from pimjob_runner.stores.database import Database, Dialect, Transaction

Migrations = Mapping[Dialect, Sequence[str]]
"""For each dialect the statements in order; a released one is never changed."""

# Any number, as long as it is always the same: runners that start together
# migrate one after the other.
_ADVISORY_LOCK = 7_405_111

_HAS_VERSIONS: Mapping[Dialect, str] = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'schema_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL",
}


def migrate(database: Database, component: str, migrations: Migrations) -> None:
    """Bring the tables of `component` up to date. Only reads if they are."""
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
    if not database.query(_HAS_VERSIONS[database.dialect]):
        return 0
    return _stored_version(database, component)


def _stored_version(database: Database | Transaction, component: str) -> int:
    rows = database.query("SELECT version FROM schema_version WHERE component = ?", (component,))
    return int(rows[0][0]) if rows else 0


def _lock(transaction: Transaction) -> None:
    # SQLite's BEGIN IMMEDIATE is the lock.
    if transaction.dialect == "postgresql":
        transaction.query("SELECT pg_advisory_xact_lock(?)", (_ADVISORY_LOCK,))
