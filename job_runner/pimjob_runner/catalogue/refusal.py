"""What is wrong with a record, or with what it would make of the catalogue."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong with one field of a record. `field`: a column's name, empty for the whole."""

    field: str
    value: str
    reason: str


class Refusal(Exception):  # noqa: N818 - an answer that is expected
    """A change that contradicts the catalogue; nothing of it was done."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(field, value, reason)


class StaleStructureError(Exception):
    """The structure has changed since the picture was taken that a change was checked against."""
