"""Each job waits for those it depends on, and nothing waits for ever."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo_run.conduct import SILENCE_SECONDS, Clock, Execution, conduct
from demo_run.jobs import JOBS, DemoJob, Status

A = DemoJob("attributes.csv", "A")
B = DemoJob("families.csv", "B", ("attributes.csv",))
C = DemoJob("categories.csv", "C")


@dataclass
class Script:
    """A backend whose jobs go through the statuses that a script says."""

    statuses: Mapping[str, list[Status]]
    started: list[str] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)

    def start(self, job: DemoJob) -> str:
        self.started.append(job.file)
        return job.file

    def look(self, names: Mapping[str, DemoJob]) -> dict[str, Status]:
        found = {}
        for name in names:
            turn = self.looked.get(name, 0)
            self.looked[name] = turn + 1
            script = self.statuses[name]
            found[name] = script[min(turn, len(script) - 1)]
        return found

    def prepare(self, catalogue: Path) -> None: ...

    def database(self) -> Path | None:
        return None

    def artifact(self, url: str) -> bytes:
        raise FileNotFoundError(url)

    def explain(self, name: str) -> str:
        return name

    def next_commands(self) -> list[tuple[str, str]]:
        return []

    def close(self) -> None: ...


def ticking() -> Clock:
    ticks: Iterator[int] = iter(range(1_000_000))
    now: Callable[[], float] = lambda: float(next(ticks))  # noqa: E731 - a clock
    return Clock(now=now, wait=lambda _seconds: None)


def run(script: Script, *jobs: DemoJob) -> dict[str, Execution]:
    executions = conduct(script, jobs, lambda _executions: None, ticking())
    return {execution.job.file: execution for execution in executions}


RUNNING: Status = {"phase": "Running"}
COMPLETED: Status = {"phase": "Completed"}


def test_a_job_starts_when_the_one_before_it_has_completed() -> None:
    script = Script({A.file: [RUNNING, RUNNING, COMPLETED], B.file: [COMPLETED]})
    found = run(script, A, B)
    assert script.started == [A.file, B.file]
    assert script.looked[A.file] == 3
    assert [e.phase for e in found.values()] == ["Completed", "Completed"]


def test_jobs_that_need_nothing_start_together() -> None:
    script = Script({A.file: [{}, {}, COMPLETED], C.file: [COMPLETED]})
    run(script, A, C)
    assert script.started == [A.file, C.file]


def test_behind_a_failed_job_nothing_starts_but_the_others_go_on() -> None:
    script = Script({A.file: [{"phase": "Failed"}], C.file: [RUNNING, COMPLETED]})
    found = run(script, A, B, C)
    assert found[B.file].name is None
    assert found[C.file].phase == "Completed"


def test_a_job_that_nobody_moves_is_given_up() -> None:
    stuck: Status = {"phase": "Starting", "reason": "ImagePullBackOff"}
    found = run(Script({A.file: [stuck]}), A)
    assert found[A.file].status == stuck


def test_progress_counts_as_news() -> None:
    steps: list[Status] = [{"phase": "Running", "progress": f"{n}%"} for n in range(100)]
    script = Script({A.file: [status for status in steps for _ in range(SILENCE_SECONDS // 10)]})
    script.statuses[A.file].append(COMPLETED)
    assert run(script, A)[A.file].phase == "Completed"


def test_every_job_of_the_demo_depends_on_jobs_before_it() -> None:
    seen: set[str] = set()
    for job in JOBS:
        assert seen.issuperset(job.after)
        seen.add(job.file)
