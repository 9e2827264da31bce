"""Steps that go through a whole file at once leave early when they are asked to."""

from pimjob_runner.sdk import StepContext


class LeavingError(Exception):
    """The engine wants to leave. What is half done is dropped: the step begins anew."""


def go_on(context: StepContext, done: float) -> None:
    """Raise LeavingError if the engine wants to leave, and what it raises if it may not stay.

    `done`: how much of the step, from 0 to 1. No items: people add them to those of the import.
    """
    if context.interrupted():
        raise LeavingError
    context.share(done)
