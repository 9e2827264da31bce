"""Does `kubectl pimjob logs`."""

from collections.abc import Iterator
from typing import Any

from pimjob_api.phases import Phase
from pimjob_cli import arguments, attempt_log, paths, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.errors import CliError, ServerError, UsageError
from pimjob_cli.job import Job
from pimjob_cli.session import Session
from pimjob_cli.watcher import Watcher


def run(session: Session, options: Options) -> int:
    """Print."""
    [name] = arguments.references([options.job], "pimjob")
    [job] = named(session, [name])
    _check(job, options)
    reader = _Reader(session, options)
    if options.follow:
        job = reader.follow(job)
    else:
        for attempt in reader.wanted(job):
            reader.read(job, attempt)
    if not reader.found:
        raise CliError(_nothing(job))
    return 0


def _check(job: Job, options: Options) -> None:
    numbers = [attempt["number"] for attempt in job.attempts]
    if options.attempt is not None and options.attempt not in numbers:
        raise UsageError(f"there is no attempt {options.attempt}; recorded are {numbers}")
    steps = [step["name"] for step in job.steps]
    if options.step is not None and steps and options.step not in steps:
        raise UsageError(f"there is no step {options.step!r}; there are {', '.join(steps)}")


def _nothing(job: Job) -> str:
    kept = [artifact["name"] for artifact in job.artifacts if artifact["kind"] == "log"]
    if kept:
        return f"no pod is left; the log is a file: kubectl pimjob files {job.name} {kept[0]}"
    if not job.attempts:
        return f"{job.name} has had no attempt: it is {job.phase}"
    return f"no pod of {job.name} is left, and it kept no log as a file"


class _Reader:
    def __init__(self, session: Session, options: Options) -> None:
        self._session, self._options = session, options
        self.found = False
        self._said = set[str]()

    def follow(self, job: Job) -> Job:
        """Read attempt after attempt until the job, or the attempt asked for, has ended.

        Return the job as it is then.
        """
        watcher = Watcher(
            self._session.api,
            paths.jobs(job.namespace),
            {"fieldSelector": f"metadata.name={job.name}"},
        )
        done: set[int] = set()
        while True:
            current = next((j for j in watcher.jobs() if j.uid == job.uid), None)
            if current is None:
                self._say(f"{job.name} was deleted")
                return job
            wanted = self.wanted(current)
            for attempt in wanted:
                if attempt["number"] not in done and self._is_read(current, attempt):
                    done.add(attempt["number"])
            missing = [attempt for attempt in wanted if attempt["number"] not in done]
            if current.ended:
                self._say(f"{job.name} is {current.phase}")
                return current
            if self._options.attempt is not None and not missing:
                return current
            if current.phase in {Phase.PAUSED, Phase.QUEUED}:
                self._say(f"{job.name} is {current.phase}: {current.status.get('message', '')}")
            # Of a pod that comes, the job's status says nothing.
            watcher.wait(attempt_log.AGAIN if missing else None)

    def wanted(self, job: Job) -> list[dict[str, Any]]:
        """Return the attempts that are asked for."""
        return [a for a in job.attempts if self._options.attempt in {None, a["number"]}]

    def _is_read(self, job: Job, attempt: dict[str, Any]) -> bool:
        """Print the log of an attempt, or what is recorded of it; False if it may still come."""
        may_come = attempt is job.attempts[-1] and not (attempt.get("outcome") or job.ended)
        return self.read(job, attempt, may_come=may_come)

    def read(self, job: Job, attempt: dict[str, Any], *, may_come: bool = False) -> bool:
        """Print the log of an attempt; return whether there is one, or nothing is to come."""
        number = attempt["number"]
        pod = self._pod_of(job, number)
        if pod is not None and self._print(job, number, pod):
            return True
        if may_come:
            self._say(f"attempt {number}: its pod is not there")
            return False
        self._say(f"attempt {number}: its pod is gone; {attempt_log.recorded(attempt)}")
        return True

    def _pod_of(self, job: Job, number: int) -> str | None:
        def ask() -> str | None:
            return attempt_log.pod_of(self._session, job, number)

        found: str | None = attempt_log.patiently(ask) if self._options.follow else ask()
        return found

    def _print(self, job: Job, number: int, pod: str) -> bool:
        """Print a pod's log; return False if it is gone."""
        self._say(f"attempt {number}, pod {pod}:")
        try:
            for line in self._lines(job, pod):
                self._session.terminal.print(text.clean_line(line))
                if self._options.follow:
                    self._session.terminal.flush()
        except ServerError as error:
            if not error.is_missing:
                raise
            return False
        self.found = True
        self._said.clear()
        return True

    def _say(self, line: str) -> None:
        """Say it, but not again before there is another log."""
        if line not in self._said:
            self._session.terminal.say(text.clean(line))
            self._said.add(line)

    def _lines(self, job: Job, pod: str) -> Iterator[str]:
        query = {
            **({"follow": "true"} if self._options.follow else {}),
            **({"timestamps": "true"} if self._options.timestamps else {}),
            **({} if self._options.tail is None else {"tailLines": str(self._options.tail)}),
        }
        log = attempt_log.lines(self._session, job, pod, query)
        return attempt_log.of_step(self._options.step, log) if self._options.step else log
