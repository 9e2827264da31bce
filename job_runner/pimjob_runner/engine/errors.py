"""How an attempt can end early besides what its steps raise."""


class SupersededError(Exception):
    """Another attempt holds the epoch. This one must leave; it wrote nothing after losing it."""
