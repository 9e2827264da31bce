"""Whatever one object holds: it alone suffers, it says why, and the operator goes on."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pimjob_api.phases import OutcomeKind
from support.arbitrary import arbitrary
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess
from support.place import PIMJOBS, Place

pytestmark = pytest.mark.cluster

CRDS = Path(__file__).resolve().parents[2] / "crds"
KINDS = {"pimjobs": "PimJob", "pimjobtypes": "PimJobType", "pimreleases": "PimRelease",
         "pimnotifiers": "PimNotifier"}  # fmt: skip
ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
ERRORS = 'pimjob_operator_reconciles_total{result="error"}'


def schema_of(plural: str) -> dict[str, Any]:
    crd = yaml.safe_load((CRDS / f"{plural}.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    return found


OBJECTS = st.fixed_dictionaries(
    {
        plural: st.fixed_dictionaries(
            {part: arbitrary(found) for part, found in schema_of(plural).items()
             if part in {"spec", "status"}}
        )
        for plural in KINDS
    }
)  # fmt: skip


def completes(place: Place, name: str) -> None:
    place.launch(name)
    place.run(f"{name}-1")
    place.end(f"{name}-1", OutcomeKind.COMPLETED)
    place.wait(name, "Completed")


@pytest.fixture(scope="module")
def without_policy(server: tuple[Api, Path]) -> Iterator[None]:
    """A cluster in which no policy bounds parameters: somebody else has installed the CRDs."""
    api, binding = server[0], f"{ADMISSION}/pimjob-parameters.pimjobs.dev"
    found = api.get(binding)
    api.delete(binding)
    path = f"{PIMJOBS}/namespaces/default/pimjobs?dryRun=All"
    wait_for(lambda: api.takes(path, deep_job(40)), "a server without the policy")
    yield
    del found["metadata"]["resourceVersion"], found["metadata"]["uid"]
    api.create(ADMISSION, found)
    wait_for(lambda: not api.takes(path, deep_job(40)), "the policy to be back")


def deep_job(levels: int) -> str:
    nested = '{"source":' + "[" * levels + "]" * levels + "}"
    return (
        '{"apiVersion":"pimjobs.dev/v1alpha1","kind":"PimJob","metadata":{"name":"deep"},'
        f'"spec":{{"type":"numbers","parameters":{nested}}}}}'
    )


@pytest.mark.usefixtures("without_policy")
@pytest.mark.parametrize("levels", [40, 400, 900, 1_100, 9_000])
def test_parameters_that_are_nested_too_deep_fail_their_job_and_no_other(
    place: Place, operator: OperatorProcess, levels: int
) -> None:
    place.api.create(place.path("pimjobs"), deep_job(levels))
    failed = place.wait("deep", "Failed", "InvalidParameters")
    assert "parameters: nested deeper than 32 levels" in failed["message"]
    completes(place, "other")
    assert operator.process.poll() is None


@settings(
    max_examples=40,
    deadline=None,
    # An operator that has ended does not come back for a smaller example.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(objects=OBJECTS)
def test_objects_of_every_kind_that_the_api_server_takes(
    place: Place, beside: Place, operator: OperatorProcess, objects: dict[str, Any]
) -> None:
    errors = operator.metric(ERRORS)
    for plural, found in objects.items():
        create(place, plural, found)
    # Elsewhere: a PimRelease may hold whatever is in its namespace.
    completes(beside, f"a-{uuid.uuid4().hex[:8]}")
    assert operator.metric(ERRORS) == errors, operator.log
    assert operator.process.poll() is None


def create(place: Place, plural: str, found: dict[str, Any]) -> None:
    """Create an object, and give it a status, as far as the API server takes them."""
    name = f"odd-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "pimjobs.dev/v1alpha1", "kind": KINDS[plural], "metadata": {"name": name}}
    folder = f"{PIMJOBS}/{plural}" if plural == "pimjobtypes" else place.path(plural)
    if place.api.takes(folder, {**body, "spec": found["spec"]}) and "status" in found:
        place.api.refusal(f"{folder}/{name}/status", {"status": found["status"]})


@pytest.fixture
def beside(new_place: Callable[[], Place]) -> Place:
    """Another namespace."""
    return new_place()


@pytest.fixture
def place(server: tuple[Api, Path], place: Place) -> Iterator[Place]:
    """A namespace whose types go with the test."""
    yield place
    for found in server[0].get(f"{PIMJOBS}/pimjobtypes")["items"]:
        if found["metadata"]["name"].startswith("odd-"):
            server[0].delete(f"{PIMJOBS}/pimjobtypes/{found['metadata']['name']}")
