"""What the API server takes and refuses of a PimRelease, and how people see it."""

from typing import Any

import pytest
from kubernetes import client

from pimjob_api import bounds
from pimjob_api.definitions import PIMRELEASE
from pimjob_api.names import API_VERSION, GROUP, PLURAL_PIMRELEASE, VERSION
from pimjob_api.schema import structural
from support.largest import compact, largest
from support.pimjobs import MERGE, refusal

STATUS = structural(PIMRELEASE.status, defaults=False)
WEIGHT = 32 * 1024
"""What a whole PimRelease may take; counts are written into it while jobs drain."""


class Releases:
    """The PimReleases of one namespace."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._objects = client.CustomObjectsApi(api)
        self._where = (GROUP, VERSION, namespace, PLURAL_PIMRELEASE)

    def create(self, name: str = "weekly", **spec: Any) -> dict[str, Any]:
        body = {
            "apiVersion": API_VERSION,
            "kind": "PimRelease",
            "metadata": {"name": name},
            "spec": spec,
        }
        made: dict[str, Any] = self._objects.create_namespaced_custom_object(
            *self._where, body, field_validation="Strict"
        )
        return made

    def report(self, status: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = self._objects.patch_namespaced_custom_object_status(
            *self._where, "weekly", {"status": status}, _content_type=MERGE
        )
        return changed


@pytest.fixture
def releases(api: client.ApiClient, namespace: str) -> Releases:
    return Releases(api, namespace)


def test_the_largest_status_has_a_bound() -> None:
    assert len(compact(largest(STATUS))) < WEIGHT


@pytest.mark.cluster
def test_the_largest_release_is_taken_whole(releases: Releases) -> None:
    requirement = {
        "key": f"{'p' * 253}/{'n' * 63}",
        "operator": "In",
        "values": ["v" * 63] * bounds.MAX_LABELS,
    }
    spec = {
        "gate": "Closed",
        "deployments": [f"{n:02}{'d' * 251}" for n in range(bounds.MAX_DEPLOYMENTS)],
        "selector": {
            "matchLabels": {
                f"{n}{'p' * 252}/{'n' * 63}": "v" * 63 for n in range(bounds.MAX_LABELS)
            },
            "matchExpressions": [requirement] * bounds.MAX_LABELS,
        },
        "deadlineSeconds": bounds.DEADLINE_SECONDS,
        "reason": "é" * bounds.COMMENT,
    }
    assert releases.create(**spec)["spec"] == spec
    assert releases.report(largest(STATUS))["status"] == largest(STATUS)
    assert len(compact({"spec": spec, "status": largest(STATUS)})) < WEIGHT


@pytest.mark.cluster
def test_a_release_closes_the_gate_for_an_hour_at_most_unless_it_says_otherwise(
    releases: Releases,
) -> None:
    assert releases.create()["spec"] == {"gate": "Closed", "deadlineSeconds": 3600}


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"gate": "Ajar"}, 'spec.gate: Unsupported value: "Ajar"'),
        ({"deployments": ["web", "api", "web"]}, "each Deployment can be named once"),
        ({"deployments": ["Web"]}, "spec.deployments[0]: Invalid value"),
        ({"deployments": [f"d{n}" for n in range(17)]}, "spec.deployments: Too many: 17"),
        ({"deadlineSeconds": 0}, "spec.deadlineSeconds: Invalid value: 0"),
        ({"deadlineSeconds": 604801}, "spec.deadlineSeconds: Invalid value: 604801"),
        ({"reason": "r" * 201}, "spec.reason: Too long"),
        (
            {"selector": {"matchLabels": {"k" * 318: "v"}}},
            "a label's key may have at most 317 characters",
        ),
        ({"selector": {"matchLabels": {"k": "not a label"}}}, "spec.selector.matchLabels.k"),
        (
            {"selector": {"matchExpressions": [{"key": "k", "operator": "In"}]}},
            "In and NotIn need values; Exists and DoesNotExist have none",
        ),
        (
            {
                "selector": {
                    "matchExpressions": [{"key": "k", "operator": "Exists", "values": ["v"]}]
                }
            },
            "In and NotIn need values; Exists and DoesNotExist have none",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "k", "operator": "Like"}]}},
            "spec.selector.matchExpressions[0].operator: Unsupported value",
        ),
    ],
)
def test_what_no_release_could_mean_is_refused(
    releases: Releases, spec: dict[str, Any], message: str
) -> None:
    assert message in refusal(lambda: releases.create(**spec))


@pytest.mark.cluster
def test_a_name_fits_into_the_jobs_that_wait_for_it(releases: Releases) -> None:
    message = refusal(lambda: releases.create("a" * 64))
    assert "metadata.name may have at most 63 characters: the jobs that wait" in message
