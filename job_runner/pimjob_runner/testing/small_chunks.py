"""Chunks of a few items, so that a small job has several."""

from collections.abc import Iterator
from contextlib import contextmanager

from pimjob_runner.engine import chunk_size


@contextmanager
def small_chunks(items: int) -> Iterator[None]:
    """Let chunks have at most so many items for a while."""
    before = chunk_size.FIRST, chunk_size.LARGEST, chunk_size.SMALLEST
    chunk_size.FIRST = chunk_size.LARGEST = chunk_size.SMALLEST = items
    try:
        yield
    finally:
        chunk_size.FIRST, chunk_size.LARGEST, chunk_size.SMALLEST = before
