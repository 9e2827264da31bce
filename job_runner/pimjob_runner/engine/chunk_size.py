"""How many items the next chunk takes: bounded by time, not only by count."""

FIRST = 500
LARGEST = 2_500
SMALLEST = 10
TARGET_SECONDS = 0.4


class ChunkSize:
    """Adapts to the time a chunk takes: grows at most twofold, shrinks at once as far as needed."""

    def __init__(self) -> None:
        self.limit = FIRST

    def took(self, items: int, seconds: float) -> None:
        """Learn from a chunk of `items` that took `seconds` to read or to write, the longer."""
        if items == 0:
            return
        wanted = int(items * TARGET_SECONDS / max(seconds, 1e-6))
        self.limit = max(min(wanted, self.limit * 2, LARGEST), SMALLEST)
