"""An operator over a simulated cluster, of which it knows what it has seen last."""

from dataclasses import replace
from datetime import datetime

from pimjob_operator.core.decision import Decision, decide
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings
from support.model_cluster import Cluster


class Operator:
    """Its cache, and what it decides by it."""

    def __init__(self, cluster: Cluster, job_type: JobTypeView) -> None:
        self._cluster = cluster
        self._type = job_type
        self.see()

    def see(self) -> None:
        """Get to know everything, as after a start."""
        self._spec, self._generation = self._cluster.spec, self._cluster.generation
        self.see_status()
        self.see_jobs()
        self.see_pods()

    def see_status(self) -> None:
        """Get to know the status, as after a write of its own."""
        self._status = self._cluster.status

    def world(self, now: datetime) -> World:
        """Return what it knows."""
        return World(
            pimjob={
                "metadata": {
                    "name": "a",
                    "namespace": "ns",
                    "uid": "u",
                    "generation": self._generation,
                },
                "spec": self._spec,
                "status": self._status,
            },
            job_type=self._type,
            jobs=self._jobs,
            pods=self._pods,
            trouble=None,
            now=now,
            settings=Settings(runner_image="runner:1"),
        )

    def decide(self, now: datetime) -> Decision | None:
        """Decide, and look at what has to be confirmed first."""
        decision = decide(self.world(now))
        if decision is not None and decision.confirm is not None:
            self.see_jobs()
            self.see_pods()
            decision = decide(replace(self.world(now), confirmed=frozenset({decision.confirm})))
        return decision

    def delete(self, number: int, now: datetime) -> None:
        """Delete a Job, and get to know it as the answer has it."""
        self._cluster.delete(number, now)
        self.see_jobs()

    def see_jobs(self) -> None:
        """Get to know the Jobs, and not yet what has become of their pods."""
        self._jobs = list(self._cluster.jobs.values())

    def see_pods(self) -> None:
        """Get to know the pods, and not yet what has become of their Jobs."""
        self._pods = {
            f"a-{number}": [pod.seen for pod in self._cluster.pods if pod.number == number]
            for number in {pod.number for pod in self._cluster.pods}
        }
