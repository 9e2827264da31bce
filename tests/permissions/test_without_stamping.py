"""Clusters that stamp nobody, as before Kubernetes 1.36: names are checked all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.callers import MERGE, Caller, person
from support.control_plane import Api, wait_for
from support.install import CRDS, install
from support.place import Place
from support.roles import bind

pytestmark = pytest.mark.cluster

BINDINGS = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings"


@pytest.fixture(scope="module")
def julia(server: tuple[Api, Path], place: Place) -> Iterator[Caller]:
    """She may edit, and nobody is stamped."""
    bind(place, "julia", "edit")
    somebody = person(server, "julia")
    place.api.delete(f"{BINDINGS}/pimjob-caller.pimjobs.dev")
    wait_for(lambda: "user" not in launch(somebody, place, "?dryRun=All"), "the policy to go")
    yield somebody
    install(place.api, CRDS / "policies" / "pimjob-caller.yaml")


def launch(somebody: Caller, place: Place, query: str = "") -> dict[str, str]:
    body = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": "job"},
        "spec": {"type": "no_such_type"},
    }
    spec: dict[str, str] = somebody.call("POST", place.path("pimjobs") + query, body).taken()[
        "spec"
    ]
    return spec


def test_who_says_nothing_is_nobody_and_an_old_name_has_to_be_replaced(
    place: Place, julia: Caller
) -> None:
    assert "user" not in launch(julia, place)
    job = place.path("pimjobs", "job")
    paused = julia.call("PATCH", job, {"spec": {"desiredState": "Paused"}}, MERGE)
    assert "requestedBy" not in paused.taken()["spec"]

    place.change("job", requestedBy="marc", reason="lunch")
    resume = {"desiredState": "Running"}
    refused = julia.call("PATCH", job, {"spec": resume}, MERGE)
    assert refused.code == 403
    assert "spec.requestedBy: marc is not you: set it to julia." in refused.message
    resumed = julia.call("PATCH", job, {"spec": {**resume, "requestedBy": "julia"}}, MERGE)
    assert resumed.code == 200
