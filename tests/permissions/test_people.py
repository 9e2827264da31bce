"""Every cell of docs/permissions.md, by people with certificates, on a real API server."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.names import RUNNER_ACCOUNT
from support.callers import APPLY, MERGE, Caller, person
from support.control_plane import Api
from support.permissions import DEEDS, FILE, LAUNCH, ROLES, STEER_OWN, Deed, document, filled
from support.pimjobs import pimjob
from support.place import Place
from support.roles import bind, bind_everywhere

pytestmark = pytest.mark.cluster

PASSED_BY_RBAC = {("POST", "pimjobs"): LAUNCH, ("PATCH", "pimjobs/$job"): STEER_OWN}
"""Who misses nothing but a verb of ours, and is told so by a policy."""
STOP: dict[str, Any] = {"spec": {"desiredState": "Stopped"}}
CELLS = [(role, deed) for role in ROLES for deed in DEEDS]


@pytest.fixture(scope="module")
def people(server: tuple[Api, Path], place: Place) -> dict[str, Caller]:
    """Somebody for each column, logged in, with that role in the namespace."""
    for plural, name in (("serviceaccounts", RUNNER_ACCOUNT), ("secrets", "pimjob-database")):
        place.api.create(place.path(plural), {"metadata": {"name": name}})
    found = {}
    for role, cluster_role in ROLES.items():
        found[role] = person(server, f"{role.replace(' ', '-')}@example.com")
        if cluster_role:
            bind(place, found[role].name, cluster_role)
    return found


def test_the_document_is_that_of_the_table() -> None:
    assert FILE.read_text() == document(), "Run make generate."


@pytest.mark.parametrize(
    ("role", "deed"), CELLS, ids=[f"{role}-{deed.what}" for role, deed in CELLS]
)
def test_a_person_does_something(
    place: Place, people: dict[str, Caller], role: str, deed: Deed
) -> None:
    somebody = people[role]
    job = make_job(place, filled(deed.before, somebody.name))

    answer = somebody.call(*deed.call(place.namespace, job, somebody.name))

    if role in deed.allowed:
        assert answer.code < 300, answer.message
        return
    assert answer.code == 403, answer.body
    if role in PASSED_BY_RBAC.get((deed.method, deed.path), set()):
        # Of several verbs that are missing, one is told.
        verb = "|".join(deed.missing)
        assert re.search(rf"the verb ({verb}) on pimjobs\.pimjobs\.dev", answer.message)
        assert f"in namespace {place.namespace}" in answer.message
        assert "Ask an administrator of the namespace for a role that has it" in answer.message
    else:
        assert f'User "{somebody.name}" cannot' in answer.message
        assert "denied request" not in answer.message


def test_whose_a_job_is_decides_by_the_whole_name(place: Place, people: dict[str, Caller]) -> None:
    launcher = people["launcher"]
    others = (f"{launcher.name}.evil", launcher.name[:-1], launcher.name.upper(), "marc", None)
    for user in others:
        job = make_job(place, {"user": user} if user else {})
        answer = launcher.call("PATCH", place.path("pimjobs", job), STOP, MERGE)
        assert answer.code == 403, user
        assert "For what you launch yourself stop-own is enough" in answer.message


@pytest.mark.parametrize("kind", [MERGE, "json-patch+json", APPLY, "json"])
def test_what_one_has_launched_cannot_be_stopped_and_changed_at_once(
    place: Place, people: dict[str, Caller], kind: str
) -> None:
    """However it is sent. An update (`json`) takes a verb of Kubernetes that launchers lack."""
    launcher = people["launcher"]
    job = make_job(place, {"user": launcher.name})
    path, label = place.path("pimjobs", job), {"labels": {"a": "b"}}
    body: Any = {"metadata": label, **STOP}
    if kind == "json-patch+json":
        body = [
            {"op": "add", "path": "/metadata/labels", "value": {"a": "b"}},
            {"op": "replace", "path": "/spec/desiredState", "value": "Stopped"},
        ]
    elif kind == APPLY:
        body |= {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob"}
        body["spec"] = {"type": "numbers", **STOP["spec"]}
        path += "?fieldManager=test&force=true"
    elif kind == "json":
        body = place.api.get(path)
        body["spec"] |= STOP["spec"]
    answer = launcher.call("PUT" if kind == "json" else "PATCH", path, body, kind)
    assert answer.code == 403, answer.body
    assert place.api.get(path)["spec"]["desiredState"] == "Running"


OWNERS = [{"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "1"}]


@pytest.mark.parametrize("user", ["launcher@example.com", "marc"])
@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"labels": {"a": "b"}}},
        {"metadata": {"annotations": {"a": "b"}}},
        {"metadata": {"ownerReferences": OWNERS}},
        {"metadata": {"finalizers": ["example.com/stay"]}},
        {"metadata": {"generateName": "a-"}},
        {"metadata": {"managedFields": [{}]}},
        {"spec": {"label": "New"}},
    ],
    ids=lambda change: next(iter(change[min(change)])),
)
def test_patch_and_own_verbs_change_nothing_else_of_any_job(
    place: Place, people: dict[str, Caller], user: str, change: dict[str, Any]
) -> None:
    """Not even who owns which fields of the status, by which stale ones would stay."""
    job = make_job(place, {"user": user, "phase": "Failed"})
    path = place.path("pimjobs", job)
    before = place.api.get(path)
    answer = people["launcher"].call("PATCH", path, change, MERGE)
    assert answer.code == 403, answer.body["metadata"]
    assert place.api.get(path) == before


def test_patch_takes_no_status_and_makes_no_job(place: Place, people: dict[str, Caller]) -> None:
    stopper = people["stopper"]
    path = place.path("pimjobs", make_job(place, {}))
    place.api.patch(path, {"spec": {"desiredState": "Paused"}})
    stopped = stopper.call("PATCH", path, {**STOP, "status": {"phase": "Failed"}}, MERGE)
    assert "status" not in stopped.taken()
    absent = f"{place.path('pimjobs', 'absent')}?fieldManager=test"
    body = pimjob("absent")
    assert stopper.call("PATCH", absent, body, APPLY).code == 403


COMMANDS: dict[str, dict[str, Any]] = {
    "stop": {"desiredState": "Stopped", "reason": "wrong file"},
    "pause": {"desiredState": "Paused", "reason": "lunch"},
    "retry": {"retry": 1},
    "update": {"label": "New"},
}


@pytest.mark.parametrize("verb", [*COMMANDS, None, "stop-own", "pause-own", "retry-own"])
def test_to_patch_is_to_do_what_one_has_a_verb_for(
    server: tuple[Api, Path], place: Place, verb: str | None
) -> None:
    somebody = person(server, f"only-{verb}")
    verbs = ["patch", *([verb] if verb else [])]
    rule = {"apiGroups": ["pimjobs.dev"], "resources": ["pimjobs"], "verbs": verbs}
    bind_everywhere(place.api, somebody.name, somebody.name, rule)
    done = set()
    for command, spec in COMMANDS.items():
        before = {"user": somebody.name if (verb or "").endswith("-own") else "marc"}
        job = make_job(place, before | ({"phase": "Failed"} if command == "retry" else {}))
        answer = somebody.call("PATCH", place.path("pimjobs", job), {"spec": spec}, MERGE)
        if answer.code == 200:
            done.add(command)
        else:
            assert f"{somebody.name} may not" in answer.message
            assert f"the verb {command} on pimjobs.pimjobs.dev is missing" in answer.message
    assert done == ({verb.removesuffix("-own")} if verb else set())


def make_job(place: Place, before: dict[str, Any]) -> str:
    """Make a job of this spec and phase; return its name."""
    name = f"job-{next(_numbers)}"
    place.launch(name, **{key: value for key, value in before.items() if key != "phase"})
    if "phase" in before:
        status = {"status": {"phase": before["phase"]}}
        place.api.patch(f"{place.path('pimjobs', name)}/status", status)
    return name


_numbers = itertools.count()
