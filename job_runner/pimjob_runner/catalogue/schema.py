"""Tables of the catalogue.

JSON is stored as text in one canonical form (keys sorted, no spaces) in both
databases: PostgreSQL's `json` keeps the text as it is, so that comparing two
values is comparing two strings, and the bytes are the same on SQLite.

A change of the tables is a `Migration` at the end of `_LATER`, under a name that says what
it does and is never used again: statements with `_typed`, or a function of the transaction
where Python has to compute something. It may only add: during a release runners of two
versions use the same tables. What is in `_LATER` up to `COUNTED`, and before, stays.
"""

from typing import Final

from pimjob_runner.catalogue.defaults import default_structure
from pimjob_runner.stores.database import Database, Dialect, Transaction
from pimjob_runner.stores.migrations import Migration, migrate

COMPONENT: Final = "catalogue"

_STRUCTURE: Final = tuple(
    f"CREATE TABLE {table} ({keys}, data {{json}} NOT NULL, PRIMARY KEY ({primary}))"
    for table, keys, primary in (
        ("channel", "code TEXT NOT NULL", "code"),
        ("measurement_family", "code TEXT NOT NULL", "code"),
        ("association_type", "code TEXT NOT NULL", "code"),
        ("product_group", "code TEXT NOT NULL", "code"),
        ("attribute", "code TEXT NOT NULL", "code"),
        ("attribute_option", "attribute TEXT NOT NULL, code TEXT NOT NULL", "attribute, code"),
        ("category", "code TEXT NOT NULL", "code"),
        ("family", "code TEXT NOT NULL", "code"),
        ("family_variant", "code TEXT NOT NULL", "code"),
    )
)

_PRODUCTS: Final = (
    """
    CREATE TABLE product (
        uuid {uuid} NOT NULL PRIMARY KEY,
        identifier TEXT UNIQUE,
        family TEXT,
        parent TEXT,
        enabled BOOLEAN NOT NULL,
        categories {json} NOT NULL,
        groups {json} NOT NULL,
        associations {json} NOT NULL,
        quantified_associations {json} NOT NULL,
        raw_values {json} NOT NULL,
        version INTEGER NOT NULL
    )
    """,
    "CREATE INDEX product_by_family ON product (family)",
    "CREATE INDEX product_by_parent ON product (parent) WHERE parent IS NOT NULL",
    """
    CREATE TABLE product_model (
        code TEXT NOT NULL PRIMARY KEY,
        family_variant TEXT NOT NULL,
        parent TEXT,
        categories {json} NOT NULL,
        associations {json} NOT NULL,
        quantified_associations {json} NOT NULL,
        raw_values {json} NOT NULL,
        version INTEGER NOT NULL
    )
    """,
    "CREATE INDEX product_model_by_parent ON product_model (parent) WHERE parent IS NOT NULL",
    # What only one product may have: values of unique attributes, and, under one
    # parent, each combination of axes. `scope` is the attribute or the parent.
    """
    CREATE TABLE unique_value (
        kind TEXT NOT NULL,
        scope TEXT NOT NULL,
        value TEXT NOT NULL,
        owner TEXT NOT NULL,
        PRIMARY KEY (kind, scope, value)
    )
    """,
    "CREATE INDEX unique_value_by_owner ON unique_value (owner)",
)

_TYPES: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {"json": "TEXT", "uuid": "TEXT"},
    "postgresql": {"json": "JSON", "uuid": "UUID"},
}


# After the default structure: steps are only ever added.
_LATER: Final = (
    # What an owner has is told by its values.
    Migration("drop unique_value_by_owner", "DROP INDEX IF EXISTS unique_value_by_owner"),
)
COUNTED: Final = 41
"""How many of the steps runners counted that knew no names."""


def migrations() -> tuple[Migration, ...]:
    """Return all steps, in order."""
    return (
        *(_typed(_name(sql), sql) for sql in (*_STRUCTURE, *_PRODUCTS)),
        *(Migration(f"default {name}", sql) for name, sql in default_structure().items()),
        *_LATER,
    )


def _name(sql: str) -> str:
    """Return `create table product` of its statement."""
    return " ".join(sql.split()[:3]).lower()


def _typed(name: str, sql: str) -> Migration:
    """Return a step whose statement has types in braces that dialects call differently."""

    def change(transaction: Transaction) -> None:
        transaction.execute(sql.format(**_TYPES[transaction.dialect]))

    return Migration(name, change)


def prepare(database: Database) -> None:
    """Create or migrate the tables; a new catalogue gets the default structure."""
    migrate(database, COMPONENT, migrations(), counted=COUNTED)
