"""Paths of the resources that we use."""

from pimjob_api.names import (
    GROUP,
    PLURAL_PIMJOB,
    PLURAL_PIMJOBTYPE,
    PLURAL_PIMNOTIFICATION,
    PLURAL_PIMNOTIFIER,
    PLURAL_PIMRELEASE,
    VERSION,
)


def pimjobs(namespace: str | None = None, name: str | None = None) -> str:
    """PimJobs of a namespace, of all, or one."""
    return _path(f"/apis/{GROUP}/{VERSION}", PLURAL_PIMJOB, namespace, name)


def pimjobtypes(name: str | None = None) -> str:
    """PimJobTypes, or one."""
    return _path(f"/apis/{GROUP}/{VERSION}", PLURAL_PIMJOBTYPE, None, name)


def pimreleases(namespace: str | None = None, name: str | None = None) -> str:
    """PimReleases of a namespace, of all, or one."""
    return _path(f"/apis/{GROUP}/{VERSION}", PLURAL_PIMRELEASE, namespace, name)


def pimnotifiers(namespace: str | None = None, name: str | None = None) -> str:
    """PimNotifiers of a namespace, of all, or one."""
    return _path(f"/apis/{GROUP}/{VERSION}", PLURAL_PIMNOTIFIER, namespace, name)


def pimnotifications(namespace: str | None = None, name: str | None = None) -> str:
    """PimNotifications of a namespace, of all, or one."""
    return _path(f"/apis/{GROUP}/{VERSION}", PLURAL_PIMNOTIFICATION, namespace, name)


def secrets(namespace: str, name: str) -> str:
    """One Secret."""
    return _path("/api/v1", "secrets", namespace, name)


def deployments(namespace: str | None = None) -> str:
    """Deployments of a namespace, or of all."""
    return _path("/apis/apps/v1", "deployments", namespace, None)


def jobs(namespace: str | None = None, name: str | None = None) -> str:
    """Jobs of a namespace, of all, or one."""
    return _path("/apis/batch/v1", "jobs", namespace, name)


def pods(namespace: str | None = None) -> str:
    """Pods of a namespace, or of all."""
    return _path("/api/v1", "pods", namespace, None)


def events(namespace: str) -> str:
    """Events of a namespace."""
    return _path("/api/v1", "events", namespace, None)


def leases(namespace: str, name: str | None = None) -> str:
    """Leases of a namespace, or one."""
    return _path("/apis/coordination.k8s.io/v1", "leases", namespace, name)


def resource_of(path: str) -> str:
    """Return the resource that one of these paths is about, its subresource included."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    parts = parts[2:] if parts[0] == "namespaces" else parts
    return "/".join([parts[0], *parts[2:]])


def _path(prefix: str, plural: str, namespace: str | None, name: str | None) -> str:
    path = prefix if namespace is None else f"{prefix}/namespaces/{namespace}"
    return f"{path}/{plural}" if name is None else f"{path}/{plural}/{name}"
