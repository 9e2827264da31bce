"""What the watches have delivered, slim, and findable by what a reconcile needs.

Only objects' own versions are compared: an event that is older than what is
here, from the watch or from the operator's own write, is ignored. So is one about
an object that was seen deleted: it was on its way when the deletion overtook it.

Most events change nothing that a decision looks at (a Job's counters, a pod's
readiness, a runner's progress). They are stored, and are no news.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_api.names import type_object_name
from pimjob_kube.objects import Object
from pimjob_operator.child import Child
from pimjob_operator.children import Jobs, Pods, Surroundings
from pimjob_operator.core.observed import attempt_of
from pimjob_operator.metrics import OTHER
from pimjob_operator.objects import place_of, uid_of
from pimjob_operator.pimjobs import Listeners, PimJobs, is_open
from pimjob_operator.slim import PARAMETERS, slim_deployment, slim_described
from pimjob_operator.stores import Memory, Store

RELEASE_PREFIX = "release/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a job's parameters by one version of its type."""

    type_version: str
    errors: Sequence[str]


class Cache:
    """All that is watched, a store of each kind, and what they have to do with each other."""

    def __init__(
        self,
        *,
        seen: Callable[[Object, str], None] = lambda _pimjob, _type: None,
        gone: Callable[[str], None] = lambda _uid: None,
    ) -> None:
        """Make an empty one.

        `seen` is told each PimJob and what metrics call its type, `gone` the UID of one that left.
        """
        self._seen = seen
        self._gone = gone
        deleted = Memory()
        told = Listeners(seen=self._see, stored=self._stored, gone=self._forget, dropped=self._drop)
        self.of_pimjobs = PimJobs(deleted, told)
        around = Surroundings(
            namespace_of=self.of_pimjobs.namespace_of,
            is_over=self.of_pimjobs.is_over,
            settle=self._settle,
            deleted=deleted,
            foreign=Memory(),
        )
        self.jobs = Jobs(around)
        self.pods = Pods(around, self.jobs)
        self.of_types = Store(
            deleted,
            slim_described,
            key=lambda found: found["metadata"]["name"],
            concerns=lambda found: list(self.of_pimjobs.of_type(found["metadata"]["name"])),
        )
        self.of_releases = Releases(deleted, self._let_go_of_deployments)
        self.of_notifiers = Store(deleted, slim_described, concerns=lambda _found: ())
        self.of_deployments = Store(
            deleted,
            slim_deployment,
            key=place_of,
            wanted=lambda found: bool(self._watching(found)),
            concerns=self._watching,
        )
        self.pimjobs = self.of_pimjobs.kept
        self.types = self.of_types.kept
        self.releases = self.of_releases.kept
        self.notifiers = self.of_notifiers.kept
        self.verdicts: dict[str, Verdict] = {}
        """Of jobs that have not started, by UID."""

    def put_pimjob(self, found: Object) -> bool:
        """Store a PimJob; say whether it is news."""
        return self.of_pimjobs.put(found)

    def forget_pimjob(self, uid: str) -> None:
        """Forget a PimJob that was not found. Should it be there after all, a list brings it."""
        self.of_pimjobs.forget(uid)

    def forget_namespace(self, namespace: str) -> None:
        """Forget all of a namespace. Should it be there after all, lists bring it."""
        for children in (self.pods, self.jobs):
            for child in children.within(namespace):
                children.remove(child)
        for store in (self.of_pimjobs, self.of_releases, self.of_notifiers, self.of_deployments):
            for found in store.within(namespace):
                store.forget(uid_of(found))

    def put_type(self, found: Object) -> bool:
        """Store a PimJobType; say whether it is news."""
        return self.of_types.put(found)

    def put_job(self, found: Object) -> bool:
        """Store a Job; say whether it is news."""
        return self.jobs.put(found)

    def drop_job(self, uid: str) -> None:
        """Forget a Job that was deleted."""
        self.jobs.drop(uid)

    def forget_job(self, uid: str, name: str) -> None:
        """Forget a PimJob's Job that was not found, not what its Pods said last."""
        for job in self.jobs.of(uid):
            if job.name == name:
                self.jobs.drop(job.uid)

    def put_pod(self, found: Object) -> bool:
        """Store a Pod; say whether it is news."""
        return self.pods.put(found)

    def resolve(self, pod: Child, job: Object | None) -> None:
        """Find out whose an unclaimed Pod is, by the Job of its controller's name, None if gone."""
        if job is not None:
            self.jobs.put(job)
        elif is_attempt_of(self.pimjobs.get(pod.pimjob), pod):
            self.jobs.add_gone(pod)
        if self.jobs.get(pod.controller) is None:
            self.jobs.refuse(pod.controller)

    def put_release(self, found: Object) -> bool:
        """Store a PimRelease; say whether it is news."""
        return self.of_releases.put(found)

    def forget_release(self, uid: str) -> None:
        """Forget a PimRelease that was not found; as `forget_pimjob`."""
        self.of_releases.forget(uid)

    def notifiers_in(self, namespace: str) -> list[Object]:
        """Return the PimNotifiers of a namespace."""
        return self.of_notifiers.within(namespace)

    def put_deployment(self, found: Object) -> bool:
        """Store a Deployment if a PimRelease names it; say whether it is news."""
        return self.of_deployments.put(found)

    def deployments_in(self, namespace: str) -> dict[str, Object]:
        """Return the Deployments of a namespace by name: those that PimReleases name."""
        here = self.of_deployments.within(namespace)
        return {found["metadata"]["name"]: found for found in here}

    def pimjobs_in(self, namespace: str) -> list[Object]:
        """Return the PimJobs of a namespace."""
        return self.of_pimjobs.within(namespace)

    def releases_in(self, namespace: str) -> list[Object]:
        """Return the PimReleases of a namespace."""
        return self.of_releases.within(namespace)

    def type_label(self, pimjob: Mapping[str, Any]) -> str:
        """Return what metrics call a job's type: whoever launches jobs may name any."""
        name: str = pimjob["spec"]["type"]
        return name if type_object_name(name) in self.types else OTHER

    def _see(self, pimjob: Object) -> None:
        self._seen(pimjob, self.type_label(pimjob))

    def _stored(self, known: Object | None, pimjob: Object) -> bool:
        metadata = pimjob["metadata"]
        if known is None:
            self._refuse_strangers(metadata["uid"], metadata["namespace"])
        if PARAMETERS not in pimjob:
            self.verdicts.pop(metadata["uid"], None)
        self._settle(metadata["uid"])
        return known is not None and self._exceeds(known, pimjob)

    def _refuse_strangers(self, uid: str, namespace: str) -> None:
        """Ignore what came before its PimJob, and from another namespace."""
        for job in self.jobs.of(uid):
            if job.namespace != namespace:
                self.jobs.remove(job)
                self.jobs.refuse(job.uid)
        for pod in self.pods.unclaimed(uid):
            if pod.namespace != namespace:
                self.pods.refuse(pod.controller)

    def _settle(self, uid: str) -> None:
        """Let those children of a PimJob go that are gone, and of whose attempt nothing is open."""
        pimjob = self.pimjobs.get(uid)
        for job in self.jobs.of(uid):
            if self.of_pimjobs.is_over(uid):
                self.pods.hush(job.uid)
            if not is_open(pimjob, job.name):
                self._let_go_of_pods(job.uid)
                if job.gone and not self.pods.of(job.uid):
                    self.jobs.remove(job)
        for pod in self.pods.unclaimed(uid):
            if not is_open(pimjob, pod.controller_name):
                self._let_go_of_pods(pod.controller)

    def _let_go_of_pods(self, job: str) -> None:
        for pod in self.pods.of(job):
            if pod.gone:
                self.pods.remove(pod)

    def _forget(self, uid: str) -> None:
        self._gone(uid)
        self.verdicts.pop(uid, None)

    def _drop(self, uid: str) -> None:
        """Forget what belonged to a PimJob that is deleted."""
        jobs = [job.uid for job in self.jobs.of(uid)]
        for job in [*jobs, *(pod.controller for pod in self.pods.unclaimed(uid))]:
            for pod in self.pods.of(job):
                self.pods.remove(pod)
        for one in self.jobs.of(uid):
            self.jobs.remove(one)

    def _watching(self, deployment: Object) -> list[str]:
        """Return the keys of the releases that watch a Deployment."""
        namespace, name = place_of(deployment)
        return [
            release_key(release)
            for release in self.releases_in(namespace)
            if name in (release["spec"].get("deployments") or ())
        ]

    def _let_go_of_deployments(self) -> None:
        """Keep no Deployment that no PimRelease names any more."""
        kept = self.of_deployments.kept
        for place in [place for place, found in kept.items() if not self._watching(found)]:
            del kept[place]

    def _exceeds(self, known: Object, stored: Object) -> bool:
        """Whether a job has come to more warnings than a PimNotifier waits for."""
        before, after = (int(found["status"].get("warnings", 0)) for found in (known, stored))
        if after <= before:
            return False
        limits = (
            notifier["spec"].get("warningsOver")
            for notifier in self.notifiers_in(stored["metadata"]["namespace"])
        )
        return any(limit is not None and before <= limit < after for limit in limits)


class Releases(Store):
    """PimReleases, which name the Deployments that are kept."""

    def __init__(self, deleted: Memory, changed: Callable[[], None]) -> None:
        super().__init__(deleted, slim_described, concerns=lambda found: (release_key(found),))
        self._changed = changed

    def put(self, found: Object) -> bool:
        """Store a PimRelease unless a newer one is here or it is gone; say whether it is news."""
        news = super().put(found)
        if news:
            self._changed()
        return news

    def forget(self, uid: str) -> None:
        """Forget a PimRelease that was not found."""
        super().forget(uid)
        self._changed()


def release_key(release: Object) -> str:
    """Return a PimRelease's key in the queue, where PimJobs are known by their UIDs."""
    return f"{RELEASE_PREFIX}{release['metadata']['uid']}"


def is_attempt_of(pimjob: Object | None, pod: Child) -> bool:
    """Whether a Pod says that it is of an attempt of this PimJob."""
    if pimjob is None or pimjob["metadata"]["namespace"] != pod.namespace:
        return False
    return attempt_of(pimjob["metadata"]["name"], pod.controller_name) > 0
