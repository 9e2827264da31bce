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

from pimjob_runner.catalogue.checked_files import CHECKED_FILES
from pimjob_runner.catalogue.defaults import default_structure
from pimjob_runner.catalogue.fingerprint_tables import FINGERPRINT_TABLES
from pimjob_runner.catalogue.upgrades.canonical_claims import canonical_claims
from pimjob_runner.catalogue.upgrades.fill_keys import KEYED, fill_missing_keys
from pimjob_runner.catalogue.upgrades.fill_known import fill_known
from pimjob_runner.catalogue.upgrades.links_by_uuid import links_by_uuid
from pimjob_runner.stores.conflicts import retried
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
    "sqlite": {"json": "TEXT", "uuid": "TEXT", "time": "TEXT"},
    "postgresql": {"json": "JSON", "uuid": "UUID", "time": "TIMESTAMPTZ"},
}


def _typed(name: str, *statements: str) -> Migration:
    """Return a step whose statements have types in braces that dialects call differently."""

    def change(transaction: Transaction) -> None:
        for sql in statements:
            transaction.execute(sql.format(**_TYPES[transaction.dialect]))

    return Migration(name, change)


def _codes(table: str, column: str, scope: str = "") -> Migration:
    """Return a step that adds what codes are found by, whatever their case.

    Null where it is not known: of what an older runner writes, and of what differs from
    another by its case only.
    """
    key, before = f"{column}_key", f"{scope}, " if scope else ""
    return Migration(
        f"find {table} by {key}",
        (
            f"ALTER TABLE {table} ADD COLUMN {key} TEXT",
            (
                f"CREATE UNIQUE INDEX {table}_by_key ON {table} ({before}{key})"
                f" WHERE {key} IS NOT NULL"
            ),
            (
                f"CREATE INDEX {table}_without_key ON {table} ({before}{column})"
                f" WHERE {key} IS NULL AND {column} IS NOT NULL"
            ),
        ),
    )


def _renamed_by_older_runners() -> Migration:
    """Return a step that takes the key of products that an older runner gives another name.

    Such a runner knows no keys: the product would be found by the name that it gave up. A new
    name in another case only keeps its key; that of a runner that knows keys comes with its own.
    """
    when = (
        "OLD.identifier_key IS NOT NULL AND NEW.identifier_key = OLD.identifier_key"
        " AND NEW.identifier <> OLD.identifier AND lower(NEW.identifier) <> OLD.identifier_key"
    )

    def change(transaction: Transaction) -> None:
        if transaction.dialect == "sqlite":
            transaction.execute(
                f"CREATE TRIGGER product_renamed AFTER UPDATE OF identifier ON product WHEN {when}"  # noqa: S608 - constants
                " BEGIN UPDATE product SET identifier_key = NULL WHERE uuid = NEW.uuid; END"
            )
            return
        transaction.execute(
            "CREATE FUNCTION product_renamed() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.identifier_key := NULL; RETURN NEW; END $$"
        )
        transaction.execute(
            "CREATE TRIGGER product_renamed BEFORE UPDATE OF identifier ON product"
            f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION product_renamed()"
        )

    return Migration("take the key of a product that is renamed without it", change)


# After the default structure: steps are only ever added.
_LATER: Final = (
    # What an owner has is told by its values.
    Migration("drop unique_value_by_owner", "DROP INDEX IF EXISTS unique_value_by_owner"),
    # How often the structure has changed: what was checked against it names it.
    Migration(
        "create table catalogue_revision",
        (
            "CREATE TABLE catalogue_revision (name TEXT PRIMARY KEY, revision BIGINT NOT NULL)",
            "INSERT INTO catalogue_revision (name, revision) VALUES ('structure', 0)",
        ),
    ),
    _codes("product", "identifier"),
    _codes("product_model", "code"),
    _codes("attribute_option", "code", scope="attribute"),
    *(Migration(f"fill {each.code}_key of {each.table}", each.fill) for each in KEYED),
    _renamed_by_older_runners(),
    Migration(
        "find product_model by family_variant",
        "CREATE INDEX product_model_by_family_variant ON product_model (family_variant)",
    ),
    # When a product or model was created, and changed last; unknown of older ones.
    *(
        _typed(
            f"add times to {table}",
            f"ALTER TABLE {table} ADD COLUMN created {{time}}",
            f"ALTER TABLE {table} ADD COLUMN updated {{time}}",
        )
        for table in ("product", "product_model")
    ),
    Migration("name products by uuid in associations", links_by_uuid),
    Migration("write numbers of unique_value in one form", canonical_claims),
    _typed(
        "create tables locale, currency, group_type and attribute_group",
        *(
            f"CREATE TABLE {table} (code TEXT NOT NULL PRIMARY KEY, data {{json}} NOT NULL)"
            for table in ("locale", "currency", "group_type", "attribute_group")
        ),
    ),
    Migration("fill locale, currency, group_type and attribute_group", fill_known),
    # Nothing has ever looked products up by it, and each that is written would write it too.
    Migration("drop product_by_family", "DROP INDEX IF EXISTS product_by_family"),
    *FINGERPRINT_TABLES,
    CHECKED_FILES,
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


def prepare(database: Database) -> None:
    """Create or migrate the tables; a new catalogue gets the default structure."""
    migrate(database, COMPONENT, migrations(), counted=COUNTED)
    retried(lambda: fill_missing_keys(database))
