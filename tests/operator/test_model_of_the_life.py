"""Commands, crashes and events in any order, against the pure core and a real database.

The cluster is simulated: Jobs and pods that the operator sees late or not until it starts
anew. Each pod's runner writes through the engine's checkpoint, also when its Job is gone.
PIMJOBS_MODEL_EXAMPLES asks for more examples than the 400 of `make test`.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pimjob_api.arrows import allowed
from pimjob_api.outcome import Outcome
from pimjob_api.phases import OutcomeKind, Phase, StepPhase
from pimjob_operator.core.attempts import LOST_AFTER, Attempt
from pimjob_operator.core.decision import Decision, decide
from pimjob_operator.core.observed import ObservedJob, ObservedPod, Waiting
from pimjob_operator.core.status import is_news, owned, status_of
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings
from pimjob_runner.engine.checkpoint import Checkpoint
from pimjob_runner.engine.errors import SupersededError
from pimjob_runner.engine.progress import StepProgress
from pimjob_runner.engine.schema import COMPONENT, MIGRATIONS
from pimjob_runner.engine.take_over import JobIdentity, take_over
from pimjob_runner.stores.migrations import migrate
from pimjob_runner.stores.url import open_database

EXAMPLES = int(os.environ.get("PIMJOBS_MODEL_EXAMPLES", "400"))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 10
CHUNK_SECONDS = 2.0


@dataclass
class Pod:
    """A pod and the runner in it. `checkpoint` is None until it has taken the job over."""

    number: int
    seen: ObservedPod
    checkpoint: Checkpoint | None = None
    alive: bool = True


@dataclass
class Cluster:
    """What is the case, whatever the operator has seen of it."""

    jobs: dict[int, ObservedJob] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)


class Life(RuleBasedStateMachine):
    """One PimJob."""

    @initialize(stoppable=st.booleans(), pausable=st.booleans(), stop_after=st.integers(0, 3))
    def launch(self, *, stoppable: bool, pausable: bool, stop_after: int) -> None:
        """`stop_after`: attempts before anybody may stop it. Most examples would end early else."""
        self.folder = Path(tempfile.mkdtemp(prefix="pimjobs-model-"))
        self.database = open_database(f"sqlite:///{self.folder / 'catalog.db'}")
        migrate(self.database, COMPONENT, MIGRATIONS)
        self.type = JobTypeView(
            name="t", spec={"stoppable": stoppable, "pausable": pausable}, parameter_errors=()
        )
        self.now, self.cluster = BEGIN, Cluster()
        self.spec: dict[str, Any] = {"type": "t", "desiredState": "Running", "retry": 0}
        self.status: dict[str, Any] = {}
        self.generation = 1
        self.made = 0
        self.stop_after = stop_after
        self.newest = 0
        self.died = False
        self.committed = 0
        self.worked = 0.0
        self._see()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder)

    # People.

    @precondition(lambda self: self._may_ask())
    @rule(state=st.sampled_from(["Running", "Paused"]))
    def ask(self, state: str) -> None:
        self._change(desiredState=state)

    @precondition(lambda self: self._may_ask() and self.made >= self.stop_after)
    @rule()
    def stop(self) -> None:
        self._change(desiredState="Stopped")

    def _may_ask(self) -> bool:
        """As the rules of the API server allow it."""
        stopped = self.spec["desiredState"] == "Stopped"
        return not stopped and self.phase not in {"Completed", "Failed"}

    @precondition(lambda self: self.phase == "Failed")
    @rule()
    def retry(self) -> None:
        self._change(retry=self.spec["retry"] + 1)

    def _change(self, **spec: Any) -> None:
        self.spec, self.generation = {**self.spec, **spec}, self.generation + 1

    # Time and the operator.

    @rule(seconds=st.sampled_from([1, 5, 40, 400]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def deliver(self) -> None:
        """The watches catch up."""
        self._see()

    @rule(
        loss=st.sampled_from(["nothing", "status", "everything"]),
        fresh=st.booleans(),
    )
    def reconcile(self, loss: str, *, fresh: bool) -> None:
        """Decide and act; the operator may die before the status, or before it does anything.

        What it would delete it deletes last.

        `fresh`: by what has been delivered; otherwise, or if it has died, it has just started.
        """
        if not fresh or self.died:
            self._see()
        self.died = loss != "nothing"
        decision = self._decide()
        if decision is None or loss == "everything":
            return
        decision = self._create_of(decision)
        if decision.write and loss == "nothing":
            self._write(decision)
        if decision.delete is not None and loss == "nothing":
            self._delete(decision.delete.number)

    @rule(seconds=st.sampled_from([31, 301]))
    def work(self, seconds: int) -> None:
        """An operator that nothing disturbs, for as long as runners may take, or back-offs."""
        for _ in range(3):
            self.reconcile("nothing", fresh=False)
            self.now += timedelta(seconds=seconds)

    @rule(data=st.data())
    def get_on(self, data: st.DataObject) -> None:
        """Nothing disturbs an attempt: it is made, begins, and commits. Else few get so far."""
        self.reconcile("nothing", fresh=False)
        if self._pods(running=False):
            self.begin(data)
        if self._pods(running=True):
            self.commit(data)
        self.reconcile("nothing", fresh=False)

    def _decide(self) -> Decision | None:
        world = self._world()
        decision = decide(world)
        if decision is not None and decision.confirm is not None:
            self._see_children()
            decision = decide(replace(self._world(), confirmed=frozenset({decision.confirm})))
        return decision

    def _create_of(self, decision: Decision) -> Decision:
        if decision.create is None:
            return decision
        if decision.create not in self.cluster.jobs:
            self._create(decision.create)
        attempt = Attempt(
            number=decision.create,
            job=f"a-{decision.create}",
            retry=decision.retry,
            image="runner:1",
            started=self.now,
        )
        return replace(decision, attempts=(*decision.attempts, attempt))

    def _create(self, number: int) -> None:
        assert number not in self.recorded(), "no Job is created twice"
        assert not self._at_work(), "no attempt is made beside one that is alive"
        job = ObservedJob(
            name=f"a-{number}", uid=f"j{number}", number=number, created=self.now, image="runner:1"
        )
        self.cluster.jobs[number] = job
        self.made += 1
        pod = ObservedPod(name=f"a-{number}-{self.made}", uid=f"p{self.made}", created=self.now)
        self.cluster.pods.append(Pod(number, pod))

    def _delete(self, number: int) -> None:
        """In the foreground: the Job stays until its pod has gone."""
        if number not in self.cluster.jobs:
            return
        for pod in [pod for pod in self.cluster.pods if pod.number == number and pod.alive]:
            if pod.seen.running_since is None:
                self.cluster.pods.remove(pod)
            else:
                pod.seen = replace(pod.seen, gone_by=self.now + timedelta(seconds=30))
        if self._alive(number):
            self.cluster.jobs[number] = replace(self.cluster.jobs[number], deleting=True)
        else:
            self.cluster.jobs.pop(number, None)

    def _alive(self, number: int) -> bool:
        return any(pod.number == number and pod.alive for pod in self.cluster.pods)

    def recorded(self) -> set[int]:
        """Return the numbers of attempts that status tells of, and of Jobs that are there."""
        told = {attempt["number"] for attempt in self.status.get("attempts", ())}
        return told | set(self.cluster.jobs)

    def _write(self, decision: Decision) -> None:
        world = self._world()
        wanted = status_of(world, decision)
        if not is_news(wanted, world.status):
            return
        before = self.status.get("phase")
        after = Phase(wanted["phase"])
        assert allowed(None if before is None else Phase(before), after), f"{before} → {after}"
        if after in {Phase.STOPPED, Phase.PAUSED}:
            assert not self._at_work(), f"{after} while a pod runs"
        over = {a["number"] for a in wanted.get("attempts", ()) if "outcome" in a}
        assert not over & {pod.number for pod in self._at_work()}, "what runs is not over"
        kept = {k: v for k, v in self.status.items() if k not in owned(self.status)}
        self.status = {**kept, **wanted}
        self.seen_status = self.status

    def _at_work(self) -> list[Pod]:
        """Return the pods that run on nodes that answer, whether or not the operator sees them."""
        return [pod for pod in self._pods(running=True) if not self._is_lost(pod.seen)]

    def _is_lost(self, pod: ObservedPod) -> bool:
        return pod.gone_by is not None and self.now >= pod.gone_by + LOST_AFTER

    # The kubelet and the runners.

    @precondition(lambda self: self._pods(running=False))
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        pod = data.draw(st.sampled_from(self._pods(running=False)))
        pod.seen = replace(pod.seen, running_since=self.now)
        identity = JobIdentity(
            id="u", namespace="ns", name="a", type="t", label=None, user=None, parameters="{}",
            attempt=pod.number, holder=pod.seen.name, runner_version="1",
        )  # fmt: skip
        steps = [StepProgress(name="count", label="Count", ordinal=0)]
        try:
            pod.checkpoint = take_over(self.database, identity, "plan", steps, lambda: self.now)
            assert pod.number >= self.newest, "an attempt that comes late leaves"
            self.newest = pod.number
        except SupersededError:
            self._leave(pod, OutcomeKind.SUPERSEDED)

    @precondition(lambda self: self._pods(running=True))
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """A runner, current or replaced, commits a chunk."""
        pod = data.draw(st.sampled_from(self._pods(running=True)))
        checkpoint = pod.checkpoint
        assert checkpoint is not None
        step = checkpoint.steps[0].copy()
        assert step.processed <= self.committed
        step.phase, step.processed = StepPhase.RUNNING, step.processed + CHUNK
        step.count({"read": CHUNK})
        step.active_seconds += CHUNK_SECONDS
        try:
            with self.database.transaction() as transaction:
                checkpoint.fence(transaction)
                checkpoint.save(transaction, step)
        except SupersededError:
            assert checkpoint.epoch < self._epoch()
            self._leave(pod, OutcomeKind.SUPERSEDED)
            return
        assert checkpoint.epoch == self._epoch(), "at most one attempt can commit"
        checkpoint.steps = [step]
        self.committed += CHUNK
        self.worked += CHUNK_SECONDS

    @precondition(lambda self: self._pods(running=True))
    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        """The current runner reports; a replaced one sees the newer attempt, and does not."""
        pod = data.draw(st.sampled_from(self._pods(running=True)))
        if pod.checkpoint is not None and pod.checkpoint.epoch == self._epoch():
            steps = [{"name": "count", "processed": pod.checkpoint.steps[0].processed}]
            self.status = {**self.status, "steps": steps}

    @precondition(lambda self: self._pods(running=True))
    @rule(data=st.data(), how=st.sampled_from(["obey", "complete", "fail", "interrupt", "crash"]))
    def end(self, data: st.DataObject, how: str) -> None:
        pod = data.draw(st.sampled_from(self._pods(running=True)))
        wish = self.spec["desiredState"]
        outcomes = {
            "complete": OutcomeKind.COMPLETED,
            "fail": OutcomeKind.FAILED,
            "interrupt": OutcomeKind.INTERRUPTED,
        }
        if pod.checkpoint is not None and pod.checkpoint.epoch != self._epoch():
            # Whatever it would end with: its last transaction is refused.
            self._leave(pod, OutcomeKind.SUPERSEDED)
        elif how == "crash":
            self._crash(pod)
        elif how == "obey":
            # The runner knows what its type allows.
            obeys = {"Stopped": self.type.stoppable, "Paused": self.type.pausable}
            if obeys.get(wish):
                self._leave(pod, OutcomeKind(wish))
        else:
            self._leave(pod, outcomes[how])

    @precondition(lambda self: self.cluster.jobs)
    @rule(data=st.data(), answers=st.booleans())
    def lose_job(self, data: st.DataObject, *, answers: bool) -> None:
        """Somebody deletes a Job; its pod lives on for a while, or on a node that is away."""
        number = data.draw(st.sampled_from(sorted(self.cluster.jobs)))
        del self.cluster.jobs[number]
        gone_by = self.now + timedelta(seconds=30) if answers else self.now - LOST_AFTER
        for pod in self.cluster.pods:
            if pod.number == number:
                pod.seen = replace(pod.seen, gone_by=pod.seen.gone_by or gone_by)

    def _leave(self, pod: Pod, kind: OutcomeKind) -> None:
        outcome = Outcome(kind=kind, reason=kind.value, message="why", processed=self._stored()[0])
        pod.seen = replace(pod.seen, ended=self.now, outcome=outcome)
        self._bury(pod)

    def _crash(self, pod: Pod) -> None:
        failure = Waiting(reason="OOMKilled", message="exit code 137")
        pod.seen = replace(pod.seen, ended=self.now, failure=failure)
        self._bury(pod)

    def _bury(self, pod: Pod) -> None:
        """Let a Job that was only waiting for its pod go, with it: the cache keeps what it said."""
        pod.alive = False
        job = self.cluster.jobs.get(pod.number)
        if job is not None and job.deleting and not self._alive(pod.number):
            del self.cluster.jobs[pod.number]

    # What holds at any moment.

    @invariant()
    def stopped_and_completed_are_final(self) -> None:
        if self.phase in {"Stopped", "Completed"}:
            assert self._decide() is None

    @invariant()
    def counters_are_what_was_committed(self) -> None:
        processed, counters, active = self._stored()
        assert processed == self.committed
        assert counters == ({"read": processed} if processed else {})
        assert active == self.worked, "active time counts work, and no pause"

    def _stored(self) -> tuple[int, dict[str, int], float]:
        found = self.database.query("SELECT processed, counters, active_ms FROM step_execution")
        if not found:
            return 0, {}, 0.0
        ((processed, counters, active_ms),) = found
        return processed, json.loads(counters), active_ms / 1000

    def _epoch(self) -> int:
        ((epoch,),) = self.database.query("SELECT epoch FROM job_execution")
        return int(epoch)

    @property
    def phase(self) -> str | None:
        return self.status.get("phase") if hasattr(self, "status") else None

    def _pods(self, *, running: bool) -> list[Pod]:
        return [
            pod
            for pod in self.cluster.pods
            if pod.alive and (pod.seen.running_since is not None) is running
        ]

    def _see(self) -> None:
        self.seen_spec, self.seen_status = self.spec, self.status
        self.seen_generation = self.generation
        self._see_children()

    def _see_children(self) -> None:
        self.seen_jobs = list(self.cluster.jobs.values())
        self.seen_pods: dict[str, list[ObservedPod]] = {}
        for pod in self.cluster.pods:
            self.seen_pods.setdefault(f"a-{pod.number}", []).append(pod.seen)

    def _world(self) -> World:
        return World(
            pimjob={
                "metadata": {
                    "name": "a",
                    "namespace": "ns",
                    "uid": "u",
                    "generation": self.seen_generation,
                },
                "spec": self.seen_spec,
                "status": self.seen_status,
            },
            job_type=self.type,
            jobs=self.seen_jobs,
            pods=self.seen_pods,
            trouble=None,
            now=self.now,
            settings=Settings(runner_image="runner:1"),
        )


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
