"""Whatever a status would have to hold, and whoever refuses it: the job goes on, and says why."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from pimjob_api import bounds
from pimjob_api.definitions import PIMJOB
from pimjob_api.names import RUNNER_FIELDS
from pimjob_api.phases import OutcomeKind
from pimjob_api.schema import structural
from support.control_plane import Api, wait_for
from support.fault_proxy import FaultProxy
from support.largest import largest
from support.mortal import Lives
from support.place import Place
from support.releases import Releases
from support.reports import values
from support.supervised import Supervised, supervised

pytestmark = pytest.mark.cluster

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
STATUS = structural(PIMJOB.status, defaults=False)
REPORTS = {
    **STATUS,
    "properties": {name: STATUS["properties"][name] for name in RUNNER_FIELDS},
}
"""All that a runner may report."""
EXAMPLES = 20


@pytest.fixture
def forbidden(server: tuple[Api, Path], place: Place) -> Iterator[Callable[[str, str], None]]:
    """Have the cluster refuse statuses of the place, by an expression that they have to fulfil."""
    api, _ = server
    policies, bindings = (
        f"{ADMISSION}/validatingadmissionpolicies",
        f"{ADMISSION}/validatingadmissionpolicybindings",
    )

    def forbid(resource: str, expression: str) -> None:
        rule = {
            "apiGroups": ["pimjobs.dev"], "apiVersions": ["*"], "operations": ["*"],
            "resources": [resource],
        }  # fmt: skip
        here = {"matchLabels": {"kubernetes.io/metadata.name": place.namespace}}
        spec = {
            "matchConstraints": {"resourceRules": [rule], "namespaceSelector": here},
            "validations": [{"expression": expression, "message": "no texts in this cluster"}],
        }
        api.create(policies, {"metadata": {"name": place.namespace}, "spec": spec})
        binding = {"policyName": place.namespace, "validationActions": ["Deny"]}
        api.create(bindings, {"metadata": {"name": place.namespace}, "spec": binding})

    yield forbid
    for path in (bindings, policies):
        if api.exists(f"{path}/{place.namespace}"):
            api.delete(f"{path}/{place.namespace}")


def test_numbers_that_no_sum_may_hold(active: FaultProxy, place: Place) -> None:
    place.start("a")
    most = [{"name": name, "processed": bounds.NUMBER} for name in ("one", "two")]
    place.report("a", 0, steps=most)
    place.crash("a-1")
    place.run("a-2")
    place.wait("a", "Running")
    assert place.status("a")["attempts"][0]["processed"] == bounds.NUMBER
    place.end("a-2", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    assert active.count() < 100


def test_images_of_any_length(server: tuple[Api, Path], tmp_path: Path, place: Place) -> None:
    image = "registry.example/" + "x" * bounds.IMAGE
    log = tmp_path / "log"
    with supervised(server[1], log, place.namespace, runner_image=image):
        place.start("a")
        assert place.status("a")["attempts"][0]["image"].startswith("registry.example/xxx")
        place.end("a-1", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")


def test_a_status_that_is_refused_says_less_and_that_it_was_refused(
    disturbed: tuple[FaultProxy, Supervised],
    place: Place,
    forbidden: Callable[[str, str], None],
) -> None:
    proxy, operator = disturbed
    operator.wait("active")
    place.start("a")
    forbidden("pimjobs/status", "!object.status.message.contains('being started')")
    path = place.path("pimjobs", "a") + "/status"
    body = {"status": {"message": "being started"}}
    wait_for(lambda: place.api.refusal(path, body), "the policy")
    before = proxy.by_kind()["PATCH", "pimjobs/status"]
    place.crash("a-1")
    refused = place.wait("a", "Starting", "Starting")
    (condition,) = refused["conditions"]
    assert condition["type"] == "StatusRefused"
    assert "no texts in this cluster" in condition["message"]
    assert [a.get("outcome") for a in refused["attempts"]] == ["Crashed", None]
    place.run("a-2")
    assert "conditions" not in place.wait("a", "Running")
    place.end("a-2", OutcomeKind.COMPLETED)
    place.wait("a", "Completed")
    assert proxy.by_kind()["PATCH", "pimjobs/status"] - before <= 8
    assert ("Warning", "StatusRefused") in {event[:2] for event in place.events("a")}


def test_a_gate_closes_and_opens_though_its_status_is_refused(
    active: FaultProxy,
    place: Place,
    releases: Releases,
    forbidden: Callable[[str, str], None],
) -> None:
    releases.create(gate="Open")
    releases.wait("Open")
    forbidden("pimreleases/status", "!object.status.message.contains('spec.gate')")
    path = place.path("pimreleases", "weekly") + "/status"
    body = {"status": {"message": "spec.gate"}}
    wait_for(lambda: place.api.refusal(path, body), "the policy")
    releases.change(gate="Closed")
    releases.wait("Closed")
    assert releases.condition("StatusRefused") == "True"
    releases.change(gate="Open")
    releases.wait("Open")
    assert active.count() < 100


def test_an_end_is_told_though_its_text_is_refused(
    server: tuple[Api, Path],
    tmp_path: Path,
    place: Place,
    forbidden: Callable[[str, str], None],
) -> None:
    place.notifier("erp", "Completed")
    forbidden("pimnotifications", "!has(object.spec.data.message)")
    told = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimNotification",
        "metadata": {"name": "told"},
        "spec": {"id": "0" * 32, "notifier": "erp", "event": "Completed",
                 "time": "2026-01-01T12:00:00Z",
                 "subject": {"kind": "PimJob", "name": "a", "uid": "u"}, "data": {"message": "x"}},
    }  # fmt: skip
    path = place.path("pimnotifications") + "?dryRun=All"
    wait_for(lambda: not place.api.takes(path, told), "the policy")
    with supervised(server[1], tmp_path / "log", place.namespace, notifications="true"):
        place.launch("a")
        place.end("a-1", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
    (found,) = place.notifications()
    assert (found["event"], found["data"]["name"], found["data"]["phase"]) == (
        "Completed", "a", "Completed",
    )  # fmt: skip


@given(report=values(REPORTS))
@example(report=largest(REPORTS))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_a_runner_reports_its_job_reaches_the_next_phase(
    server: tuple[Api, Path], place: Place, report: dict[str, Any]
) -> None:
    name = f"a{len(place.job_names())}"
    life = Lives(server[1], place, place.launch(name))
    life.reconcile()
    place.run(f"{name}-1")
    life.reconcile()
    assert place.status(name)["phase"] == "Running"
    with contextlib.suppress(AssertionError):
        place.report(name, 0, **report)
    place.crash(f"{name}-1")
    life.reconcile()
    status = place.status(name)
    assert (status["phase"], status["attemptCount"]) == ("Starting", 2)
    assert status["attempts"][0]["outcome"] == "Crashed"
    assert "conditions" not in status
