"""What the watches have delivered, slim, and findable by what a reconcile needs.

Only objects' own versions are compared: an event that is older than what is
here, from the watch or from the operator's own write, is ignored. So is one about
an object that was seen deleted: it was on its way when the deletion overtook it.

Most events change nothing that a decision looks at (a Job's counters, a pod's
readiness, a runner's progress). They are stored, and are no news.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from pimjob_api.names import type_object_name
from pimjob_kube.objects import Object, version
from pimjob_operator.core.observed import GONE
from pimjob_operator.objects import differs, job_of_pod, owner_of, place_of
from pimjob_operator.slim import (
    own_annotations,
    slim_deployment,
    slim_job_status,
    slim_metadata,
    slim_pod_status,
    slim_status,
)

Children = defaultdict[str, dict[str, Object]]
"""By the UID of their PimJob, then by their own."""

_REMEMBERED_DELETIONS = 10_000


class Cache:
    """PimJobs, PimReleases and PimNotifiers by UID, Jobs and Pods by the UID of their PimJob.

    PimJobTypes by name, Deployments by namespace and name.
    """

    def __init__(
        self,
        *,
        seen: Callable[[Object], None] = lambda _pimjob: None,
        gone: Callable[[str], None] = lambda _uid: None,
    ) -> None:
        """Make an empty one. `seen` is told each PimJob, `gone` the UID of one that has left."""
        self._seen = seen
        self._gone = gone
        self.pimjobs: dict[str, Object] = {}
        self.types: dict[str, Object] = {}
        self.jobs: Children = defaultdict(dict)
        self.pods: Children = defaultdict(dict)
        self.releases: dict[str, Object] = {}
        self.notifiers: dict[str, Object] = {}
        self.deployments: dict[tuple[str, str], Object] = {}
        self._deleted: dict[str, None] = {}

    def put_pimjob(self, found: Object) -> bool:
        """Store a PimJob unless a newer one is here or it is gone; say whether it is news."""
        uid = found["metadata"]["uid"]
        known = self.pimjobs.get(uid)
        if not self._is_newer(known, found):
            return False
        self._seen(found)
        self.pimjobs[uid] = {
            "metadata": slim_metadata(found),
            "spec": found.get("spec") or {},
            "status": slim_status(found.get("status") or {}),
        }
        stored = self.pimjobs[uid]
        if known is None or differs(known, stored, progress=False):
            return True
        return self._exceeds(known, stored)

    def drop_pimjob(self, uid: str) -> None:
        """Forget a PimJob and what belonged to it."""
        self._remember_deleted(uid)
        self._gone(uid)
        self.pimjobs.pop(uid, None)
        self.jobs.pop(uid, None)
        self.pods.pop(uid, None)

    def forget_pimjob(self, uid: str) -> None:
        """Forget a PimJob that was not found. Should it be there after all, a list brings it."""
        self._gone(uid)
        self.pimjobs.pop(uid, None)

    def forget_namespace(self, namespace: str | None) -> None:
        """Forget all of a namespace. Should it be there after all, lists bring it."""
        for uid in [p["metadata"]["uid"] for p in self.pimjobs_in(namespace or "")]:
            self.forget_pimjob(uid)
        for children in (self.jobs, self.pods):
            for uid, found in list(children.items()):
                if any(child["metadata"]["namespace"] == namespace for child in found.values()):
                    del children[uid]
        for objects in (self.releases, self.notifiers):
            for uid, each in list(objects.items()):
                if each["metadata"]["namespace"] == namespace:
                    del objects[uid]
        for place in [place for place in self.deployments if place[0] == namespace]:
            del self.deployments[place]

    def put_type(self, found: Object) -> bool:
        """Store a PimJobType unless a newer one is here; say whether it is news."""
        name = found["metadata"]["name"]
        if not self._is_newer(self.types.get(name), found):
            return False
        self.types[name] = {"metadata": slim_metadata(found), "spec": found.get("spec") or {}}
        return True

    def drop_type(self, found: Object) -> None:
        """Forget a PimJobType."""
        self._remember_deleted(found["metadata"]["uid"])
        self.types.pop(found["metadata"]["name"], None)

    def put_job(self, found: Object) -> bool:
        """Store a Job unless a newer one is here or it is gone; say whether it is news."""
        containers = found["spec"]["template"]["spec"]["containers"]
        slim = {"template": {"spec": {"containers": [{"image": containers[0]["image"]}]}}}
        return self._put_child(self.jobs, found, slim, slim_job_status(found))

    def drop_job(self, found: Object) -> None:
        """Forget a Job, and the Pods that were kept for what they said last."""
        uid, name = owner_of(found), found["metadata"]["name"]
        self._remember_deleted(found["metadata"]["uid"])
        self.jobs.get(uid, {}).pop(found["metadata"]["uid"], None)
        for pod_uid, pod in list(self.pods.get(uid, {}).items()):
            if GONE in pod and job_of_pod(pod) == name:
                del self.pods[uid][pod_uid]

    def forget_job(self, uid: str, name: str) -> None:
        """Forget a PimJob's Job that was not found, not what its Pods said last."""
        jobs = self.jobs.get(uid, {})
        for job_uid, job in list(jobs.items()):
            if job["metadata"]["name"] == name:
                self._remember_deleted(job_uid)
                del jobs[job_uid]

    def put_pod(self, found: Object) -> bool:
        """Store a Pod unless a newer one is here or it is gone; say whether it is news."""
        node = (found.get("spec") or {}).get("nodeName", "")
        return self._put_child(self.pods, found, {"nodeName": node}, slim_pod_status(found))

    def drop_pod(self, found: Object) -> None:
        """Mark a Pod as deleted. How it ended is kept: nobody may have looked at it yet."""
        self.put_pod(found)
        self._remember_deleted(found["metadata"]["uid"])
        kept = self.pods.get(owner_of(found), {}).get(found["metadata"]["uid"])
        if kept is not None:
            kept[GONE] = True

    def put_release(self, found: Object) -> bool:
        """Store a PimRelease unless a newer one is here or it is gone; say whether it is news."""
        uid = found["metadata"]["uid"]
        known = self.releases.get(uid)
        if not self._is_newer(known, found):
            return False
        self.releases[uid] = {
            "metadata": slim_metadata(found),
            "spec": found.get("spec") or {},
            "status": found.get("status") or {},
        }
        return known is None or differs(known, self.releases[uid])

    def drop_release(self, uid: str) -> None:
        """Forget a PimRelease."""
        self._remember_deleted(uid)
        self.releases.pop(uid, None)

    def forget_release(self, uid: str) -> None:
        """Forget a PimRelease that was not found; as `forget_pimjob`."""
        self.releases.pop(uid, None)

    def put_notifier(self, found: Object) -> bool:
        """Store a PimNotifier unless a newer one is here or it is gone; say whether it is news."""
        uid = found["metadata"]["uid"]
        if not self._is_newer(self.notifiers.get(uid), found):
            return False
        self.notifiers[uid] = {"metadata": slim_metadata(found), "spec": found.get("spec") or {}}
        return True

    def drop_notifier(self, uid: str) -> None:
        """Forget a PimNotifier."""
        self._remember_deleted(uid)
        self.notifiers.pop(uid, None)

    def notifiers_in(self, namespace: str) -> list[Object]:
        """Return the PimNotifiers of a namespace."""
        found = self.notifiers.values()
        return [notifier for notifier in found if notifier["metadata"]["namespace"] == namespace]

    def put_deployment(self, found: Object) -> bool:
        """Store a Deployment unless a newer one is here or it is gone; say whether it is news."""
        known = self.deployments.get(place_of(found))
        if not self._is_newer(known, found):
            return False
        stored = slim_deployment(found)
        self.deployments[place_of(found)] = stored
        return known is None or differs(known, stored)

    def drop_deployment(self, found: Object) -> None:
        """Forget a Deployment."""
        self._remember_deleted(found["metadata"]["uid"])
        self.deployments.pop(place_of(found), None)

    def deployments_in(self, namespace: str) -> dict[str, Object]:
        """Return the Deployments of a namespace by name."""
        here = self.deployments.items()
        return {name: found for (place, name), found in here if place == namespace}

    def pimjobs_in(self, namespace: str) -> list[Object]:
        """Return the PimJobs of a namespace."""
        found = self.pimjobs.values()
        return [pimjob for pimjob in found if pimjob["metadata"]["namespace"] == namespace]

    def releases_in(self, namespace: str) -> list[Object]:
        """Return the PimReleases of a namespace."""
        found = self.releases.values()
        return [release for release in found if release["metadata"]["namespace"] == namespace]

    def of_type(self, object_name: str) -> Iterator[str]:
        """Yield the UIDs of the PimJobs of a PimJobType."""
        for uid, pimjob in self.pimjobs.items():
            if type_object_name(pimjob["spec"].get("type", "")) == object_name:
                yield uid

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

    def _put_child(self, children: Children, found: Object, spec: Object, status: Object) -> bool:
        owner, uid = owner_of(found), found["metadata"]["uid"]
        known = children[owner].get(uid) if owner in children else None
        if owner in self._deleted or not self._is_newer(known, found):
            return False
        metadata = slim_metadata(found) | own_annotations(found)
        stored = {"metadata": metadata, "spec": spec, "status": status}
        children[owner][uid] = stored
        # Of a spec, what is kept is there at once, but for a pod's node: alone it decides nothing.
        return known is None or differs(known, stored, spec=False)

    def _is_newer(self, known: Object | None, found: Object) -> bool:
        if known is not None and known["metadata"]["uid"] == found["metadata"]["uid"]:
            return version(known) < version(found)
        return found["metadata"]["uid"] not in self._deleted

    def _remember_deleted(self, uid: str) -> None:
        self._deleted[uid] = None
        if len(self._deleted) > _REMEMBERED_DELETIONS:
            del self._deleted[next(iter(self._deleted))]
