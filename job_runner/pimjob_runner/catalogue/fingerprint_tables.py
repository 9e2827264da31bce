"""The tables of fingerprints, and the count of deletions that they rest on."""

from typing import Final

from pimjob_runner.stores.database import Transaction
from pimjob_runner.stores.migrations import Migration

_COUNT: Final = "UPDATE catalogue_revision SET revision = revision + 1 WHERE name = 'deletions'"
_FUNCTION: Final = f"""
    CREATE FUNCTION count_deletions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF NOT EXISTS (SELECT FROM gone) THEN RETURN NULL; END IF;
        END IF;
        {_COUNT};
        RETURN NULL;
    END $$
"""


def _count_deletions(transaction: Transaction) -> None:
    """Let the database count: whoever deletes, however it does, is not to think of it."""
    transaction.execute("INSERT INTO catalogue_revision (name, revision) VALUES ('deletions', 0)")
    if transaction.dialect == "postgresql":
        transaction.execute(_FUNCTION)
    for table in ("product", "product_model"):
        if transaction.dialect == "postgresql":
            transaction.execute(
                f"CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE"
                " AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_deletions()"
            )
            transaction.execute(
                f"CREATE TRIGGER {table}_truncated AFTER TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION count_deletions()"
            )
        else:
            transaction.execute(
                f"CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} BEGIN {_COUNT}; END"
            )


def _create(transaction: Transaction) -> None:
    postgresql = transaction.dialect == "postgresql"
    kind = "BYTEA" if postgresql else "BLOB"
    transaction.execute(
        "CREATE TABLE row_fingerprint (id BIGINT PRIMARY KEY, basis TEXT NOT NULL,"
        " used BIGINT NOT NULL, records INTEGER NOT NULL,"
        f" blocks {kind} NOT NULL, products {kind} NOT NULL)"
    )
    transaction.execute("CREATE INDEX row_fingerprint_by_basis ON row_fingerprint (basis)")
    if postgresql:
        # Digests are random, and UUIDs as good as: to compress them is in vain.
        for column in ("blocks", "products"):
            transaction.execute(f"ALTER TABLE row_fingerprint ALTER {column} SET STORAGE EXTERNAL")


FINGERPRINT_TABLES: Final = (
    Migration("count deletions of products and models", _count_deletions),
    Migration("create table row_fingerprint", _create),
)
