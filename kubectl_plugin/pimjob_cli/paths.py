"""Where things are on the API server."""

from urllib.parse import quote

from pimjob_api.names import GROUP, PLURAL_PIMJOB, PLURAL_PIMJOBTYPE, PLURAL_PIMRELEASE, VERSION
from pimjob_cli.errors import UsageError

OURS = f"/apis/{GROUP}/{VERSION}"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
TYPES = f"{OURS}/{PLURAL_PIMJOBTYPE}"
PLURAL_PROFILE = "pimjobprofiles"


def jobs(namespace: str | None) -> str:
    """PimJobs of a namespace, or of all."""
    return _in(OURS, namespace, PLURAL_PIMJOB)


def job(namespace: str, name: str) -> str:
    """One PimJob."""
    return f"{jobs(namespace)}/{_segment(name)}"


def job_type(name: str) -> str:
    """One PimJobType."""
    return f"{TYPES}/{_segment(name)}"


def profiles(namespace: str | None) -> str:
    """Profiles of a namespace."""
    return _in(OURS, namespace, PLURAL_PROFILE)


def profile(namespace: str, name: str) -> str:
    """One profile."""
    return f"{profiles(namespace)}/{_segment(name)}"


def releases(namespace: str | None) -> str:
    """PimReleases of a namespace, or of all."""
    return _in(OURS, namespace, PLURAL_PIMRELEASE)


def release(namespace: str, name: str) -> str:
    """One PimRelease."""
    return f"{releases(namespace)}/{_segment(name)}"


def pods(namespace: str) -> str:
    """Pods of a namespace."""
    return _in("/api/v1", namespace, "pods")


def account(namespace: str, name: str) -> str:
    """One ServiceAccount."""
    return f"{_in('/api/v1', namespace, 'serviceaccounts')}/{_segment(name)}"


def batch_job(namespace: str, name: str) -> str:
    """One Job of Kubernetes."""
    return f"{_in('/apis/batch/v1', namespace, 'jobs')}/{_segment(name)}"


def _in(group: str, namespace: str | None, plural: str) -> str:
    if namespace is None:
        return f"{group}/{plural}"
    return f"{group}/namespaces/{_segment(namespace)}/{plural}"


def _segment(name: str) -> str:
    """Return a name as a segment of a path. Raises UsageError for one that leads elsewhere."""
    if name in {"", ".", ".."} or set(name) & set("/%") or not name.isprintable():
        raise UsageError(f"{name!r} is no name")
    return quote(name, safe="")
