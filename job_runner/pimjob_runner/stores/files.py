"""Files that are there whole or not at all, after a crash and after a power cut.

Each is written under a name of its own. Two attempts of a job may live at the same
time, in containers that give them the same process number.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replaced_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; on leaving it takes the place of `path`."""
    with _temporary(path) as (temporary, file):
        yield file
        _sync(file)
        temporary.replace(path)
    _sync_folder(path.parent)


@contextmanager
def first_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; on leaving it becomes `path`, unless that is there already.

    So a frozen attempt that wakes up late changes nothing under its successor's feet.
    """
    with _temporary(path) as (temporary, file):
        yield file
        _sync(file)
        _name_once(temporary, path)
    _sync_folder(path.parent)


def made_folder(path: Path) -> None:
    """Make a folder, with those above it, that a power cut does not take away again."""
    if not path.is_dir():
        made_folder(path.parent)
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def remove_unfinished(path: Path) -> None:
    """Remove what attempts that were killed have left of writing `path`."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            yield temporary, file
    finally:
        temporary.unlink(missing_ok=True)


def _name_once(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        # Not every volume has hard links. Then the gap is that of these two lines.
        if not path.exists():
            temporary.replace(path)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make names last: what a committed checkpoint relies on must survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
