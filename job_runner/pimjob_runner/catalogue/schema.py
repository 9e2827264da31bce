"""Tables of the catalogue.

JSON is stored as text in one canonical form (keys sorted, no spaces) in both
databases: PostgreSQL's `json` keeps the text as it is, so that comparing two
values is comparing two strings, and the bytes are the same on SQLite.
"""

from typing import Final

from pimjob_runner.catalogue.defaults import default_structure
from pimjob_runner.stores.database import Database, Dialect
from pimjob_runner.stores.migrations import migrate

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

# After the default structure: statements are only ever added.
_LATER: Final = (
    # What an owner has is told by its values.
    "DROP INDEX IF EXISTS unique_value_by_owner",
    # How often the structure has changed: what was checked against it names it.
    "CREATE TABLE catalogue_revision (name TEXT PRIMARY KEY, revision BIGINT NOT NULL)",
    "INSERT INTO catalogue_revision (name, revision) VALUES ('structure', 0)",
    # What codes and identifiers are found by, whatever their case. Null where it is not known.
    "ALTER TABLE product ADD COLUMN identifier_key TEXT",
    (
        "CREATE UNIQUE INDEX product_by_key ON product (identifier_key)"
        " WHERE identifier_key IS NOT NULL"
    ),
    (
        "CREATE INDEX product_without_key ON product (identifier)"
        " WHERE identifier_key IS NULL AND identifier IS NOT NULL"
    ),
    "ALTER TABLE product_model ADD COLUMN code_key TEXT",
    (
        "CREATE UNIQUE INDEX product_model_by_key ON product_model (code_key)"
        " WHERE code_key IS NOT NULL"
    ),
    "CREATE INDEX product_model_without_key ON product_model (code) WHERE code_key IS NULL",
    "CREATE INDEX product_model_by_family_variant ON product_model (family_variant)",
    "ALTER TABLE attribute_option ADD COLUMN code_key TEXT",
    (
        "CREATE UNIQUE INDEX attribute_option_by_key ON attribute_option (attribute, code_key)"
        " WHERE code_key IS NOT NULL"
    ),
    (
        "CREATE INDEX attribute_option_without_key ON attribute_option (attribute, code)"
        " WHERE code_key IS NULL"
    ),
    # When a product or model was created, and changed last; unknown of older ones.
    "ALTER TABLE product ADD COLUMN created {time}",
    "ALTER TABLE product ADD COLUMN updated {time}",
    "ALTER TABLE product_model ADD COLUMN created {time}",
    "ALTER TABLE product_model ADD COLUMN updated {time}",
)

_TYPES: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {"json": "TEXT", "uuid": "TEXT", "time": "TEXT"},
    "postgresql": {"json": "JSON", "uuid": "UUID", "time": "TIMESTAMPTZ"},
}


def prepare(database: Database) -> None:
    """Create or migrate the tables; a new catalogue gets the default structure."""
    migrate(
        database,
        COMPONENT,
        {
            dialect: (
                *(sql.format(**types) for sql in (*_STRUCTURE, *_PRODUCTS)),
                *default_structure(),
                *(sql.format(**types) for sql in _LATER),
            )
            for dialect, types in _TYPES.items()
        },
    )
