"""Reading one chunk ahead, on a thread or in a process of its own.

One interpreter runs one thread at a time: a reader that parses and a writer that
merges on two threads take longer than one after the other. A forked reader has
its own interpreter, and everything that the session has loaded.
"""

import pickle
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import TYPE_CHECKING, Any

from pimjob_runner.engine.steps import Chunk, ItemSession

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Read = tuple[Chunk | None, float]
"""A chunk, None at the end, and the seconds that reading it took."""

Next = Callable[[int], Read]
"""Returns the next chunk; while it is worked on, one of about so many items is read."""


class ReaderDiedError(Exception):
    """The reader's process is gone; the attempt crashes, and the next one goes on."""


@contextmanager
def read_ahead(session: ItemSession) -> Iterator[Next]:
    """Yield the function that returns chunk after chunk. On leaving, what is ahead is dropped."""
    # Elsewhere a forked process may not use what the system's libraries have begun.
    apart = getattr(session, "reads_apart", False) and sys.platform == "linux"
    reader = _Process(session) if apart else _Thread(session)
    try:
        yield reader.next
    finally:
        reader.close()


def _timed(session: ItemSession, limit: int) -> Read:
    began = monotonic()
    chunk = session.read(limit)
    return chunk, monotonic() - began


class _Thread:
    def __init__(self, session: ItemSession) -> None:
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
    """Here nobody else runs: a thread that receives would wait for the writer's turn each time."""

    def __init__(self, session: ItemSession) -> None:
        fork = get_context("fork")
        self._end, other = fork.Pipe()
        self._process: BaseProcess = fork.Process(
            target=_serve, args=(session, other, self._end), name="reader", daemon=True
        )
        with warnings.catch_warnings():
            # Newer Pythons warn of forking beside other threads. The reader takes no lock
            # that they could hold: it parses, and touches neither database nor network.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        other.close()

    def next(self, limit: int) -> Read:
        try:
            self._end.send(limit)
            found, error = pickle.loads(self._end.recv_bytes())  # noqa: S301 - from our own fork
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

    def close(self) -> None:
        # Nothing that it does outlasts it.
        self._process.kill()
        self._process.join()
        self._end.close()


def _serve(session: ItemSession, end: Connection, others: Connection) -> None:
    """Answer each number with a chunk, until the other end is closed."""
    # Else the pipe would stay open when the runner is killed.
    others.close()
    # Ctrl-C and SIGTERM are for the runner, which commits what is read, and then ends this.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    ahead = None
    # The pipe is closed, or broken, when the runner has ended.
    with suppress(EOFError, BrokenPipeError):
        while True:
            limit = end.recv()
            end.send_bytes(ahead or _answer(session, limit))
            # With what it was asked for last: by the time of the next request it is done.
            ahead = _answer(session, limit)


def _answer(session: ItemSession, limit: int) -> bytes:
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
