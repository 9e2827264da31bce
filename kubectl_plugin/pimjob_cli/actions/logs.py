"""Does `kubectl pimjob logs`."""

from collections.abc import Iterator
from typing import Any

from pimjob_api.phases import Phase
from pimjob_cli import arguments, attempt_log, paths, text
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.errors import CliError, UsageError
from pimjob_cli.job import Job
from pimjob_cli.session import Session, flush
from pimjob_cli.watcher import Watcher


def run(session: Session, options: Options) -> int:
    """Print."""
    [name] = arguments.references([options.job], "pimjob")
    [job] = named(session, [name])
    _check(job, options)
    reader = _Reader(session, options)
    if options.follow and options.attempt is None:
        reader.follow(job)
    else:
        attempts = [a for a in job.attempts if options.attempt in {None, a["number"]}]
        for attempt in attempts:
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

    def follow(self, job: Job) -> None:
        """Read attempt after attempt until the job has ended."""
        watcher = Watcher(
            self._session.api,
            paths.jobs(job.namespace),
            {"fieldSelector": f"metadata.name={job.name}"},
        )
        done: set[int] = set()
        while True:
            current = next((j for j in watcher.jobs() if j.uid == job.uid), None)
            if current is None:
                self._session.terminal.say(f"{job.name} was deleted")
                return
            for attempt in current.attempts:
                if attempt["number"] not in done:
                    self.read(current, attempt)
                    done.add(attempt["number"])
            if current.ended:
                self._session.terminal.say(f"{job.name} is {current.phase}")
                return
            if current.phase in {Phase.PAUSED, Phase.QUEUED}:
                why = current.status.get("message", "")
                self._session.terminal.say(text.clean(f"{job.name} is {current.phase}: {why}"))
            watcher.wait(None)

    def read(self, job: Job, attempt: dict[str, Any]) -> None:
        """Print the log of an attempt, or what is recorded of it."""
        number = attempt["number"]
        pod = attempt_log.pod_of(self._session, job, number)
        if pod is None:
            said = f"attempt {number}: its pod is gone; {attempt_log.recorded(attempt)}"
            self._session.terminal.say(text.clean(said))
            return
        self._session.terminal.say(text.clean(f"attempt {number}, pod {pod}:"))
        self.found = True
        for line in self._lines(job, pod):
            self._session.terminal.print(text.clean_line(line))
            if self._options.follow:
                flush()

    def _lines(self, job: Job, pod: str) -> Iterator[str]:
        query = {
            **({"follow": "true"} if self._options.follow else {}),
            **({"timestamps": "true"} if self._options.timestamps else {}),
            **({} if self._options.tail is None else {"tailLines": str(self._options.tail)}),
        }
        log = attempt_log.lines(self._session, job, pod, query)
        return attempt_log.of_step(self._options.step, log) if self._options.step else log
