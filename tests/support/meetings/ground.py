"""A catalogue that is made once and copied for each meeting."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pimjob_api.phases import OutcomeKind
from support.meetings.job import Job, Place


@dataclass(frozen=True)
class Ground:
    """The catalogue, and where its copies go."""

    place: Place
    folder: Path

    @contextmanager
    def copy(self) -> Iterator[Place]:
        """Yield a copy, one at a time; it is gone afterwards."""
        files = self.folder / "copy"
        files.mkdir()
        copied = sqlite_copy if self.place.is_sqlite else _postgres_put_back
        try:
            with copied(self.place.url, files) as url:
                yield Place(url, files)
        finally:
            shutil.rmtree(files)


def ground(place: Place, folder: Path, jobs: list[Job]) -> Ground:
    """Make a catalogue by imports that have nobody beside them."""
    for job in jobs:
        outcome = place.attempt(job)
        assert outcome.kind is OutcomeKind.COMPLETED, outcome
    refused = place.query("SELECT job_id, line, column_name, reason FROM item_warning")
    assert not refused, refused
    if not place.is_sqlite:
        _postgres_save(place.url)
    return Ground(place, folder)


@contextmanager
def sqlite_copy(url: str, folder: Path) -> Iterator[str]:
    """Copy a SQLite file that nobody has open."""
    source = Path(url.removeprefix("sqlite:///"))
    assert not source.with_name(f"{source.name}-wal").exists(), "somebody has it open"
    shutil.copyfile(source, folder / "catalog.db")
    yield f"sqlite:///{folder / 'catalog.db'}"


@contextmanager
def _postgres_put_back(url: str, _folder: Path) -> Iterator[str]:
    """Put a database back to how it was: a copy of it takes half a second."""
    with psycopg.connect(url) as connection:
        connection.execute(_END_OTHERS)
        # Its own transactions are the only ones: nobody checks what refers to what.
        connection.execute("SET LOCAL session_replication_role = replica")
        for (table,) in connection.execute(_TABLES, ("public",)).fetchall():
            connection.execute(f"DELETE FROM public.{table}".encode())  # noqa: S608 - ours
        for (table,) in connection.execute(_TABLES, (SAVED,)).fetchall():
            sql = f"INSERT INTO public.{table} SELECT * FROM {SAVED}.{table}"  # noqa: S608 - ours
            connection.execute(sql.encode())
    yield url


def _postgres_save(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {SAVED}".encode())
        for (table,) in connection.execute(_TABLES, ("public",)).fetchall():
            sql = f"CREATE TABLE {SAVED}.{table} AS SELECT * FROM public.{table}"  # noqa: S608 - ours
            connection.execute(sql.encode())


SAVED = "saved"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
# Of attempts that were killed.
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
