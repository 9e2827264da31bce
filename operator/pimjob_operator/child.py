"""One Job or Pod, packed."""

import json
import sys
from dataclasses import dataclass
from typing import Any

from pimjob_kube.objects import Object, version
from pimjob_operator.core.observed import GONE
from pimjob_operator.slim import packed, slim_times


@dataclass(slots=True, kw_only=True)
class Child:
    """A Job or Pod. What it says is text: nearly all are of jobs that nobody decides about."""

    uid: str
    name: str
    namespace: str
    version: int
    controller: str
    """UID of the PimJob or Job that controls it."""
    controller_name: str
    pimjob: str
    """UID of the PimJob that it belongs to; of an unclaimed Pod, by its label."""
    says: str = ""
    """Empty: nothing that matters any more."""
    spec: str = ""
    gone: bool = False
    """Whether it was seen deleted, and is kept for what it said last."""

    def unpacked(self) -> dict[str, Any]:
        """Return it as an object of Kubernetes, as far as it is kept."""
        found: dict[str, Any] = json.loads(self.says)
        owner = {"name": self.controller_name, "uid": self.controller, "controller": True}
        known = {"name": self.name, "uid": self.uid, "ownerReferences": [owner]}
        found["metadata"] |= known
        return {**found, "spec": json.loads(self.spec)} | ({GONE: True} if self.gone else {})


def child_of(found: Object, owner: Object, pimjob: str, spec: Object, status: Object) -> Child:
    """Pack an object that `owner` controls; `pimjob`: the UID of the PimJob that it belongs to."""
    metadata = found["metadata"]
    return Child(
        uid=metadata["uid"],
        name=metadata["name"],
        namespace=sys.intern(metadata["namespace"]),
        version=version(found),
        controller=owner["uid"],
        controller_name=owner["name"],
        pimjob=pimjob,
        says=packed({"metadata": slim_times(found), "status": status}),
        spec=sys.intern(packed(spec)),
    )
