"""What stop, pause, resume and retry have in common: choose, show, confirm, ask, report, wait."""

from collections import Counter
from collections.abc import Sequence

from pimjob_api.names import GROUP
from pimjob_cli import arguments, columns, paths, table, text
from pimjob_cli.arguments import Options
from pimjob_cli.bulk import Progress, each
from pimjob_cli.changes import Change
from pimjob_cli.choice import chosen, named, nothing_found
from pimjob_cli.errors import CliError, ServerError, UsageError, may_pass
from pimjob_cli.job import Job
from pimjob_cli.selection import ordered
from pimjob_cli.session import Session, now

REPLACED = "it was replaced by another job of that name"
_UID = "metadata.uid"
"""What the API server names when it refuses another one."""
SHOWN = 20
"""Jobs that are listed before the question."""


def run(session: Session, options: Options, change: Change) -> int:
    """Do it."""
    names = arguments.references(options.jobs, "pimjob")
    if not names and not (arguments.has_filters(options) or options.all_namespaces):
        raise UsageError(f"which jobs? Name them, or give filters: kubectl pimjob {change.verb} -h")
    if names and (arguments.has_filters(options) or options.all_namespaces):
        raise UsageError("name jobs, or give filters, but not both")
    if names:
        jobs, missing = _named(session, names)
        return max(missing, _Run(session, options, change, by_name=True).run(jobs))
    jobs, wanted = chosen(session, options)
    if not jobs:
        session.terminal.say(nothing_found(session, options, wanted))
        return 0
    return _Run(session, options, change, by_name=False).run(jobs)


def _named(session: Session, names: Sequence[str]) -> tuple[list[Job], int]:
    """Return the jobs that there are, and 1 if one is missing; the others are asked anyway."""
    jobs, code = [], 0
    for name in names:
        try:
            jobs += named(session, [name])
        except ServerError as error:
            session.terminal.say(f"pimjob.{GROUP}/{text.clean(name)}: not done: {_why(error)}")
            code = 1
    return jobs, code


