"""What an object says of itself: which it is, where, and whether it differs from before."""

from pimjob_kube.objects import Object

_PROGRESS = frozenset({"steps", "warnings"})


def uid_of(found: Object) -> str:
    """Return an object's UID: no other ever has the same."""
    uid: str = found["metadata"]["uid"]
    return uid


def place_of(found: Object) -> tuple[str, str]:
    """Return an object's namespace and name."""
    return found["metadata"]["namespace"], found["metadata"]["name"]


def differs(known: Object, stored: Object, *, progress: bool = True) -> bool:
    """Whether more than the version differs. The runner's progress can be left out."""
    if known["spec"] != stored["spec"]:
        return True
    return _compared(known, progress=progress) != _compared(stored, progress=progress)


def _compared(found: Object, *, progress: bool) -> Object:
    metadata = {k: v for k, v in found["metadata"].items() if k != "resourceVersion"}
    status = found["status"]
    if not progress:
        status = {key: value for key, value in status.items() if key not in _PROGRESS}
    return {"metadata": metadata, "status": status}
