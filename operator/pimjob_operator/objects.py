"""What an object says of itself: its version, whose it is, and whether it differs from before."""

from pimjob_api.names import LABEL_JOB_UID
from pimjob_kube.objects import Object

_PROGRESS = frozenset({"steps", "warnings"})


def owner_of(child: Object) -> str:
    """Return the UID of the PimJob that a Job or Pod belongs to."""
    return str(child["metadata"]["labels"][LABEL_JOB_UID])


def job_of_pod(pod: Object) -> str:
    """Return the name of the Job that a Pod belongs to."""
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner["kind"] == "Job" and owner.get("controller"):
            return str(owner["name"])
    return ""


def place_of(found: Object) -> tuple[str, str]:
    """Return an object's namespace and name."""
    return found["metadata"]["namespace"], found["metadata"]["name"]


def differs(known: Object, stored: Object, *, spec: bool = True, progress: bool = True) -> bool:
    """Whether more than the version differs. The spec and the runner's progress can be left out."""
    if spec and known["spec"] != stored["spec"]:
        return True
    return _compared(known, progress=progress) != _compared(stored, progress=progress)


def _compared(found: Object, *, progress: bool) -> Object:
    metadata = {k: v for k, v in found["metadata"].items() if k != "resourceVersion"}
    status = found["status"]
    if not progress:
        status = {key: value for key, value in status.items() if key not in _PROGRESS}
    return {"metadata": metadata, "status": status}
