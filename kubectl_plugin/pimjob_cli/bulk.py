"""Does the same to many jobs at once, and reports each as soon as it is done."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from pimjob_cli.errors import CliError
from pimjob_cli.job import Job
from pimjob_cli.terminal import Terminal

AT_ONCE = 16
"""Requests under way: what an API server takes without noticing."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def each(
    jobs: Sequence[Job], ask: Callable[[Job], Job], at_once: int = AT_ONCE
) -> Iterator[tuple[Job, Job | CliError]]:
    """Yield each job with what became of it, in the order in which that is known.

    After a Ctrl-C, or another signal to end, nothing more is begun. What is under way is
    finished and yielded before the signal has its effect.
    """
    pool = ThreadPoolExecutor(min(at_once, max(1, len(jobs))))
    finished = SimpleQueue[Future[Job | None]]()
    no_more = threading.Event()

    def begin(job: Job) -> Job | None:
        return None if no_more.is_set() else ask(job)

    try:
        with _orderly(no_more.set):
            asked = {pool.submit(begin, job): job for job in jobs}
            for future in asked:
                future.add_done_callback(finished.put)
            for _ in asked:
                future = finished.get()
                answer = _answer(future)
                if answer is not None:
                    yield asked[future], answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _answer(future: Future[Job | None]) -> Job | CliError | None:
    """Return what became of a job; None if it was not asked."""
    error = future.exception()
    if isinstance(error, CliError):
        return error
    return future.result()


@contextlib.contextmanager
def _orderly(begin_no_more: Callable[[], None]) -> Iterator[None]:
    """Put off the first signal to end until the end of the block; a second one is not put off."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    handled = {number: found for number, found in before.items() if callable(found)}
    caught: list[int] = []

    def restore() -> None:
        for number, handler in handled.items():
            signal.signal(number, handler)

    def catch(number: int, _frame: object) -> None:
        caught.append(number)
        restore()
        begin_no_more()

    for number in handled:
        signal.signal(number, catch)
    try:
        yield
    finally:
        restore()
    if caught:
        handled[signal.Signals(caught[0])](caught[0], None)


class Progress:
    """`312/500` on standard error, where somebody looks at it."""

    def __init__(self, terminal: Terminal, total: int) -> None:
        self._terminal, self._total = terminal, total
        self._shown = terminal.interactive and total > 1
        self._done = 0

    def step(self) -> None:
        """Count one."""
        self._done += 1
        if self._shown:
            self._terminal.flush()
            self._terminal.tell(f"\r{self._done}/{self._total}\x1b[K")

    def clear(self) -> None:
        """Make room for a line of output."""
        if self._shown:
            self._terminal.tell("\r\x1b[K")
