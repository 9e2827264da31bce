"""A simulated cluster: one PimJob, its Jobs and pods, and what a kubelet does to them.

It is what is the case, whatever the operator has seen of it: `model_operator`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind
from pimjob_operator.core.attempts import LOST_AFTER
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_runner.engine.checkpoint import Checkpoint

GRACE = timedelta(seconds=30)


@dataclass
class Pod:
    """A pod and the runner in it. `checkpoint` is None until it has taken the job over."""

    number: int
    seen: ObservedPod
    checkpoint: Checkpoint | None = None
    alive: bool = True


@dataclass
class Cluster:
    """PimJob `a` and what was made for it. `made` counts pods."""

    spec: dict[str, Any]
    status: dict[str, Any] = field(default_factory=dict)
    generation: int = 1
    jobs: dict[int, ObservedJob] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)
    made: int = 0
    unwanted: set[int] = field(default_factory=set)
    """Numbers of the attempts whose Jobs the operator deleted."""

    def change(self, **spec: Any) -> None:
        """Let people change the spec."""
        self.spec, self.generation = {**self.spec, **spec}, self.generation + 1

    def create(self, number: int, now: datetime) -> None:
        """Take an attempt's Job, and make its pod."""
        self.jobs[number] = ObservedJob(
            name=f"a-{number}", uid=f"j{number}", number=number, created=now, image="runner:1"
        )
        self.made += 1
        pod = ObservedPod(name=f"a-{number}-{self.made}", uid=f"p{self.made}", created=now)
        self.pods.append(Pod(number, pod))

    def delete(self, number: int, now: datetime) -> None:
        """Delete a Job in the foreground: it stays until its pod has gone."""
        if number not in self.jobs:
            return
        self.unwanted.add(number)
        for pod in [pod for pod in self.pods if pod.number == number and pod.alive]:
            if pod.seen.running_since is None:
                self.pods.remove(pod)
            else:
                pod.seen = replace(pod.seen, gone_by=now + GRACE)
        if self._is_alive(number):
            self.jobs[number] = replace(self.jobs[number], deleting=True)
        else:
            self.jobs.pop(number, None)

    def lose(self, number: int, gone_by: datetime) -> None:
        """Let somebody delete a Job; its pod lives on until then, and longer if nobody ends it."""
        del self.jobs[number]
        for pod in self.pods:
            if pod.number == number:
                pod.seen = replace(pod.seen, gone_by=pod.seen.gone_by or gone_by)

    def leave(self, pod: Pod, kind: OutcomeKind, processed: int, now: datetime) -> None:
        """Let a runner end with an outcome."""
        outcome = Outcome(kind=kind, reason=kind.value, message="why", processed=processed)
        pod.seen = replace(pod.seen, ended=now, outcome=outcome)
        self._bury(pod)

    def crash(self, pod: Pod, now: datetime) -> None:
        """Let a runner end without a word."""
        failure = Waiting(reason="OOMKilled", message="exit code 137")
        pod.seen = replace(pod.seen, ended=now, failure=failure)
        self._bury(pod)

    def living(self, *, running: bool) -> list[Pod]:
        """Return the pods that run, or those that have not begun."""
        return [
            pod
            for pod in self.pods
            if pod.alive and (pod.seen.running_since is not None) is running
        ]

    def at_work(self, now: datetime) -> list[Pod]:
        """Return the pods that run on nodes that answer, whether or not the operator sees them."""
        return [pod for pod in self.living(running=True) if not _is_lost(pod.seen, now)]

    def recorded(self) -> set[int]:
        """Return the numbers of attempts that status tells of, and of Jobs that are there."""
        told = {attempt["number"] for attempt in self.status.get("attempts", ())}
        return told | set(self.jobs)

    def _is_alive(self, number: int) -> bool:
        return any(pod.number == number and pod.alive for pod in self.pods)

    def _bury(self, pod: Pod) -> None:
        """Let a Job that was only waiting for its pod go, with it: the cache keeps what it said."""
        pod.alive = False
        job = self.jobs.get(pod.number)
        if job is not None and job.deleting and not self._is_alive(pod.number):
            del self.jobs[pod.number]


def _is_lost(pod: ObservedPod, now: datetime) -> bool:
    return pod.gone_by is not None and now >= pod.gone_by + LOST_AFTER
