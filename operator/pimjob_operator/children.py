"""The Jobs and Pods of PimJobs: whose each is, and what it says, packed.

A Job belongs to the PimJob that controls it by an owner reference, in its namespace, if it is named
as one of its attempts. A Pod belongs to the Job that controls it. Labels can be written by anybody:
they bring objects here, and prove nothing. What is nobody's is ignored, and counted once.

The watches are not in step. Of a Pod that comes before its Job nothing is known but what it says
itself: it is kept unclaimed, and shows nowhere until its Job has come, or was asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pimjob_api.names import API_VERSION, KIND_PIMJOB, LABEL_JOB_UID
from pimjob_kube.objects import Object
from pimjob_operator.child import Child, child_of
from pimjob_operator.core.observed import attempt_of, controller_of
from pimjob_operator.metrics import FOREIGN
from pimjob_operator.objects import uid_of
from pimjob_operator.slim import slim_job, slim_pod
from pimjob_operator.stores import Memory


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What decides whose children are whose."""

    namespace_of: Callable[[str], str | None]
    """Of a PimJob by its UID, None if it is not known."""
    is_over: Callable[[str], bool]
    """Whether a PimJob has ended, by its UID."""
    settle: Callable[[str], None]
    """Is told the UID of a PimJob of whose children one has gone."""
    deleted: Memory
    foreign: Memory
    """UIDs of what carries our label and is nobody's."""

    def ignore(self, kind: str, uid: str) -> None:
        """Count one that is nobody's, once."""
        if self.foreign.add(uid):
            FOREIGN.labels(kind).inc()


class Children:
    """Those of one kind, by their own UIDs and by the UIDs of what controls them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._all: dict[str, Child] = {}
        self._of: dict[str, tuple[Child, ...]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def get(self, uid: str) -> Child | None:
        """Return one, also if it is gone."""
        return self._all.get(uid)

    def of(self, controller: str) -> tuple[Child, ...]:
        """Return those that a PimJob or Job controls, also those that are gone."""
        return self._of.get(controller, ())

    def version(self, uid: str) -> int | None:
        """Return the version of one that is here, None if it is not."""
        found = self._all.get(uid)
        return None if found is None or found.gone else found.version

    def versions(self, namespace: str | None) -> dict[str, int]:
        """Return those of all that are here, of a namespace or (None) of all."""
        return {
            uid: child.version
            for uid, child in self._all.items()
            if not child.gone and namespace in {None, child.namespace}
        }

    def within(self, namespace: str) -> list[Child]:
        """Return those of a namespace."""
        return [child for child in self._all.values() if child.namespace == namespace]

    def concerns(self, uid: str) -> Iterable[str]:
        """Return the UID of the PimJob that one belongs to."""
        found = self._all.get(uid)
        return () if found is None else (found.pimjob,)

    def remove(self, child: Child) -> None:
        """Keep nothing of one any more."""
        del self._all[child.uid]
        left = tuple(one for one in self._of[child.controller] if one is not child)
        if left:
            self._of[child.controller] = left
        else:
            del self._of[child.controller]

    def mark_gone(self, uid: str) -> None:
        """Mark one as deleted. It is kept until nothing about its attempt is open."""
        self._around.deleted.add(uid)
        if uid in self._all:
            self._all[uid].gone = True
            for pimjob in self.concerns(uid):
                self._around.settle(pimjob)

    def add(self, child: Child) -> bool:
        """Store one unless a newer one is here; say whether it is news. A spec alone is none."""
        known = self._all.get(child.uid)
        if known is None:
            self._all[child.uid] = child
            self._of[child.controller] = (*self.of(child.controller), child)
            return True
        if known.gone or known.version >= child.version:
            return False
        news = known.says != child.says
        known.version, known.says, known.spec = child.version, child.says, child.spec
        return news


class Jobs(Children):
    """Jobs by the PimJobs that control them."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.refused: Callable[[str], None] = lambda _uid: None
        """Is told the UID of a Job that is nobody's."""
        self.came: Callable[[Child], None] = lambda _job: None
        """Is told a Job that is somebody's."""

    def wants(self, found: Object) -> bool:
        """Whether a Job belongs to a PimJob that is there, or may be."""
        owner, deleted = self._owner(found), self._around.deleted
        return owner is not None and uid_of(found) not in deleted and owner["uid"] not in deleted

    def put(self, found: Object) -> bool:
        """Store a Job unless a newer one is here or it is gone; say whether it is news."""
        owner = self._owner(found)
        if owner is None:
            self.refuse(uid_of(found))
            return False
        if not self.wants(found):
            return False
        job = child_of(found, owner, owner["uid"], *slim_job(found))
        self.came(job)
        return self.add(job)

    def drop(self, uid: str, last: Object | None = None) -> None:  # noqa: ARG002 - see Keeper
        """Mark a Job as deleted: its Pods are known by it."""
        self.mark_gone(uid)

    def add_gone(self, pod: Child) -> None:
        """Know a Job that is gone already by a Pod that it has left."""
        gone = Child(
            uid=pod.controller,
            name=pod.controller_name,
            namespace=pod.namespace,
            version=0,
            controller=pod.pimjob,
            controller_name="",
            pimjob=pod.pimjob,
            gone=True,
        )
        self.add(gone)

    def refuse(self, uid: str) -> None:
        """Ignore a Job that is nobody's, and its Pods."""
        self._around.ignore("Job", uid)
        self.refused(uid)

    def _owner(self, found: Object) -> Object | None:
        """Return the reference to the PimJob that a Job belongs to, None if it is nobody's."""
        owner = controller_of(found)
        if owner is None or (owner["apiVersion"], owner["kind"]) != (API_VERSION, KIND_PIMJOB):
            return None
        metadata = found["metadata"]
        here = self._around.namespace_of(owner["uid"]) in {None, metadata["namespace"]}
        return owner if here and attempt_of(owner["name"], metadata["name"]) else None


