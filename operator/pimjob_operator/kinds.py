"""The kinds that are watched: how each is listed, kept, and whom a change concerns."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pimjob_api.names import LABEL_JOB_UID
from pimjob_kube import paths
from pimjob_kube.objects import Object
from pimjob_operator.cache import Cache, Children
from pimjob_operator.core.observed import GONE
from pimjob_operator.objects import owner_of, place_of

RELEASE_PREFIX = "release/"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind, over one cache."""

    name: str
    path: Callable[[str | None], str]
    """Of its list, in a namespace or (None) in all."""
    selector: str
    """Label selector, applied by the API server."""
    known: Callable[[str | None], dict[str, Object]]
    """All that the cache has, by UID, of a namespace or (None) of all."""
    find: Callable[[Object], Object | None]
    """What the cache has of this object."""
    put: Callable[[Object], bool]
    """Store an object; False if it is no news."""
    drop: Callable[[Object], None]
    """Forget an object that is deleted."""
    concerns: Callable[[Object], Iterable[str]]
    """Keys of what to reconcile when it changes: UIDs of PimJobs, keys of PimReleases."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Versions that could not be stored, by UID."""
    namespaced: bool = True
    optional: bool = False
    """Whether jobs are run without it, where its CRD or the permission to read it is missing."""


def kinds(cache: Cache) -> dict[str, Kind]:
    """Return the kinds by name. Types come first: a PimJob without its type seems unknown.

    So do PimNotifiers: nobody is told later of what was decided before they were known.
    """
    found = (
        Kind(
            name="PimJobType",
            path=lambda _namespace: paths.pimjobtypes(),
            selector="",
            known=lambda _namespace: _by_uid(cache.types.values()),
            find=lambda found: cache.types.get(found["metadata"]["name"]),
            put=cache.put_type,
            drop=cache.drop_type,
            concerns=lambda found: list(cache.of_type(found["metadata"]["name"])),
            namespaced=False,
        ),
        Kind(
            name="Job",
            path=paths.jobs,
            selector=LABEL_JOB_UID,
            known=lambda namespace: _by_uid(_members(cache.jobs), namespace),
            find=lambda found: _child(cache.jobs, found),
            put=cache.put_job,
            drop=cache.drop_job,
            concerns=lambda found: (owner_of(found),),
        ),
        Kind(
            name="Pod",
            path=paths.pods,
            selector=LABEL_JOB_UID,
            known=lambda namespace: _by_uid(
                (pod for pod in _members(cache.pods) if GONE not in pod), namespace
            ),
            find=lambda found: _child(cache.pods, found),
            put=cache.put_pod,
            drop=cache.drop_pod,
            concerns=lambda found: (owner_of(found),),
        ),
        Kind(
            name="Deployment",
            path=paths.deployments,
            selector="",
            known=lambda namespace: _by_uid(cache.deployments.values(), namespace),
            find=lambda found: cache.deployments.get(place_of(found)),
            put=cache.put_deployment,
            drop=cache.drop_deployment,
            concerns=lambda found: _watching(cache, found),
        ),
        Kind(
            name="PimRelease",
            path=paths.pimreleases,
            selector="",
            known=lambda namespace: _by_uid(cache.releases.values(), namespace),
            find=lambda found: cache.releases.get(found["metadata"]["uid"]),
            put=cache.put_release,
            drop=lambda found: cache.drop_release(found["metadata"]["uid"]),
            concerns=lambda found: (release_key(found),),
        ),
        Kind(
            name="PimNotifier",
            path=paths.pimnotifiers,
            selector="",
            known=lambda namespace: _by_uid(cache.notifiers.values(), namespace),
            find=lambda found: cache.notifiers.get(found["metadata"]["uid"]),
            put=cache.put_notifier,
            drop=lambda found: cache.drop_notifier(found["metadata"]["uid"]),
            # It tells of what happens from now on.
            concerns=lambda _found: (),
            optional=True,
        ),
        Kind(
            name="PimJob",
            path=paths.pimjobs,
            selector="",
            known=lambda namespace: _by_uid(cache.pimjobs.values(), namespace),
            find=lambda found: cache.pimjobs.get(found["metadata"]["uid"]),
            put=cache.put_pimjob,
            drop=lambda found: cache.drop_pimjob(found["metadata"]["uid"]),
            concerns=lambda found: (str(found["metadata"]["uid"]),),
        ),
    )
    return {kind.name: kind for kind in found}


def release_key(release: Object) -> str:
    """Return a PimRelease's key in the queue, where PimJobs are known by their UIDs."""
    return f"{RELEASE_PREFIX}{release['metadata']['uid']}"


def _watching(cache: Cache, deployment: Object) -> list[str]:
    """Return the keys of the releases that watch a Deployment."""
    namespace, name = place_of(deployment)
    return [
        release_key(release)
        for release in cache.releases_in(namespace)
        if name in (release["spec"].get("deployments") or ())
    ]


def _child(children: Children, found: Object) -> Object | None:
    return children.get(owner_of(found), {}).get(found["metadata"]["uid"])


def _members(children: Children) -> Iterator[Object]:
    return (child for siblings in children.values() for child in siblings.values())


def _by_uid(objects: Iterable[Object], namespace: str | None = None) -> dict[str, Object]:
    return {
        found["metadata"]["uid"]: found
        for found in objects
        if namespace in {None, found["metadata"].get("namespace")}
    }