class _Run:
    def __init__(
        self, session: Session, options: Options, change: Change, *, by_name: bool
    ) -> None:
        self._session, self._options, self._change = session, options, change
        self._by_name = by_name
        self._say = session.terminal.say

    def run(self, jobs: list[Job]) -> int:
        # What was named is asked for in any case: the server says why not.
        idle = (
            {}
            if self._by_name
            else {j.uid: why for j in jobs if (why := self._change.pointless(j))}
        )
        todo = [job for job in ordered(jobs, "name") if job.uid not in idle]
        self._tell_idle(idle)
        if todo and not self._is_confirmed(todo):
            self._say("Nothing was done.")
            return 1
        done, refused = self._ask_all(todo) if todo else ([], 0)
        done += [job for job in jobs if job.uid in idle and self._is_under_way(job)]
        if self._options.wait and self._options.dry_run == "none" and done:
            from pimjob_cli.waiting import wait_for_change  # noqa: PLC0415 - start-up time

            waited = wait_for_change(self._session, self._change, done, self._options.timeout)
            return 1 if refused else waited
        return 1 if refused else 0

    def _is_under_way(self, job: Job) -> bool:
        """Return whether it was asked before, and --wait still has something to wait for."""
        is_there = job.ended or job.phase in self._change.reached
        return self._change.lasts and self._is_already_asked(job) and not is_there

    def _tell_idle(self, idle: dict[str, str]) -> None:
        for why, count in Counter(idle.values()).items():
            self._say(f"{text.plural(count, 'job')} left alone: {text.clean(why)}")

    def _is_confirmed(self, todo: list[Job]) -> bool:
        """Return whether it is wanted. Raises UsageError where nobody can be asked."""
        if self._options.yes or self._options.dry_run != "none":
            return True
        interactive = self._session.terminal.interactive
        if self._by_name and not (self._change.confirm and interactive):
            return True
        if not interactive:
            raise UsageError(
                f"this would {self._change.verb} {text.plural(len(todo), 'job')};"
                " add --yes to do it, or --dry-run=client to see them"
            )
        self._show(todo)
        verb = self._change.verb.capitalize()
        return self._session.terminal.ask(f"{verb} {text.plural(len(todo), 'job')}?")

    def _show(self, todo: Sequence[Job]) -> None:
        at = now()
        rows = [columns.row(job, at, namespaces=True) for job in todo[:SHOWN]]
        for line in table.lines(columns.headers(namespaces=True), rows, paint=self._session.paint):
            self._say(line)
        if len(todo) > SHOWN:
            self._say(f"… and {text.number(len(todo) - SHOWN)} more")
        if self._change.caution:
            self._say(self._change.caution)

    def _ask_all(self, todo: list[Job]) -> tuple[list[Job], int]:
        """Ask for each; return those that were changed, and how many were refused."""
        terminal, done, counts = self._session.terminal, [], Counter[str]()
        progress = Progress(terminal, len(todo))
        by = self._session.user
        try:
            for job, result in each(todo, lambda job: self._ask(job, by)):
                progress.clear()
                if isinstance(result, CliError):
                    counts["refused"] += 1
                    terminal.say(f"{job.reference}: {_verdict(result)}: {_why(result)}")
                else:
                    said = text.clean(self._result(job, result))
                    counts[said] += 1
                    terminal.print(f"{job.reference} {said}{self._dry()}")
                    terminal.flush()
                    done.append(result)
                progress.step()
        finally:
            progress.clear()
            terminal.flush()
            self._sum_up(len(todo), counts)
        return done, counts["refused"]

    def _sum_up(self, total: int, counts: Counter[str]) -> None:
        """Say how many became what; after a Ctrl-C some were not asked."""
        if total > 1:
            found = {**counts, "not asked": total - counts.total()}
            summary = ", ".join(f"{text.number(n)} {said}" for said, n in found.items() if n)
            self._say(f"{text.plural(total, 'job')}: {summary}{self._dry()}")

    def _ask(self, job: Job, by: str) -> Job:
        if self._options.dry_run == "client":
            return job
        wish = {"reason": self._options.reason, "requestedBy": by}
        spec = {**self._change.spec(job), **wish}
        dry = {"dryRun": "All"} if self._options.dry_run == "server" else {}
        path = paths.job(job.namespace, job.name)
        if self._is_already_asked(job):
            spec.pop("reason")  # who asked first, and why, is kept
            spec.pop("requestedBy")
        # With the UID, another job that has taken the name meanwhile refuses it.
        body = {"metadata": {"uid": job.uid}, "spec": spec}
        try:
            return Job(self._session.api.patch(path, body, **dry))
        except ServerError as error:
            if _UID in str(error):
                raise CliError(REPLACED) from None
            raise

    def _is_already_asked(self, job: Job) -> bool:
        wanted = self._change.spec(job)
        return all(job.spec.get(name) == value for name, value in wanted.items())

    def _result(self, before: Job, after: Job) -> str:
        if self._options.dry_run == "client":
            return self._change.pointless(before) or self._change.asked
        same = before.body["metadata"]["generation"] == after.body["metadata"]["generation"]
        if same and self._options.dry_run == "none":
            return self._change.pointless(before) or "unchanged"
        return self._change.asked

    def _dry(self) -> str:
        return {"none": "", "client": " (dry run)", "server": " (server dry run)"}[
            self._options.dry_run
        ]


def _verdict(error: CliError) -> str:
    """Return what is known: a request without an answer may have been obeyed."""
    return "perhaps not done, ask again" if may_pass(error) else "not done"


def _why(error: CliError) -> str:
    """Return the server's reason."""
    reason = f"{error.reason}: " if isinstance(error, ServerError) and error.reason else ""
    return text.clean(f"{reason}{error}")
