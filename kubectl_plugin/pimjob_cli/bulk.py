"""Does the same to many jobs at once, and reports each as soon as it is done."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from pimjob_cli.errors import CliError
from pimjob_cli.job import Job
from pimjob_cli.terminal import Terminal

AT_ONCE = 16
"""Requests under way: what an API server takes without noticing."""


def each(
    jobs: Sequence[Job], ask: Callable[[Job], Job], at_once: int = AT_ONCE
) -> Iterator[tuple[Job, Job | CliError]]:
    """Yield each job with what became of it, in the order in which that is known."""
    pool = ThreadPoolExecutor(min(at_once, max(1, len(jobs))))
    try:
        asked = {pool.submit(ask, job): job for job in jobs}
        for future in as_completed(asked):
            error = future.exception()
            if error is None:
                yield asked[future], future.result()
            elif isinstance(error, CliError):
                yield asked[future], error
            else:
                raise error
    finally:
        # After a Ctrl-C nothing more is begun; what is under way is finished.
        pool.shutdown(wait=True, cancel_futures=True)


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
            self._terminal.out.flush()
            self._terminal.err.write(f"\r{self._done}/{self._total}\x1b[K")
            self._terminal.err.flush()

    def clear(self) -> None:
        """Make room for a line of output."""
        if self._shown:
            self._terminal.err.write("\r\x1b[K")
            self._terminal.err.flush()
