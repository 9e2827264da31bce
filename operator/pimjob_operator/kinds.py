"""The kinds that are watched: where each is listed, and what keeps it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pimjob_api.names import LABEL_JOB_UID
from pimjob_kube import paths
from pimjob_operator.cache import Cache
from pimjob_operator.stores import Keeper


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind, over one cache."""

    name: str
    path: Callable[[str | None], str]
    """Of its list, in a namespace or (None) in all."""
    store: Keeper
    selector: str = ""
    """Label selector, applied by the API server."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Versions that could not be stored, by UID."""
    namespaced: bool = True
    optional: bool = False
    """Whether jobs are run without it, where its CRD or the permission to read it is missing."""


def kinds(cache: Cache) -> dict[str, Kind]:
    """Return the kinds by name, in the order in which they are listed.

    What others are judged by comes first: types and PimReleases before PimJobs, PimReleases before
    the Deployments that they name, PimJobs before their Jobs, and those before their Pods.
    """
    found = (
        Kind(name="PimJobType", path=_types, store=cache.of_types, namespaced=False),
        Kind(name="PimNotifier", path=paths.pimnotifiers, store=cache.of_notifiers, optional=True),
        Kind(name="PimRelease", path=paths.pimreleases, store=cache.of_releases),
        Kind(name="Deployment", path=paths.deployments, store=cache.of_deployments),
        Kind(name="PimJob", path=paths.pimjobs, store=cache.of_pimjobs),
        Kind(name="Job", path=paths.jobs, store=cache.jobs, selector=LABEL_JOB_UID),
        Kind(name="Pod", path=paths.pods, store=cache.pods, selector=LABEL_JOB_UID),
    )
    return {kind.name: kind for kind in found}


def _types(_namespace: str | None) -> str:
    return paths.pimjobtypes()