class Pods(Children):
    """Pods by the Jobs that control them."""

    def __init__(self, around: Surroundings, jobs: Jobs) -> None:
        super().__init__(around)
        self._jobs = jobs
        jobs.refused, jobs.came = self.refuse, self._refuse_strangers
        self._unclaimed: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def wants(self, found: Object) -> bool:
        """Whether a Pod belongs to a Job of a PimJob that is there, or may be."""
        pimjob, deleted = self._pimjob(found), self._around.deleted
        return pimjob is not None and uid_of(found) not in deleted and pimjob not in deleted

    def put(self, found: Object) -> bool:
        """Store a Pod unless a newer one is here or it is gone; say whether it is news."""
        pimjob, owner = self._pimjob(found), controller_of(found)
        if pimjob is None or owner is None:
            self._around.ignore("Pod", uid_of(found))
            return False
        if not self.wants(found):
            return False
        if self._jobs.get(owner["uid"]) is None:
            self._unclaimed[pimjob][owner["uid"]] = None
        pod = child_of(found, owner, pimjob, *slim_pod(found))
        return self.add(replace(pod, says="") if self._around.is_over(pimjob) else pod)

    def drop(self, uid: str, last: Object | None = None) -> None:
        """Mark a Pod as deleted. How it ended is kept: nobody may have looked at it yet."""
        if last is not None:
            self.put(last)
        self.mark_gone(uid)

    def concerns(self, uid: str) -> Iterable[str]:
        """Return the UID of the PimJob that one belongs to. Its Job knows, if it is here."""
        found = self.get(uid)
        if found is None:
            return ()
        return ((self._jobs.get(found.controller) or found).pimjob,)

    def remove(self, child: Child) -> None:
        """Keep nothing of one any more."""
        super().remove(child)
        if not self.of(child.controller):
            self._claim(child.pimjob, child.controller)

    def hush(self, job: str) -> None:
        """Keep no word of the Pods of a Job: its PimJob has ended, and it is written how."""
        for pod in self.of(job):
            pod.says = ""

    def unclaimed(self, pimjob: str) -> list[Child]:
        """Return Pods that a PimJob's label was put on, one for each Job that is not known."""
        for job in [job for job in self._unclaimed.get(pimjob, ()) if self._jobs.get(job)]:
            self._claim(pimjob, job)
        return [self.of(job)[0] for job in self._unclaimed.get(pimjob, ())]

    def refuse(self, job: str) -> None:
        """Ignore the Pods of a Job that is nobody's."""
        for pod in self.of(job):
            self.remove(pod)
            self._around.ignore("Pod", pod.uid)

    def _refuse_strangers(self, job: Child) -> None:
        """Ignore Pods that came before their Job, and from another namespace."""
        for pod in self.of(job.uid):
            if pod.namespace != job.namespace:
                self.remove(pod)
                self._around.ignore("Pod", pod.uid)

    def _claim(self, pimjob: str, job: str) -> None:
        waiting = self._unclaimed.get(pimjob, {})
        waiting.pop(job, None)
        if not waiting:
            self._unclaimed.pop(pimjob, None)

    def _pimjob(self, found: Object) -> str | None:
        """Return the UID of the PimJob that a Pod belongs to, or says so; None if of nobody's."""
        owner, metadata = controller_of(found), found["metadata"]
        if owner is None or owner["kind"] != "Job" or owner["uid"] in self._around.foreign:
            return None
        job = self._jobs.get(owner["uid"])
        if job is not None:
            return job.pimjob if job.namespace == metadata["namespace"] else None
        pimjob: str = (metadata.get("labels") or {}).get(LABEL_JOB_UID, "")
        here = self._around.namespace_of(pimjob) in {None, metadata["namespace"]}
        return pimjob if pimjob and here else None
