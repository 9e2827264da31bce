"""From a database URL to an open database."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pimjob_runner.stores.database import Database
from pimjob_runner.stores.errors import DatabaseMisconfiguredError


def open_database(url: str) -> Database:
    """Open `sqlite:////absolute/file.db`, `sqlite:///relative.db` or `postgresql://…`.

    The driver is imported only when it is needed: starting a runner is on the
    path of every job.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        from pimjob_runner.stores.sqlite import SqliteDatabase  # noqa: PLC0415 - see above

        return SqliteDatabase(Path(unquote(parts.path.removeprefix("/"))))
    if parts.scheme in {"postgresql", "postgres"}:
        from pimjob_runner.stores.postgresql import PostgresDatabase  # noqa: PLC0415 - see above

        return PostgresDatabase(url)
    # The URL may hold a password, so the message shows its scheme only.
    raise DatabaseMisconfiguredError(
        f"Unknown database scheme {parts.scheme!r} in PIMJOB_DATABASE_URL: use"
        " sqlite:////data/catalog.db or postgresql://user:password@host/database."
    )
