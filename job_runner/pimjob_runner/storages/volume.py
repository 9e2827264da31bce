"""The files volume: what `file:///data/in/…` means in it.

Only what people upload can be named. The rest of the volume is not theirs: the folders of other
jobs, backups, and with SQLite the catalogue itself.
"""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

UPLOADS: Final = "in"
"""The folder of the volume whose files, at any depth, can be named."""

_MOUNT = "/data/"
_LONG = 200
"""Characters of a URL that a message shows."""
_NO_NAMES = {errno.ENAMETOOLONG, errno.ELOOP, errno.EILSEQ, errno.EINVAL}
"""What a file system says of a name that no file can have."""

Reason = Literal["InvalidSource", "SourceNotFound"]


class NoSuchFileError(Exception):
    """A URL that names no file of the volume. `reason` is one CamelCase word for machines."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.reason, str(self))


@dataclass(frozen=True)
class VolumeFile:
    """A place in the upload folder; there may be no file yet, or none any more."""

    url: str
    path: Path

    @property
    def size(self) -> int:
        """Bytes of the file. Raises NoSuchFileError."""
        try:
            if self.path.is_file():
                return self.path.stat().st_size
        except FileNotFoundError:
            pass  # Removed in between.
        except OSError as error:
            if error.errno not in _NO_NAMES:
                raise
            raise _no_name(self.url, str(error.strerror)) from error
        raise NoSuchFileError(
            "SourceNotFound",
            f"{_shown(self.url)} does not exist. Put the file into the files volume first.",
        )


def file_name(url: str) -> str:
    """Return what people call the file that a URL names."""
    return Path(unquote(urlsplit(url).path)).name


def resolve(url: str, root: Path) -> VolumeFile:
    """Return what a `file:///data/in/…` URL names below `root`. Raises NoSuchFileError.

    Links are followed before anything is compared, so none leads out of the upload folder.
    """
    try:
        parts = urlsplit(url)
        relative = unquote(parts.path).removeprefix(_MOUNT)
        path = (root / relative).resolve()
        folder = root.resolve() / UPLOADS
    except (ValueError, RuntimeError, OSError) as error:
        # A character that no name may have; links that lead in a circle.
        raise _no_name(url, str(error)) from error
    if not _is_plain(parts):
        raise _no_name(url, "a question mark is written as %3F, a number sign as %23")
    if parts.scheme != "file" or folder not in path.parents:
        raise NoSuchFileError(
            "InvalidSource",
            f"{_shown(url)} is not inside the upload folder of the files volume, {_MOUNT}{UPLOADS}:"
            f" put the file there and use file://{_MOUNT}{UPLOADS}/FILE. Files of other jobs and"
            " of the database cannot be read.",
        )
    return VolumeFile(url, path)


def _is_plain(parts: SplitResult) -> bool:
    return not (parts.netloc or parts.query or parts.fragment)


def _no_name(url: str, why: str) -> NoSuchFileError:
    return NoSuchFileError(
        "InvalidSource",
        f"{_shown(url)} can be no file's name ({why}). Use file://{_MOUNT}{UPLOADS}/FILE.",
    )


def _shown(url: str) -> str:
    return url if len(url) <= _LONG else f"{url[:_LONG]}…"
