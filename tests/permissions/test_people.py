"""Every cell of docs/permissions.md, by people with certificates, on a real API server."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.names import RUNNER_ACCOUNT
from support.callers import MERGE, Caller, person
from support.control_plane import Api
from support.permissions import DEEDS, FILE, LAUNCH, ROLES, STEER, Deed, document
from support.place import Place
from support.roles import bind, bind_everywhere

pytestmark = pytest.mark.cluster

PASSED_BY_RBAC = {("POST", "pimjobs"): LAUNCH, ("PATCH", "pimjobs/$job"): STEER}
"""Who misses nothing but a verb of ours, and is told so by a policy."""
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
    job = make_job(place, deed.before)

    answer = somebody.call(*deed.call(place.namespace, job, somebody.name))

    if role in deed.allowed:
        assert answer.code < 300, answer.message
        return
    assert answer.code == 403, answer.body
    if role in PASSED_BY_RBAC.get((deed.method, deed.path), set()):
        assert f"the verb {deed.missing} on pimjobs.pimjobs.dev" in answer.message
        assert f"in namespace {place.namespace}" in answer.message
        assert "Ask an administrator of the namespace for a role that has it" in answer.message
    else:
        assert f'User "{somebody.name}" cannot' in answer.message
        assert "denied request" not in answer.message


COMMANDS: dict[str, dict[str, Any]] = {
    "stop": {"desiredState": "Stopped", "reason": "wrong file"},
    "pause": {"desiredState": "Paused", "reason": "lunch"},
    "retry": {"retry": 1},
    "update": {"label": "New"},
}


@pytest.mark.parametrize("verb", [*COMMANDS, None])
def test_to_patch_is_to_do_what_one_has_a_verb_for(
    server: tuple[Api, Path], place: Place, verb: str | None
) -> None:
    somebody = person(server, f"only-{verb}")
    verbs = ["patch", *([verb] if verb else [])]
    rule = {"apiGroups": ["pimjobs.dev"], "resources": ["pimjobs"], "verbs": verbs}
    bind_everywhere(place.api, somebody.name, somebody.name, rule)
    done = set()
    for command, spec in COMMANDS.items():
        job = make_job(place, {"phase": "Failed"} if command == "retry" else {})
        answer = somebody.call("PATCH", place.path("pimjobs", job), {"spec": spec}, MERGE)
        if answer.code == 200:
            done.add(command)
        else:
            assert f"{somebody.name} may not" in answer.message
            assert f"the verb {command} on pimjobs.pimjobs.dev is missing" in answer.message
    assert done == {verb} - {None}


def make_job(place: Place, before: dict[str, Any]) -> str:
    """Make a job of this spec and phase; return its name."""
    name = f"job-{next(_numbers)}"
    place.launch(name, **{key: value for key, value in before.items() if key != "phase"})
    if "phase" in before:
        status = {"status": {"phase": before["phase"]}}
        place.api.patch(f"{place.path('pimjobs', name)}/status", status)
    return name


_numbers = itertools.count()
