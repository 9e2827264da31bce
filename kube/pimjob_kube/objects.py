"""What any object says of itself."""

from pimjob_kube.client import Object


def version(found: Object) -> int:
    """Return an object's resource version; they only grow."""
    return int(found["metadata"]["resourceVersion"])
