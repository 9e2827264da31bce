"""What the validation wants to know of a header besides that it is right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HeaderFacts:
    """Of the columns that have a name."""

    ignored: tuple[str, ...]
    """Those that are known and mean nothing here."""
    keys: tuple[int, ...]
    """Numbers of those that name a row, from 0."""
