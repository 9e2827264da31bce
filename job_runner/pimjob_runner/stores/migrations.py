"""Schema migrations: named steps, done once each, one list per component.

They only add: during a release runners of two versions use the same tables, and
a rolled-back runner finds tables newer than it knows.

Each step is a transaction of its own, which also records its name in `schema_step`. So
a runner that dies in between leaves whole steps, and the next one goes on with the rest.
Runners that know no names count, in `schema_version`: `counted` says how many of the first
steps they may have counted. That number is kept right for them, and is nothing to rely on:
one of them that ends late writes its own over a higher one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pimjob_runner.stores.conflicts import retried
from pimjob_runner.stores.database import Database, Dialect, Transaction


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. Once it is released, neither its name nor its change is ever altered.

    `change`: a statement, or several, the same in both dialects; or a function, where they
    are not, or where Python computes something. It is done in one transaction, which the
    function is given.
    """

    name: str
    change: str | tuple[str, ...] | Callable[[Transaction], None]

    def apply(self, transaction: Transaction) -> None:
        """Do it."""
        if callable(self.change):
            self.change(transaction)
            return
        for statement in (self.change,) if isinstance(self.change, str) else self.change:
            transaction.execute(statement)


# Any number, as long as it is always the same: runners that start together
# migrate one after the other.
_ADVISORY_LOCK = 7_405_111

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS schema_version (
        component TEXT PRIMARY KEY,
        version INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS schema_step (
        component TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (component, name)
    )
    """,
)
_HAS_STEPS: Mapping[Dialect, str] = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'schema_step'",
    "postgresql": "SELECT 1 WHERE to_regclass('schema_step') IS NOT NULL",
}


def migrate(
    database: Database, component: str, migrations: Sequence[Migration], *, counted: int = 0
) -> None:
    """Bring the tables of `component` up to date, in order. Only reads if they are."""
    numbers = {step.name: number for number, step in enumerate(migrations[:counted], start=1)}
    if not _is_reconciled(database, component, numbers):
        retried(lambda: _reconcile(database, component, numbers))
    done = _recorded(database, component)
    for step in migrations:
        if step.name not in done:
            retried(partial(_do, database, component, step, numbers))


def _is_reconciled(database: Database, component: str, numbers: Mapping[str, int]) -> bool:
    if not database.query(_HAS_STEPS[database.dialect]):
        return False
    return not numbers or (
        _recorded(database, component).issuperset(numbers)
        and _version(database, component) >= len(numbers)
    )


def _reconcile(database: Database, component: str, numbers: Mapping[str, int]) -> None:
    """Record by name what was counted, and count what is recorded by name."""
    with database.transaction() as transaction:
        _lock(transaction)
        for table in _TABLES:
            transaction.execute(table)
        version, recorded = _version(transaction, component), _recorded(transaction, component)
        for name, number in numbers.items():
            if number <= version and name not in recorded:
                _record(transaction, component, name)
        _count_up(transaction, component, _highest(numbers, recorded))


def _highest(numbers: Mapping[str, int], recorded: set[str]) -> int:
    return max((number for name, number in numbers.items() if name in recorded), default=0)


def _do(database: Database, component: str, step: Migration, numbers: Mapping[str, int]) -> None:
    """Do one step and record it, unless somebody else has done it meanwhile."""
    number = numbers.get(step.name)
    with database.transaction() as transaction:
        _lock(transaction)
        if step.name in _recorded(transaction, component):
            return
        if number is None or _version(transaction, component) < number:
            step.apply(transaction)
        _record(transaction, component, step.name)
        _count_up(transaction, component, number or 0)


def _record(transaction: Transaction, component: str, name: str) -> None:
    transaction.execute(
        "INSERT INTO schema_step (component, name) VALUES (?, ?)", (component, name)
    )


def _count_up(transaction: Transaction, component: str, number: int) -> None:
    """Tell those who count; never less than what is there."""
    if number > _version(transaction, component):
        transaction.execute(
            "INSERT INTO schema_version (component, version) VALUES (?, ?)"
            " ON CONFLICT (component) DO UPDATE SET version = excluded.version",
            (component, number),
        )


def _recorded(database: Database | Transaction, component: str) -> set[str]:
    rows = database.query("SELECT name FROM schema_step WHERE component = ?", (component,))
    return {str(name) for (name,) in rows}


def _version(database: Database | Transaction, component: str) -> int:
    rows = database.query("SELECT version FROM schema_version WHERE component = ?", (component,))
    return int(rows[0][0]) if rows else 0


def _lock(transaction: Transaction) -> None:
    # SQLite's BEGIN IMMEDIATE is the lock.
    if transaction.dialect == "postgresql":
        transaction.query("SELECT pg_advisory_xact_lock(?)", (_ADVISORY_LOCK,))
