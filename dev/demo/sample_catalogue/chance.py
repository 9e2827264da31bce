"""Repeatable chance: the same key gives the same choices on every machine and in every process."""

from random import Random


class Chance(Random):
    """Random numbers from a text. Python seeds from a text by SHA-512, never by its hash()."""

    def __init__(self, key: str) -> None:
        super().__init__(key)

    def happens(self, share: float) -> bool:
        """Return True in that share of all cases."""
        return self.random() < share
