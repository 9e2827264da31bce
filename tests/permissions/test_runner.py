"""A runner reports about its own PimJob and nothing else, with the token of its pod."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from large_progress import largest

from pimjob_api.names import (
    API_VERSION,
    KIND_PIMJOB,
    MANAGER_RUNNER,
    PIMJOB_NAME_LENGTH,
    RUNNER_ACCOUNT,
    RUNNER_FIELDS,
)
from pimjob_api.pimjob_status import PimJobStatus
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.reporting.kube import ApiServer, PimJobClient
from pimjob_runner.reporting.reporter import Reporter
from pimjob_runner.reporting.status import status_of
from support.callers import APPLY, MERGE, Answer, Caller, program, service_account_token
from support.control_plane import Api, wait_for
from support.place import Place
from support.rights import granted, used
from support.roles import apply_roles, bind_everywhere, rendered_roles

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Runner = Callable[..., Caller]


@pytest.fixture(scope="module")
def place(server: tuple[Api, Path], place: Place) -> Place:
    """A namespace in which the chart lets jobs run."""
    values = {"runner": {"namespaces": [place.namespace]}}
    apply_roles(place.api, rendered_roles(**values))
    _wait_for_policy(server, place)
    return place


def _wait_for_policy(server: tuple[Api, Path], place: Place) -> None:
    place.launch("probe", type="no_such_type")
    unbound = program(server, place.namespace, RUNNER_ACCOUNT)
    wait_for(lambda: not_its_own(report(unbound, place, "probe")), "the policy of runners")


@pytest.fixture
def runner(server: tuple[Api, Path], place: Place) -> Runner:
    """The runner of an attempt: it has the token of a pod that the Job controller has made."""

    def start(pimjob: str, attempt: int = 1) -> Caller:
        job = f"{pimjob}-{attempt}"
        place.api.create(place.path("jobs"), batch_job(job))
        pod = place.api.get(place.path("pods", place.pod(job)))
        return program(server, place.namespace, RUNNER_ACCOUNT, pod=pod)

    return start


@pytest.fixture
def name(place: Place) -> str:
    """A PimJob that nobody has recorded an attempt of."""
    name = f"job-{next(_numbers)}"
    place.launch(name, type="no_such_type")
    return name


_numbers = itertools.count()


def batch_job(name: str) -> dict[str, Any]:
    container = {"name": "runner", "image": "numbers:1"}
    pod = {
        "restartPolicy": "Never",
        "serviceAccountName": RUNNER_ACCOUNT,
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def report(runner: Caller, place: Place, name: str, **status: Any) -> Answer:
    """Apply a part of the status, as runners do."""
    body = {
        "apiVersion": API_VERSION,
        "kind": KIND_PIMJOB,
        "metadata": {"name": name},
        "status": status or {"heartbeatTime": "2026-01-01T00:00:00Z"},
    }
    path = f"{place.path('pimjobs', name)}/status?fieldManager={MANAGER_RUNNER}&force=true"
    return runner.call("PATCH", path, body, APPLY)


def not_its_own(answer: Answer) -> bool:
    said = "a runner may only report about its own PimJob" in answer.message
    return answer.code == 403 and said


def record(place: Place, name: str, *attempts: int, **status: Any) -> None:
    """Let the operator have recorded these attempts."""
    listed = [{"number": number, "job": f"{name}-{number}"} for number in attempts]
    path = f"{place.path('pimjobs', name)}/status"
    place.api.patch(path, {"status": {**status, "attempts": listed}})


def test_it_reports_before_and_after_its_attempt_is_recorded(
    place: Place, runner: Runner, name: str
) -> None:
    own = runner(name)
    assert report(own, place, name).code == 200
    record(place, name, 1)
    assert report(own, place, name).code == 200


def test_its_largest_report_passes_whole(place: Place, runner: Runner, name: str) -> None:
    status = status_of(largest(), files_root=Path("/data"), now=NOW)
    assert status.keys() <= set(RUNNER_FIELDS)
    assert report(runner(name), place, name, **status).code == 200


@pytest.mark.parametrize("attempt", [1, 9, 10, 99_999])
def test_the_longest_name_leaves_its_pod_known(place: Place, runner: Runner, attempt: int) -> None:
    name = f"{attempt}-".ljust(PIMJOB_NAME_LENGTH, "x")
    place.launch(name, type="no_such_type")
    assert report(runner(name, attempt), place, name).code == 200


def test_of_neighbours_each_reports_about_its_own(place: Place, runner: Runner) -> None:
    """Also of those whose names begin, or end, like another one's Job or pod."""
    names = ("n", "n-1", "n-1-1", "n-11", "a-n", "n-1-abcde")
    runners = {}
    for one in names:
        place.launch(one, type="no_such_type")
        runners[one] = runner(one)
    for reporting, about in itertools.product(names, names):
        answer = report(runners[reporting], place, about)
        assert not_its_own(answer) != (reporting == about), (reporting, about, answer)
        assert (answer.code == 200) == (reporting == about)


