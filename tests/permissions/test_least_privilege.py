"""The operator lives with the chart's roles, and uses each verb that they grant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.names import API_VERSION, KIND_PIMJOB
from pimjob_api.phases import OutcomeKind
from support.callers import APPLY, Answer, Caller, program, program_kubeconfig
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess, operator_process
from support.place import PIMJOBS, Place
from support.releases import Releases
from support.rights import Right, granted, used
from support.roles import bind_everywhere, rendered_roles

pytestmark = pytest.mark.cluster

OPERATOR = "system:serviceaccount:pim:pimjobs-operator"
TYPE = "installation_check"


# What the API server asks for in the course of another call, which is all that its log shows.
ASKED_WITHIN = {
    Right("create", "pimjobs.dev", "pimjobtypes"): "an apply of a type that is not there",
    Right("update", "pimjobs.dev", "pimjobs/finalizers"): "a Job that blocks its owner's deletion",
}


@pytest.fixture(scope="module")
def operator(
    server: tuple[Api, Path],
    place: Place,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    """An operator with the token of its ServiceAccount, and no more rights than the chart gives."""
    place.api.create(place.path("serviceaccounts"), {"metadata": {"name": "pimjob-runner"}})
    kubeconfig = program_kubeconfig(server, "pim", "pimjobs-operator")
    log = tmp_path_factory.mktemp("operator") / "log"
    with operator_process(
        kubeconfig, log, "least", namespace="pim", watch_namespaces=place.namespace
    ) as running:
        running.wait("active")
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def lived(operator: OperatorProcess, place: Place) -> OperatorProcess:
    """It has seen what happens to jobs and releases."""
    types = f"{PIMJOBS}/pimjobtypes/installation-check"
    wait_for(lambda: place.api.exists(types), "the built-in types")
    disobeys_and_is_resumed(place)
    loses_its_job(place)
    gets_no_pod(place)
    makes_room_for_a_release(place)
    return operator


def disobeys_and_is_resumed(place: Place) -> None:
    place.launch("resumed", type=TYPE)
    place.run("resumed-1")
    place.wait("resumed", "Running")
    place.change("resumed", desiredState="Paused")
    place.wait("resumed", "Paused")
    place.change("resumed", desiredState="Running")
    place.end("resumed-2", OutcomeKind.COMPLETED)
    place.wait("resumed", "Completed")


def loses_its_job(place: Place) -> None:
    place.launch("lost", type=TYPE)
    place.pod("lost-1")
    place.wait("lost", "Starting")
    deleted = {"propagationPolicy": "Background"}
    place.api.call("DELETE", place.path("jobs", "lost-1"), deleted)
    place.pod("lost-2")


def gets_no_pod(place: Place) -> None:
    """Why is in an Event, if anywhere."""
    place.forbid("pods")
    place.launch("waiting", type=TYPE)
    place.wait("waiting", "Starting", "QuotaExceeded")
    place.api.delete(place.path("resourcequotas", "none"))


def makes_room_for_a_release(place: Place) -> None:
    releases = Releases(place)
    releases.deploy("web", "web:1")
    releases.create(gate="Closed", deployments=["web"])
    releases.wait("Closed")


@pytest.fixture(scope="module")
def rights() -> set[Right]:
    """What the chart grants the operator."""
    return granted(rendered_roles(), "pimjobs-operator")


def test_it_lives_with_what_the_chart_grants(
    server: tuple[Api, Path], lived: OperatorProcess, rights: set[Right]
) -> None:
    assert used(server, OPERATOR) <= rights, lived.log.read_text()


def test_it_uses_each_verb_that_it_is_granted(
    server: tuple[Api, Path], lived: OperatorProcess, rights: set[Right]
) -> None:
    def unused() -> set[Right]:
        return rights - used(server, OPERATOR) - ASKED_WITHIN.keys()

    wait_for(lambda: not unused(), f"the use of {unused()}; see {lived.log}", seconds=10)


def test_who_may_not_create_a_type_may_not_apply_one_that_is_not_there(
    server: tuple[Api, Path], place: Place
) -> None:
    body = {
        "apiVersion": API_VERSION,
        "kind": "PimJobType",
        "metadata": {"name": "absent"},
        "spec": {"label": "A", "kind": "system", "steps": [{"name": "a", "label": "A"}]},
    }

    def apply(account: str, *verbs: str) -> Answer:
        caller = somebody(server, place, account)
        rule = {"apiGroups": ["pimjobs.dev"], "resources": ["pimjobtypes"], "verbs": [*verbs]}
        bind_everywhere(place.api, caller.name, account, rule)
        path = f"{PIMJOBS}/pimjobtypes/absent?fieldManager=test&dryRun=All"
        return caller.call("PATCH", path, body, APPLY)

    assert apply("only-patches", "patch").code == 403
    assert apply("creates", "patch", "create").code == 201


def test_who_may_not_update_finalizers_may_not_own_a_job_by_a_pimjob(
    server: tuple[Api, Path], place: Place
) -> None:
    def create(account: str, *rules: dict[str, Any]) -> Answer:
        caller = somebody(server, place, account)
        jobs = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]}
        bind_everywhere(place.api, caller.name, account, jobs, *rules)
        return caller.call("POST", place.path("jobs"), owned_job(account))

    finalizers = {
        "apiGroups": ["pimjobs.dev"],
        "resources": ["pimjobs/finalizers"],
        "verbs": ["update"],
    }
    refused = create("only-creates")
    assert refused.code == 403
    assert "cannot set blockOwnerDeletion" in refused.message
    assert create("owns", finalizers).code == 201


def somebody(server: tuple[Api, Path], place: Place, account: str) -> Caller:
    """A ServiceAccount without rights."""
    place.api.create(place.path("serviceaccounts"), {"metadata": {"name": account}})
    return program(server, place.namespace, account)


def owned_job(name: str) -> dict[str, Any]:
    owner = {"name": "resumed", "uid": "1", "controller": True, "blockOwnerDeletion": True}
    metadata = {
        "name": name,
        "ownerReferences": [{"apiVersion": API_VERSION, "kind": KIND_PIMJOB, **owner}],
    }
    pod = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "numbers:1"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"template": {"spec": pod}, "suspend": True},
    }
