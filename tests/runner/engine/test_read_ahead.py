"""Reading ahead alone: what comes over from another process, and that nothing is left of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_runner.engine import read_ahead as read_ahead_module
from pimjob_runner.engine.read_ahead import PLACE_BYTES, Next, ReaderDiedError, read_ahead
from pimjob_runner.sdk import Chunk, ItemWarning, JobFailedError
from support.control_plane import wait_for


class Source:
    """Its items are the process that reads, and how often it was asked."""

    preamble = None
    fails_early = False
    total = None
    reads_apart = True

    def __init__(self, errors: dict[int, Exception] | None = None, chunks: int = 3) -> None:
        self.reads = 0
        self._chunks = chunks
        self._errors = errors or {}

    def read(self, limit: int) -> Chunk[list[int]] | None:
        self.reads += 1
        if self.reads in self._errors:
            raise self._errors[self.reads]
        if self.reads > self._chunks:
            return None
        warning = ItemWarning("odd", line=self.reads)
        position = {"next": self.reads}
        return Chunk([os.getpid(), self.reads], limit, position, [warning], {"invalid": 1})

    def skip(self, reason: str) -> None:
        raise AssertionError(reason)

    def write(self, *_: Any) -> Any:
        raise AssertionError


class OddError(Exception):
    """One that cannot be copied: its arguments are not those of its class."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def read(next_chunk: Next, limit: int = 1) -> Chunk[Any]:
    chunk, seconds = next_chunk(limit)
    assert chunk is not None
    assert seconds >= 0
    return chunk


def children() -> set[str]:
    """The processes that this one has begun and not waited for; other tests have some."""
    threads = Path("/proc/self/task").iterdir()
    return {pid for thread in threads for pid in (thread / "children").read_text().split()}


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() == before


def test_chunks_come_whole_and_in_order_from_another_process_until_the_end() -> None:
    source = Source()
    with read_ahead(source) as next_chunk:
        chunks = [read(next_chunk, 7) for _ in range(3)]
        assert next_chunk(7)[0] is None
    (reader,) = {chunk.items[0] for chunk in chunks}
    assert reader != os.getpid()
    assert chunks == [
        Chunk([reader, n], 7, {"next": n}, [ItemWarning("odd", line=n)], {"invalid": 1})
        for n in (1, 2, 3)
    ]
    assert source.reads == 0


def test_a_session_that_does_not_ask_for_it_reads_here() -> None:
    source = Source()
    source.reads_apart = False
    with read_ahead(source) as next_chunk:
        chunks = [read(next_chunk, 7) for _ in range(3)]
        assert next_chunk(7)[0] is None
    assert [chunk.items for chunk in chunks] == [[os.getpid(), n] for n in (1, 2, 3)]
    assert source.reads == 4


def test_why_a_job_fails_comes_over_at_its_place() -> None:
    failure = JobFailedError("InvalidFile", "Line 9: no end.")
    with read_ahead(Source({2: failure})) as next_chunk:
        read(next_chunk)
        with pytest.raises(JobFailedError, match=r"Line 9: no end\.") as raised:
            next_chunk(1)
    assert raised.value.reason == "InvalidFile"


def test_any_other_error_comes_over_with_where_it_was_raised() -> None:
    errors: dict[int, Exception] = {1: ZeroDivisionError("x"), 2: OddError("no", "thing")}
    with read_ahead(Source(errors)) as next_chunk:
        with pytest.raises(ZeroDivisionError, match="x") as raised:
            next_chunk(1)
        assert "in read" in raised.value.__notes__[0]
        with pytest.raises(RuntimeError, match="OddError: nothing"):
            next_chunk(1)


@pytest.mark.parametrize("place", [PLACE_BYTES, 16], ids=["shared memory", "pipe"])
def test_what_is_ahead_does_not_overtake_or_overwrite(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(read_ahead_module, "PLACE_BYTES", place)
    source = Source(chunks=50)
    with read_ahead(source) as next_chunk:
        first = read(next_chunk)
        # By now the reader has gone on as far as it may, for what was asked first.
        others = [read(next_chunk, number) for number in range(2, 51)]
        assert next_chunk(1)[0] is None
    assert [chunk.items[1] for chunk in (first, *others)] == list(range(1, 51))
    assert [chunk.read for chunk in (first, *others)] == [1, 1, 1, *range(2, 49)]


def test_a_reader_that_was_killed_is_a_crash() -> None:
    with read_ahead(Source(chunks=50)) as next_chunk:
        chunks = [read(next_chunk)]
        os.kill(chunks[0].items[0], signal.SIGKILL)
        # What was ahead may come.
        with pytest.raises(ReaderDiedError, match="has ended with -9"):
            chunks.extend(read(next_chunk) for _ in range(50))
    assert [chunk.items[1] for chunk in chunks] == list(range(1, len(chunks) + 1))


def test_it_leaves_signals_to_the_runner() -> None:
    with read_ahead(Source()) as next_chunk:
        reader = read(next_chunk).items[0]
        os.kill(reader, signal.SIGINT)
        os.kill(reader, signal.SIGTERM)
        assert read(next_chunk).items == [reader, 2]


def test_it_ends_with_a_runner_that_was_killed() -> None:
    code = (
        "import sys; from test_read_ahead import Source, read_ahead\n"
        "with read_ahead(Source()) as next_chunk:\n"
        "    print(next_chunk(1)[0].items[0], flush=True); sys.stdin.read()"
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])
    }
    runner = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert runner.stdout is not None
    reader = int(runner.stdout.readline())
    os.kill(reader, 0)
    runner.kill()
    runner.communicate()
    wait_for(lambda: not Path(f"/proc/{reader}/exe").exists(), "the end of the reader")
