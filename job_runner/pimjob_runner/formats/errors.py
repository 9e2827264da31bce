"""What can be wrong with a file as a whole."""

from typing import Literal, Self

Reason = Literal["InvalidFile", "InvalidCharset"]


class UnreadableFileError(Exception):
    """The file cannot be read as its format demands; reading it again will not help.

    `reason` is one CamelCase word for machines; the message is for people and says
    what is wrong, where, and how to mend it.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.reason, str(self))
