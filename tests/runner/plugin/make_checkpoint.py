"""Keeps what a runner leaves when it is killed in the middle of an import, for later ones to read.

    git archive REVISION job_runner crds | tar -x -C FOLDER
    PYTHONPATH=FOLDER/job_runner:FOLDER/crds python tests/runner/plugin/make_checkpoint.py NAME

REVISION is that of the version whose checkpoints are kept; NAME is, for example,
checkpoint-v1. It makes fixtures/NAME.sql, in which {files} stands for the files
volume, and fixtures/NAME/ with what was in that.
"""

import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from import_job import CHUNK, TABLES, ImportJob, small_chunks

from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.testing.kill_points import in_child

FIXTURES = Path(__file__).parent.parent / "fixtures"
FILES = "{files}"


def kill_after_the_first_chunk(progress: JobProgress) -> None:
    """Kill this process once a chunk of the import is committed."""
    if progress.processed >= CHUNK:
        os.kill(os.getpid(), signal.SIGKILL)


def dump(database: Path, files: Path) -> str:
    """Return the database as SQL text."""
    with closing(sqlite3.connect(database)) as connection:
        for table in TABLES:
            connection.execute(f"DROP TABLE {table}_before")
        connection.commit()
        return "\n".join(connection.iterdump()).replace(str(files), FILES) + "\n"


def load(name: str, database: Path, files: Path) -> None:
    """Bring a kept checkpoint back."""
    shutil.copytree(FIXTURES / name, files)
    text = (FIXTURES / f"{name}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(text.replace(FILES, str(files)))


def main(name: str) -> None:
    small_chunks()
    with tempfile.TemporaryDirectory() as folder:
        database, files = Path(folder) / "catalog.db", Path(folder) / "files"
        job = ImportJob(f"sqlite:///{database}", files)
        job.prepare()
        in_child(lambda: bool(job.run(1, listener=kill_after_the_first_chunk)))
        (FIXTURES / f"{name}.sql").write_text(dump(database, files), encoding="utf-8")
        shutil.rmtree(FIXTURES / name, ignore_errors=True)
        shutil.copytree(files, FIXTURES / name)


if __name__ == "__main__":
    main(sys.argv[1])
