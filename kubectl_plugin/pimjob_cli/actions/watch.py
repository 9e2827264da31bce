"""Does `kubectl pimjob watch`."""

import time
from collections.abc import Iterator

from pimjob_cli import arguments, columns, detail, paths, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named, namespace_of, selection
from pimjob_cli.errors import UsageError
from pimjob_cli.job import Job
from pimjob_cli.screen import Screen
from pimjob_cli.selection import Selection, ordered
from pimjob_cli.session import Session, now
from pimjob_cli.watcher import Watcher

_OFTEN = 0.2
"""Seconds between two paintings, at least."""
_SELDOM = 1.0


def run(session: Session, options: Options) -> int:
    """Watch until all named jobs have ended, or until Ctrl-C."""
    names = arguments.references(options.jobs, "pimjob")
    if names and (options.all_namespaces or arguments.has_filters(options)):
        raise UsageError("name jobs, or give filters, but not both")
    if not arguments.is_table(options.output):
        raise UsageError("what is watched is shown as a table; see `kubectl get --watch`")
    if names:
        named(session, names)  # a wrong name is told at once
        wanted = Selection()
    else:
        wanted = selection(options, lambda: session.user)
    query = {"fieldSelector": f"metadata.name={names[0]}"} if len(names) == 1 else wanted.query()
    watcher = Watcher(session.api, paths.jobs(namespace_of(session, options)), query)
    view = _View(session, options, names, wanted, watcher)
    try:
        view.paint() if session.terminal.live else view.tell()
    except KeyboardInterrupt:
        return 0
    return 0


class _View:
    def __init__(
        self,
        session: Session,
        options: Options,
        names: list[str],
        wanted: Selection,
        watcher: Watcher,
    ) -> None:
        self._session, self._options = session, options
        self._names, self._wanted, self._watcher = frozenset(names), wanted, watcher
        self._wide = options.output == "wide"

    def paint(self) -> None:
        """Keep a part of the terminal up to date."""
        with Screen(self._session.terminal) as screen:
            while True:
                jobs = self._jobs()
                screen.paint(list(self._lines(jobs)))
                if self._is_over(jobs):
                    return
                time.sleep(_OFTEN)
                self._watcher.wait(_SELDOM)  # ages grow without news

    def tell(self) -> None:
        """Write a line for each change."""
        told: dict[str, list[str]] = {}
        headers = columns.headers(wide=self._wide, namespaces=self._options.all_namespaces)
        print_ = self._session.terminal.print
        told_before = False
        while True:
            jobs = self._jobs()
            fresh = [job for job in jobs if told.get(job.uid) != _news(job)]
            told.update({job.uid: _news(job) for job in fresh})
            if fresh:
                for line in table.lines(headers, self._rows(fresh), show_headers=not told_before):
                    print_(line)
                self._session.terminal.flush()
                told_before = True
            if self._is_over(jobs):
                return
            self._watcher.wait(None)

    def _jobs(self) -> list[Job]:
        at = now()
        jobs = [job for job in self._watcher.jobs() if self._means(job)]
        jobs = [job for job in jobs if self._wanted.keeps(job, at)]
        return ordered(jobs, self._options.sort, reverse=self._options.reverse)

    def _means(self, job: Job) -> bool:
        return not self._names or job.name in self._names

    def _is_over(self, jobs: list[Job]) -> bool:
        return bool(self._names) and all(job.ended for job in jobs)

    def _rows(self, jobs: list[Job]) -> list[table.Row]:
        at, everywhere = now(), self._options.all_namespaces
        return [columns.row(job, at, wide=self._wide, namespaces=everywhere) for job in jobs]

    def _lines(self, jobs: list[Job]) -> Iterator[str]:
        # A line as wide as the terminal would wrap where the cursor is hidden.
        width, paint = self._session.terminal.width() - 1, self._session.paint
        if len(self._names) == 1 and jobs:
            yield from detail.lines(jobs[0], now(), paint=paint, width=width)
            return
        at = f"{now().astimezone():%H:%M:%S}"
        yield paint(f"{text.plural(len(jobs), 'job')}, {at}, Ctrl-C ends", "grey")
        yield from table.lines(
            columns.headers(wide=self._wide, namespaces=self._options.all_namespaces),
            self._rows(jobs),
            paint=paint,
            columns=width,
            elastic=columns.ELASTIC,
        )


def _news(job: Job) -> list[str]:
    """Return what a line is written for."""
    return [str(job.status.get(name)) for name in ("phase", "step", "progress", "warnings")]
