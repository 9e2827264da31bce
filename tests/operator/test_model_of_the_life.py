"""Commands, crashes and events in any order, against the pure core and a real database.

The cluster is simulated: Jobs and pods that the operator sees late or not until it starts
anew. Each pod's runner writes through the engine's checkpoint, also when its Job is gone.
PIMJOBS_MODEL_EXAMPLES asks for more examples than the 400 of `make test`.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from pimjob_api.phases import OutcomeKind, Phase
from pimjob_operator.core.attempts import CRASHED, LOST_AFTER, Attempt
from pimjob_operator.core.decision import Decision
from pimjob_operator.core.status import is_news, owned, status_of
from pimjob_operator.core.world import JobTypeView
from pimjob_runner.engine.errors import SupersededError
from support.model_cluster import GRACE, Cluster, Pod
from support.model_database import CHUNK, CHUNK_SECONDS, Execution
from support.model_operator import Operator

EXAMPLES = int(os.environ.get("PIMJOBS_MODEL_EXAMPLES", "400"))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Life(RuleBasedStateMachine):
    """One PimJob."""

    @initialize(stoppable=st.booleans(), pausable=st.booleans(), stop_after=st.integers(0, 3))
    def launch(self, *, stoppable: bool, pausable: bool, stop_after: int) -> None:
        """`stop_after`: attempts before anybody may stop it. Most examples would end early else."""
        self.execution = Execution()
        self.type = JobTypeView(
            name="t", spec={"stoppable": stoppable, "pausable": pausable}, parameter_errors=()
        )
        self.now = BEGIN
        self.cluster = Cluster({"type": "t", "desiredState": "Running", "retry": 0})
        self.operator = Operator(self.cluster, self.type)
        self.stop_after = stop_after
        self.newest = 0
        self.died = False
        self.committed = 0
        self.worked = 0.0

    def teardown(self) -> None:
        if hasattr(self, "execution"):
            self.execution.close()

    # People.

    @precondition(lambda self: self._may_ask())
    @rule(state=st.sampled_from(["Running", "Paused"]))
    def ask(self, state: str) -> None:
        self.cluster.change(desiredState=state)

    @precondition(lambda self: self._may_ask() and self.cluster.made >= self.stop_after)
    @rule()
    def stop(self) -> None:
        self.cluster.change(desiredState="Stopped")

    def _may_ask(self) -> bool:
        """As the rules of the API server allow it."""
        stopped = self.cluster.spec["desiredState"] == "Stopped"
        return not stopped and self.phase not in {"Completed", "Failed"}

    @precondition(lambda self: self.phase == "Failed")
    @rule()
    def retry(self) -> None:
        self.cluster.change(retry=self.cluster.spec["retry"] + 1)

    # Time and the operator.

    @rule(seconds=st.sampled_from([1, 5, 40, 400]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def deliver(self) -> None:
        """The watches catch up."""
        self.operator.see()

    @rule(kind=st.sampled_from(["jobs", "pods"]))
    def deliver_one_kind(self, kind: str) -> None:
        """The watches of Jobs and of pods do not wait for each other."""
        self.operator.see_jobs() if kind == "jobs" else self.operator.see_pods()

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
            self.operator.see()
        self.died = loss != "nothing"
        decision = self.operator.decide(self.now)
        if decision is None or loss == "everything":
            return
        decision = self._create_of(decision)
        if decision.write and loss == "nothing":
            self._write(decision)
        if decision.delete is not None and loss == "nothing":
            self.operator.delete(decision.delete.number, self.now)

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

    @precondition(lambda self: self._may_ask() and self._pods(running=True))
    @rule(data=st.data(), kind=st.sampled_from(["jobs", "pods"]), resumed=st.booleans())
    def disobey(self, data: st.DataObject, kind: str, *, resumed: bool) -> None:
        """Nobody pauses in time. That it is over is told of Jobs or of pods first.

        `resumed`: people have changed their mind by then, and the operator has seen it.
        """
        self.ask("Paused")
        self.reconcile("nothing", fresh=False)
        self.now += timedelta(seconds=31)
        self.reconcile("nothing", fresh=False)
        if resumed:
            self.ask("Running")
            self.reconcile("nothing", fresh=False)
        self.end(data, "crash")
        self.deliver_one_kind(kind)
        self.reconcile("nothing", fresh=True)

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
        assert number not in self.cluster.recorded(), "no Job is created twice"
        assert not self.cluster.at_work(self.now), "no attempt is made beside one that is alive"
        self.cluster.create(number, self.now)

    def _write(self, decision: Decision) -> None:
        world = self.operator.world(self.now)
        wanted = status_of(world, decision)
        if not is_news(wanted, world.status):
            return
        self._judge(wanted)
        kept = {k: v for k, v in self.cluster.status.items() if k not in owned(self.cluster.status)}
        self.cluster.status = {**kept, **wanted}
        self.operator.see_status()

    def _judge(self, wanted: dict[str, Any]) -> None:
        """What is written down is right."""
        before = self.cluster.status.get("phase")
        after = Phase(wanted["phase"])
        assert allowed(None if before is None else Phase(before), after), f"{before} → {after}"
        if after in {Phase.STOPPED, Phase.PAUSED}:
            assert not self.cluster.at_work(self.now), f"{after} while a pod runs"
        over = {a["number"] for a in wanted.get("attempts", ()) if "outcome" in a}
        assert not over & {pod.number for pod in self.cluster.at_work(self.now)}, (
            "what runs is not over"
        )
        followed = wanted.get("attempts", [])[:-1]
        assert all("outcome" in attempt for attempt in followed), "what is followed is over"
        known = {a["number"] for a in self.cluster.status.get("attempts", ()) if "outcome" in a}
        for attempt in wanted.get("attempts", ()):
            if attempt["number"] in known:
                continue
            ended = attempt["number"] in self.cluster.unwanted
            crashed = attempt.get("outcome") == CRASHED
            assert not (ended and crashed), "what was ended on request is no crash"

    # The kubelet and the runners.

    @precondition(lambda self: self._pods(running=False))
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        pod = data.draw(st.sampled_from(self._pods(running=False)))
        pod.seen = replace(pod.seen, running_since=self.now)
        try:
            pod.checkpoint = self.execution.take_over(pod, lambda: self.now)
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
        assert checkpoint.steps[0].processed <= self.committed
        try:
            self.execution.commit(checkpoint)
        except SupersededError:
            assert checkpoint.epoch < self.execution.epoch()
            self._leave(pod, OutcomeKind.SUPERSEDED)
            return
        assert checkpoint.epoch == self.execution.epoch(), "at most one attempt can commit"
        self.committed += CHUNK
        self.worked += CHUNK_SECONDS

    @precondition(lambda self: self._pods(running=True))
    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        """The current runner reports; a replaced one sees the newer attempt, and does not."""
        pod = data.draw(st.sampled_from(self._pods(running=True)))
        if pod.checkpoint is not None and pod.checkpoint.epoch == self.execution.epoch():
            steps = [{"name": "count", "processed": pod.checkpoint.steps[0].processed}]
            self.cluster.status = {**self.cluster.status, "steps": steps}

    @precondition(lambda self: self._pods(running=True))
    @rule(data=st.data(), how=st.sampled_from(["obey", "complete", "fail", "interrupt", "crash"]))
    def end(self, data: st.DataObject, how: str) -> None:
        pod = data.draw(st.sampled_from(self._pods(running=True)))
        wish = self.cluster.spec["desiredState"]
        outcomes = {
            "complete": OutcomeKind.COMPLETED,
            "fail": OutcomeKind.FAILED,
            "interrupt": OutcomeKind.INTERRUPTED,
        }
        if pod.checkpoint is not None and pod.checkpoint.epoch != self.execution.epoch():
            # Whatever it would end with: its last transaction is refused.
            self._leave(pod, OutcomeKind.SUPERSEDED)
        elif how == "crash":
            self.cluster.crash(pod, self.now)
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
        self.cluster.lose(number, self.now + GRACE if answers else self.now - LOST_AFTER)

    # What holds at any moment.

    @invariant()
    def stopped_and_completed_are_final(self) -> None:
        if self.phase in {"Stopped", "Completed"}:
            assert self.operator.decide(self.now) is None

    @invariant()
    def counters_are_what_was_committed(self) -> None:
        processed, counters, active = self.execution.stored()
        assert processed == self.committed
        assert counters == ({"read": processed} if processed else {})
        assert active == self.worked, "active time counts work, and no pause"

    def _leave(self, pod: Pod, kind: OutcomeKind) -> None:
        self.cluster.leave(pod, kind, self.execution.stored()[0], self.now)

    def _pods(self, *, running: bool) -> list[Pod]:
        return self.cluster.living(running=running)

    @property
    def phase(self) -> str | None:
        return self.cluster.status.get("phase") if hasattr(self, "cluster") else None


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
