"""How a step can end early, by what happens next."""

from typing import Self


class JobFailedError(Exception):
    """The job cannot succeed by being tried again: wrong file, wrong parameters.

    `reason` is one CamelCase word for machines; the message is for people and
    says what is wrong, where, and how to mend it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.reason, str(self))


class StaleReadError(Exception):
    """What was read ahead rests on a picture of the database that is out of date by now.

    Raised by `write`. The engine rolls back, closes the session with all that was read
    ahead, and opens the step where it was committed last, this time as part of the transaction
    in which the same items are read and written.
    """


class CheckpointUnreadableError(Exception):
    """The checkpoint was written by another plan or a newer version.

    The job waits, paused, for an image that can read it; it is never started over.
    """
