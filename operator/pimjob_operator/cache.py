"""What the watches have delivered, slim, and findable by what a reconcile needs.

Only objects' own versions are compared: an event that is older than what is
here, from the watch or from the operator's own write, is ignored.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pimjob_api.names import LABEL_JOB_UID, type_object_name

Object = dict[str, Any]
Children = defaultdict[str, dict[str, Object]]
"""By the UID of their PimJob, then by their own."""

_PIMJOB_METADATA = (
    "name",
    "namespace",
    "uid",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "creationTimestamp",
)


class Cache:
    """PimJobs by UID, PimJobTypes by name, Jobs and Pods by the UID of their PimJob."""

    def __init__(self) -> None:
        self.pimjobs: dict[str, Object] = {}
        self.types: dict[str, Object] = {}
        self.jobs: Children = defaultdict(dict)
        self.pods: Children = defaultdict(dict)

    def put_pimjob(self, found: Object) -> bool:
        """Take a PimJob unless it is older than the one here; say whether it was taken."""
        uid = found["metadata"]["uid"]
        known = self.pimjobs.get(uid)
        if known is not None and version(known) > version(found):
            return False
        metadata = found["metadata"]
        self.pimjobs[uid] = {
            "metadata": {key: metadata[key] for key in _PIMJOB_METADATA if key in metadata},
            "spec": found.get("spec") or {},
            "status": found.get("status") or {},
        }
        return True

    def drop_pimjob(self, uid: str) -> None:
        """Forget a PimJob and what belonged to it."""
        self.pimjobs.pop(uid, None)
        self.jobs.pop(uid, None)
        self.pods.pop(uid, None)

    def put_type(self, found: Object) -> None:
        """Take a PimJobType."""
        self.types[found["metadata"]["name"]] = found

    def drop_type(self, name: str) -> None:
        """Forget a PimJobType."""
        self.types.pop(name, None)

    def put_child(self, children: Children, found: Object) -> str:
        """Take a Job or a Pod; return the UID of its PimJob."""
        uid = str(found["metadata"]["labels"][LABEL_JOB_UID])
        known = children[uid].get(found["metadata"]["uid"])
        if known is None or version(known) <= version(found):
            metadata = {k: v for k, v in found["metadata"].items() if k != "managedFields"}
            children[uid][found["metadata"]["uid"]] = {
                "metadata": metadata,
                "spec": _slim_spec(found),
                "status": found.get("status") or {},
            }
        return uid

    def drop_child(self, children: Children, found: Object) -> str:
        """Forget a Job or a Pod; return the UID of its PimJob."""
        uid = str(found["metadata"]["labels"][LABEL_JOB_UID])
        if uid in children:
            children[uid].pop(found["metadata"]["uid"], None)
        return uid

    def of_type(self, object_name: str) -> Iterator[str]:
        """Yield the UIDs of the PimJobs of a PimJobType."""
        for uid, pimjob in self.pimjobs.items():
            if type_object_name(pimjob["spec"].get("type", "")) == object_name:
                yield uid


def version(found: Object) -> int:
    """Return an object's resource version; they only grow."""
    return int(found["metadata"]["resourceVersion"])


def _slim_spec(found: Object) -> Object:
    """Keep of a Job its image, of a Pod nothing."""
    template = (found.get("spec") or {}).get("template")
    if template is None:
        return {}
    containers = [{"image": c["image"]} for c in template["spec"]["containers"]]
    return {"template": {"spec": {"containers": containers}}}
