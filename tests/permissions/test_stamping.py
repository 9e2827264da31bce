"""Who launched a job and who gave it a command is written down; applying again changes nothing."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_api.names import MANAGER_ON_BEHALF
from support.callers import APPLY, MERGE, Caller, person, person_kubeconfig, program
from support.control_plane import Api, binaries
from support.place import Place
from support.roles import bind

pytestmark = pytest.mark.cluster

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def julia(server: tuple[Api, Path], place: Place) -> Caller:
    """She may edit."""
    bind(place, "julia", "edit")
    return person(server, "julia")


@pytest.fixture(scope="module")
def marc(server: tuple[Api, Path], place: Place) -> Caller:
    """He may edit as well."""
    bind(place, "marc", "edit")
    return person(server, "marc")


@pytest.fixture(scope="module")
def tracker(server: tuple[Api, Path], place: Place) -> Caller:
    """A program that acts for people."""
    place.api.create(place.path("serviceaccounts"), {"metadata": {"name": "tracker"}})
    found = program(server, place.namespace, "tracker")
    bind(place, found.name, "pimjobs-admin")
    return found


@pytest.fixture
def job(place: Place, julia: Caller, request: pytest.FixtureRequest) -> str:
    """The path of a job that Julia has launched."""
    name = f"job-{abs(hash(request.node.name)) % 10**8}"
    julia.call("POST", place.path("pimjobs"), manifest(name)).taken()
    return place.path("pimjobs", name)


@pytest.fixture(scope="module")
def kubectl(server: tuple[Api, Path], place: Place, julia: Caller) -> Kubectl:
    """What Julia does at her terminal."""
    config = person_kubeconfig(server, julia.name)

    def run(*arguments: str, stdin: Any = None) -> subprocess.CompletedProcess[str]:
        command = [binaries() / "kubectl", f"--kubeconfig={config}", "-n", place.namespace]
        return subprocess.run(
            [*command, *arguments],
            input=None if stdin is None else yaml.safe_dump(stdin),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def manifest(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": name},
        "spec": {"type": "no_such_type", **spec},
    }


def steer(caller: Caller, job: str, manager: str = "test", **spec: Any) -> dict[str, Any]:
    """Patch the spec; return it."""
    path = f"{job}?fieldManager={manager}"
    found: dict[str, Any] = caller.call("PATCH", path, {"spec": spec}, MERGE).taken()["spec"]
    return found


def test_who_launches_is_stamped_and_no_command_is_theirs_yet(place: Place, job: str) -> None:
    spec = place.api.get(job)["spec"]
    assert spec["user"] == "julia"
    assert "requestedBy" not in spec


def test_an_empty_name_is_none(place: Place, julia: Caller) -> None:
    body = manifest("empty-name", user="", requestedBy="", desiredState="Paused")
    spec = julia.call("POST", place.path("pimjobs"), body).taken()["spec"]
    assert (spec["user"], spec["requestedBy"]) == ("julia", "julia")


def test_who_launches_it_paused_has_given_that_command(place: Place, julia: Caller) -> None:
    body = manifest("paused", desiredState="Paused")
    spec = julia.call("POST", place.path("pimjobs"), body).taken()["spec"]
    assert (spec["user"], spec["requestedBy"]) == ("julia", "julia")


def test_each_command_is_stamped_anew(job: str, julia: Caller, marc: Caller) -> None:
    assert steer(marc, job, desiredState="Paused")["requestedBy"] == "marc"
    assert steer(julia, job, desiredState="Running")["requestedBy"] == "julia"
    assert steer(marc, job, reason="lunch")["requestedBy"] == "marc"
    assert steer(marc, job, desiredState="Stopped", requestedBy="marc")["requestedBy"] == "marc"


def test_what_is_no_command_leaves_the_last_ones_name(
    job: str, julia: Caller, marc: Caller
) -> None:
    steer(marc, job, desiredState="Paused")
    assert steer(julia, job, label="New", desiredState="Paused")["requestedBy"] == "marc"


def test_a_retry_is_stamped(place: Place, job: str, marc: Caller) -> None:
    place.api.patch(f"{job}/status", {"status": {"phase": "Failed"}})
    assert steer(marc, job, retry=1)["requestedBy"] == "marc"


def test_nobody_erases_or_rewrites_who_gave_a_command(
    job: str, julia: Caller, marc: Caller
) -> None:
    steer(marc, job, desiredState="Paused")
    assert steer(julia, job, requestedBy=None)["requestedBy"] == "marc"
    refused = julia.call("PATCH", job, {"spec": {"requestedBy": "julia"}}, MERGE)
    assert refused.code == 403
    assert "it changes with desiredState, reason or retry, not by itself" in refused.message


def test_a_program_says_whom_it_acts_for_also_twice_in_a_row(
    job: str, tracker: Caller, marc: Caller
) -> None:
    steer(marc, job, desiredState="Paused")
    resumed = steer(tracker, job, desiredState="Running", requestedBy="anna")
    assert resumed["requestedBy"] == "anna"
    again = {"desiredState": "Paused", "requestedBy": "anna"}
    assert steer(tracker, job, MANAGER_ON_BEHALF, **again)["requestedBy"] == "anna"
    # Without that word, a name that is there already is a left-over.
    assert steer(tracker, job, desiredState="Running")["requestedBy"] == tracker.name


def test_the_word_of_who_may_not_act_for_others_counts_for_nothing(
    job: str, julia: Caller, marc: Caller
) -> None:
    steer(julia, job, desiredState="Paused")
    path = f"{job}?fieldManager={MANAGER_ON_BEHALF}"
    refused = marc.call("PATCH", path, {"spec": {"desiredState": "Running"}}, MERGE)
    assert refused.code == 403
    assert "spec.requestedBy: julia is not you: set it to marc." in refused.message


def test_a_program_without_that_right_launches_in_its_own_name(
    server: tuple[Api, Path], place: Place
) -> None:
    place.api.create(place.path("serviceaccounts"), {"metadata": {"name": "scheduler"}})
    scheduler = program(server, place.namespace, "scheduler")
    bind(place, scheduler.name, "pimjobs-launcher")
    made = scheduler.call("POST", place.path("pimjobs"), manifest("scheduled")).taken()
    assert made["spec"]["user"] == f"system:serviceaccount:{place.namespace}:scheduler"


def test_applying_a_manifest_again_changes_nothing(kubectl: Kubectl) -> None:
    plain = manifest("applied", label="One")
    assert kubectl("apply", "-f-", stdin=plain).stdout == "pimjob.pimjobs.dev/applied created\n"
    assert "unchanged" in kubectl("apply", "-f-", stdin=plain).stdout
    assert kubectl("diff", "-f-", stdin=plain).returncode == 0
    changed = manifest("applied", label="Two")
    assert "configured" in kubectl("apply", "-f-", stdin=changed).stdout
    assert "unchanged" in kubectl("apply", "-f-", stdin=changed).stdout


def test_applying_on_the_server_again_changes_nothing(place: Place, kubectl: Kubectl) -> None:
    """As Flux does, and Argo CD with ServerSideApply; the stamp is nobody's to take away."""
    apply = ("apply", "--server-side", "--field-manager=gitops", "-f-")
    paused = manifest("gitops", desiredState="Paused")
    for body in (manifest("gitops"), paused):
        first = kubectl(*apply, stdin=body)
        assert "serverside-applied" in first.stdout, first.stderr
        before = place.api.get(place.path("pimjobs", "gitops"))
        kubectl(*apply, stdin=body)
        after = place.api.get(place.path("pimjobs", "gitops"))
        assert after == before
        assert kubectl("diff", *apply[1:], stdin=body).returncode == 0
    assert (after["spec"]["user"], after["spec"]["requestedBy"]) == ("julia", "julia")