def test_an_attempt_that_was_replaced_is_refused_and_its_successor_is_not(
    place: Place, runner: Runner, name: str
) -> None:
    first, second, third = (runner(name, number) for number in (1, 2, 3))
    record(place, name, 1, 2)
    refused = report(first, place, name)
    assert refused.code == 403
    assert "attempt 1 was replaced: a newer one reports now" in refused.message
    assert report(second, place, name).code == 200
    assert report(third, place, name).code == 200, "not recorded yet"


TIME = "2026-01-01T00:00:00Z"
CONDITION = {"type": "Refused", "status": "True", "reason": "Why", "lastTransitionTime": TIME}
THE_OPERATORS = {
    "attemptCount": 1,
    "attempts": [{"number": 1, "job": "j-1"}],
    "completionTime": TIME,
    "conditions": [CONDITION],
    "gate": {"attempt": 1},
    "message": "why",
    "observedGeneration": 1,
    "observedRetry": 1,
    "operator": "pim",
    "pausable": False,
    "phase": "Running",
    "phaseTime": TIME,
    "reason": "Why",
    "startTime": TIME,
    "stop": {"by": "julia"},
    "stoppable": False,
}


def test_each_field_of_a_status_is_either_ones() -> None:
    fields = {str(field.alias) for field in PimJobStatus.model_fields.values()}
    assert fields == THE_OPERATORS.keys() | set(RUNNER_FIELDS)


@pytest.mark.parametrize("field", THE_OPERATORS)
def test_the_operators_fields_are_out_of_its_reach(
    place: Place, runner: Runner, name: str, field: str
) -> None:
    own, value = runner(name), THE_OPERATORS[field]
    path = f"{place.path('pimjobs', name)}/status"
    written = report(own, place, name, **{field: value})
    place.api.patch(path, {"status": {field: value}})
    erased = own.call("PATCH", path, {"status": {field: None}}, MERGE)
    for refused in (written, erased):
        assert refused.code == 403, refused.body
        assert "a runner may only write these fields of status: activeSeconds," in refused.message


def test_it_does_nothing_else(place: Place, runner: Runner, name: str) -> None:
    own = runner(name)
    assert own.call("GET", place.path("pimjobs", name)).code == 200
    place.api.create(place.path("secrets"), {"metadata": {"name": "pimjob-database"}})
    for method, path, body in (
        ("GET", place.path("secrets", "pimjob-database"), None),
        ("GET", place.path("secrets"), None),
        ("GET", place.path("configmaps"), None),
        ("GET", place.path("pods"), None),
        ("GET", place.path("pimjobs"), None),
        ("PATCH", place.path("pimjobs", name), {"spec": {"desiredState": "Stopped"}}),
        ("PUT", place.path("pimjobs", name) + "/status", {}),
        ("DELETE", place.path("pimjobs", name), None),
        ("POST", place.path("jobs"), batch_job("more")),
        ("POST", place.path("serviceaccounts", RUNNER_ACCOUNT) + "/token", {"spec": {}}),
    ):
        answer = own.call(method, path, body, MERGE if method == "PATCH" else "json")
        assert answer.code == 403, (method, path, answer)


