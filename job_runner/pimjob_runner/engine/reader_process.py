"""Reading in a process of its own, for sessions whose reading is mostly Python.

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
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from pimjob_runner.engine.steps import Chunk, ItemSession

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Read = Callable[[int], Chunk | None]
"""`ItemSession.read`, wherever it runs."""


class ReaderDiedError(Exception):
    """The reader's process is gone; the attempt crashes, and the next one goes on."""


@contextmanager
def reader_of(session: ItemSession) -> Iterator[Read]:
    """Yield the session's `read`; where it may and can be, in a process of its own.

    Call it from one thread. On leaving, a read under way is given up.
    """
    # Elsewhere a forked process may not use what the system's libraries have begun.
    if not (getattr(session, "reads_apart", False) and sys.platform == "linux"):
        yield session.read
        return
    reader = _Reader(session)
    try:
        yield reader.read
    finally:
        reader.close()


class _Reader:
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

    def read(self, limit: int) -> Chunk | None:
        try:
            self._end.send(limit)
            chunk, error = pickle.loads(self._end.recv_bytes())  # noqa: S301 - from our own fork
        except (EOFError, OSError) as lost:
            self._process.join()
            raise ReaderDiedError(
                f"The process that reads the source has ended with {self._process.exitcode}"
                " (-9: killed, for example because memory ran out)."
            ) from lost
        if error is not None:
            raise error
        found: Chunk | None = chunk
        return found

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
        return _packed(session.read(limit), None)
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