def test_what_git_says_of_people_comes_to_rest(server: tuple[Api, Path], place: Place) -> None:
    """GitOps has every verb. A name that is the last command's as well takes one more sync."""
    place.api.create(place.path("serviceaccounts"), {"metadata": {"name": "gitops"}})
    gitops = program(server, place.namespace, "gitops")
    bind(place, gitops.name, "cluster-admin")
    path = f"{place.path('pimjobs', 'from-git')}?fieldManager=gitops&force=true"

    def sync(state: str) -> tuple[str, str]:
        body = manifest("from-git", user="anna", requestedBy="anna", desiredState=state)
        answer = gitops.call("PATCH", path, body, APPLY).taken()
        return answer["spec"]["requestedBy"], answer["metadata"]["resourceVersion"]

    assert sync("Paused")[0] == "anna"
    assert sync("Running")[0] == gitops.name
    name, version = sync("Running")
    assert name == "anna"
    assert sync("Running") == ("anna", version)


def test_a_dry_run_says_what_would_be_stamped(place: Place, kubectl: Kubectl) -> None:
    shown = kubectl("create", "--dry-run=server", "-oyaml", "-f-", stdin=manifest("dry"))
    assert yaml.safe_load(shown.stdout)["spec"]["user"] == "julia"
    assert not place.api.exists(place.path("pimjobs", "dry"))


def test_replacing_by_a_file_keeps_the_stamps(place: Place, kubectl: Kubectl) -> None:
    kubectl("create", "-f-", stdin=manifest("replaced", desiredState="Paused"))
    done = kubectl("replace", "-f-", stdin=manifest("replaced", desiredState="Paused", label="B"))
    assert done.returncode == 0, done.stderr
    spec = place.api.get(place.path("pimjobs", "replaced"))["spec"]
    assert (spec["label"], spec["user"], spec["requestedBy"]) == ("B", "julia", "julia")


def test_a_manifest_without_a_spec_gets_the_schemas_words(place: Place, julia: Caller) -> None:
    body = {**manifest("empty")}
    del body["spec"]
    answer = julia.call("POST", place.path("pimjobs"), body)
    assert answer.code == 422
    assert "spec: Required value" in answer.message
