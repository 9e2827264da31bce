"""Reading ahead, on a thread or in a process of its own.

One interpreter runs one thread at a time: a reader that parses and a writer that
merges on two threads take longer than one after the other. A forked reader has
its own interpreter, and everything that the session has loaded.
"""

import pickle
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from mmap import mmap
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import TYPE_CHECKING, Any

from pimjob_runner.engine.first_items import Reader
from pimjob_runner.sdk import Chunk

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

AHEAD = 2
"""Chunks that a process reads ahead of the writer."""
PLACE_BYTES = 8 * 2**20
"""Room for a chunk in shared memory, of which only what is used is taken. Larger ones: the pipe."""

Read = tuple[Chunk[Any] | None, float]
"""A chunk, None at the end, and the seconds that reading it took."""

Next = Callable[[int], Read]
"""Returns the next chunk; while it is worked on, one of about so many items is read."""


class ReaderDiedError(Exception):
    """The reader's process is gone; the attempt crashes, and the next one goes on."""


@contextmanager
def read_ahead(session: Reader) -> Iterator[Next]:
    """Yield the function that returns chunk after chunk. On leaving, what is ahead is dropped."""
    # Elsewhere a forked process may not use what the system's libraries have begun.
    apart = session.reads_apart and sys.platform == "linux"
    reader = _Process(session) if apart else _Thread(session)
    try:
        yield reader.next
    finally:
        reader.close()


def _timed(session: Reader, limit: int) -> Read:
    began = monotonic()
    chunk = session.read(limit)
    return chunk, monotonic() - began


class _Thread:
    def __init__(self, session: Reader) -> None:
        self._session = session
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._ahead: Future[Read] | None = None

    def next(self, limit: int) -> Read:
        found = (self._ahead or self._submit(limit)).result()
        self._ahead = self._submit(limit) if found[0] is not None else None
        return found

    def _submit(self, limit: int) -> Future[Read]:
        return self._pool.submit(_timed, self._session, limit)

    def close(self) -> None:
        self._pool.shutdown()


class _Process:
    """Two chunks ahead, so that neither side waits where one takes longer for once.

    Each number that is sent is answered with a chunk of about so many items. Answers come
    in shared memory, in turn in one of two places: to copy 2 MB through a pipe of 200 KB
    both sides would have to wait for each other ten times.
    """

    def __init__(self, session: Reader) -> None:
        fork = get_context("fork")
        self._places = [mmap(-1, PLACE_BYTES) for _ in range(AHEAD)]
        self._answers = cycle(self._places)
        self._asked = 0
        self._end, other = fork.Pipe()
        self._process: BaseProcess = fork.Process(
            target=_serve,
            args=(session, other, self._end, self._places),
            name="reader",
            daemon=True,
        )
        with warnings.catch_warnings():
            # Newer Pythons warn of forking beside other threads. The reader takes no lock
            # that they could hold: it parses, and touches neither database nor network.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        other.close()

    def next(self, limit: int) -> Read:
        try:
            while self._asked < AHEAD:
                self._ask(limit)
            found, error = self._receive()
            # Its place is free again.
            self._ask(limit)
        except (EOFError, OSError) as lost:
            self._process.join()
            raise ReaderDiedError(
                f"The process that reads the source has ended with {self._process.exitcode}"
                " (-9: killed, for example because memory ran out)."
            ) from lost
        if error is not None:
            raise error
        read: Read = found
        return read

    def _ask(self, limit: int) -> None:
        self._end.send(limit)
        self._asked += 1

    def _receive(self) -> Any:
        place = next(self._answers)
        length = self._end.recv()
        self._asked -= 1
        if length > len(place):
            return pickle.loads(self._end.recv_bytes())  # noqa: S301 - from our own fork
        with memoryview(place)[:length] as answer:
            return pickle.loads(answer)  # noqa: S301 - from our own fork

    def close(self) -> None:
        # Nothing that it does outlasts it.
        self._process.kill()
        self._process.join()
        self._end.close()
        for place in self._places:
            place.close()


def _serve(session: Reader, end: Connection, others: Connection, places: Sequence[mmap]) -> None:
    """Answer each number with a chunk, until the other end is closed."""
    # Else the pipe would stay open when the runner is killed.
    others.close()
    # Ctrl-C and SIGTERM are for the runner, which commits what is read, and then ends this.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # The pipe is closed, broken or reset when the runner has ended.
    with suppress(EOFError, ConnectionError):
        for place in cycle(places):
            answer = _answer(session, end.recv())
            if len(answer) <= len(place):
                place[: len(answer)] = answer
            end.send(len(answer))
            if len(answer) > len(place):
                end.send_bytes(answer)


def _answer(session: Reader, limit: int) -> bytes:
    try:
        return _packed(_timed(session, limit), None)
    except Exception as error:  # noqa: BLE001 - it is raised again on the other side
        error.add_note("In the reader:\n" + "".join(traceback.format_exception(error)))
        try:
            answer = _packed(None, error)
            pickle.loads(answer)  # noqa: S301 - made a line ago
        except Exception:  # noqa: BLE001 - whatever its class does when copied
            return _packed(None, RuntimeError(f"{type(error).__name__}: {error}"))
        return answer


def _packed(*answer: Any) -> bytes:
    return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
