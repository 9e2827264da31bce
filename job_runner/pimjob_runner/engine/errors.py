"""How a run can end early, by what happens next."""


class SupersededError(Exception):
    """Another attempt holds the epoch. This one must leave; it wrote nothing after losing it."""


class CheckpointUnreadableError(Exception):
    """The checkpoint was written by another plan or a newer schema.

    The job waits, paused, for an image that can read it; it is never started over.
    """