def test_a_token_that_is_bound_to_no_pod_is_refused(
    server: tuple[Api, Path], place: Place, name: str
) -> None:
    unbound = program(server, place.namespace, RUNNER_ACCOUNT)
    answer = report(unbound, place, name)
    assert not_its_own(answer)
    assert "bound to no pod" in answer.message


def test_a_runner_of_another_namespace_is_refused(
    server: tuple[Api, Path], place: Place, name: str
) -> None:
    """Even where a careless RoleBinding lets it in, and its pod has the right name."""
    other = Place(place.api, f"{place.namespace}-b")
    place.api.create("/api/v1/namespaces", {"metadata": {"name": other.namespace}})
    account = {"metadata": {"name": RUNNER_ACCOUNT}}
    place.api.create(other.path("serviceaccounts"), account)
    other.api.create(other.path("jobs"), batch_job(f"{name}-1"))
    pod = other.api.get(other.path("pods", other.pod(f"{name}-1")))
    stranger = program(server, other.namespace, RUNNER_ACCOUNT, pod=pod)
    rule = {"apiGroups": ["pimjobs.dev"], "resources": ["pimjobs/status"], "verbs": ["patch"]}
    bind_everywhere(place.api, stranger.name, "reports", rule)
    assert not_its_own(report(stranger, place, name))


def test_it_uses_each_verb_that_it_is_granted(server: tuple[Api, Path], place: Place) -> None:
    """And needs no other: a namespace in which no test has tried more."""
    other = Place(place.api, f"{place.namespace}-c")
    place.api.create("/api/v1/namespaces", {"metadata": {"name": other.namespace}})
    documents = rendered_roles(runner={"namespaces": [other.namespace]})
    apply_roles(place.api, documents)
    other.launch("used", type="no_such_type")
    other.api.create(other.path("jobs"), batch_job("used-1"))
    pod = other.api.get(other.path("pods", other.pod("used-1")))
    token = service_account_token(other.api, other.namespace, RUNNER_ACCOUNT, pod=pod)
    client = runners_client(server, other, "used", token, server[1].parent)
    client.get()
    client.apply_status({"warnings": 1})
    client.close()

    user = f"system:serviceaccount:{other.namespace}:{RUNNER_ACCOUNT}"
    rights = granted(documents, RUNNER_ACCOUNT)
    assert used(server, user) == rights


def test_a_replaced_attempt_says_no_more_and_still_hears_a_stop(
    server: tuple[Api, Path], place: Place, name: str, tmp_path: Path
) -> None:
    place.api.create(place.path("jobs"), batch_job(f"{name}-1"))
    pod = place.api.get(place.path("pods", place.pod(f"{name}-1")))
    token = service_account_token(place.api, place.namespace, RUNNER_ACCOUNT, pod=pod)
    control = Control()
    reporter = Reporter(
        runners_client(server, place, name, token, tmp_path),
        control,
        attempt=1,
        files_root=Path("/data"),
        clock=lambda: NOW,
    )
    record(place, name, 1, 2)
    place.change(name, desiredState="Stopped")
    reporter.start()
    reporter.report(largest())
    reporter.finish()

    assert control.intent() is Intent.STOP
    assert "steps" not in place.status(name)


def runners_client(
    server: tuple[Api, Path], place: Place, name: str, token: str, folder: Path
) -> PimJobClient:
    """The runner's own client, as in a pod."""
    (folder / "token").write_text(token)
    address = urlsplit(server[0].url)
    api_server = ApiServer(
        host=str(address.hostname),
        port=int(address.port or 443),
        certificate_authority=server[1].parent / "apiserver.crt",
        token=folder / "token",
    )
    uid = place.api.get(place.path("pimjobs", name))["metadata"]["uid"]
    return PimJobClient(api_server, namespace=place.namespace, name=name, uid=uid)
