"""The files volume: what `file:///data/…` means in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

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
    """A place in the files volume; there may be no file yet, or none any more."""

    url: str
    path: Path

    @property
    def size(self) -> int:
        """Bytes of the file. Raises NoSuchFileError."""
        if not self.path.is_file():
            raise NoSuchFileError(
                "SourceNotFound",
                f"{self.url} does not exist. Put the file into the files volume first.",
            )
        return self.path.stat().st_size


def resolve(url: str, root: Path) -> VolumeFile:
    """Return what a `file:///data/…` URL names below `root`. Raises NoSuchFileError."""
    parts = urlsplit(url)
    relative = unquote(parts.path).removeprefix("/data/")
    path = (root / relative).resolve()
    if parts.scheme != "file" or not path.is_relative_to(root.resolve()):
        raise NoSuchFileError(
            "InvalidSource", f"{url} is not inside the files volume; use file:///data/in/FILE."
        )
    return VolumeFile(url, path)
