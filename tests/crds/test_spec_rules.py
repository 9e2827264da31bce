"""What the API server takes and refuses of a PimJob's spec, and what it says to people."""

import json
from pathlib import Path
from typing import Any

import pytest

from pimjob_api import bounds
from support.control_plane import Api, wait_for
from support.pimjobs import NO_TYPE, PimJobs, pimjob, refusal

pytestmark = pytest.mark.cluster

PARAMETERS = {"source": "one", "nested": {"deep": 1}, "list": [1, {"x": 1}]}
FULL = {"user": "julia", "profile": "daily", "parameters": PARAMETERS}


def test_a_type_is_all_that_a_job_needs(jobs: PimJobs) -> None:
    spec = {"type": NO_TYPE, "parameters": {}, "desiredState": "Running", "retry": 0}
    # Who launched it is stamped, as soon as the server has learned of that policy.
    assert jobs.create()["spec"] | {"user": ""} == spec | {"user": ""}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a" * 52, "metadata.name may have at most 51 characters"),
        ("with.dot", "metadata.name may not contain a dot"),
    ],
)
def test_a_name_must_fit_jobs_and_pods(jobs: PimJobs, name: str, message: str) -> None:
    assert message in refusal(lambda: jobs.create(name))


def test_a_generated_name_is_checked_as_well(jobs: PimJobs) -> None:
    assert jobs.create(metadata={"generateName": "a" * 46})["metadata"]["name"].startswith("a" * 46)
    message = refusal(lambda: jobs.create(metadata={"generateName": "a" * 47}))
    assert "at most 51 characters" in message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"type": ""}, "spec.type"),
        ({"type": "Upper case"}, "spec.type: Invalid value"),
        ({"type": "a" * 64}, "spec.type: Too long: may not be more than 63"),
        ({"type": None}, "spec.type: Required value"),
        ({"profile": "no spaces"}, "spec.profile: Invalid value"),
        ({"label": "é" * 101}, "spec.label: Too long: may not be more than 100"),
        ({"user": "u" * 254}, "spec.user: Too long: may not be more than 253"),
        ({"reason": "r" * 201}, "spec.reason: Too long: may not be more than 200"),
        ({"requestedBy": "u" * 254}, "spec.requestedBy: Too long: may not be more than 253"),
        ({"desiredState": "Cancelled"}, 'supported values: "Running", "Paused", "Stopped"'),
        ({"retry": -1}, "spec.retry: Invalid value: -1"),
        ({"retry": 1001}, "spec.retry: Invalid value: 1001"),
        ({"parameters": ["a"]}, "spec.parameters: Invalid value"),
        ({"parameters": {f"p{n}": n for n in range(65)}}, "spec.parameters: Too many: 65"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_field_out_of_bounds_is_refused(
    jobs: PimJobs, spec: dict[str, Any], message: str
) -> None:
    assert message in refusal(lambda: jobs.create(**spec))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "other"}, "type"),
        ({"user": "marc"}, "user"),
        ({"profile": "late"}, "profile"),
        ({"profile": None}, "profile"),
        ({"parameters": None}, "parameters"),
        ({"parameters": {"source": "two"}}, "parameters"),
        ({"parameters": {"source": None}}, "parameters"),
        ({"parameters": {"added": True}}, "parameters"),
        ({"parameters": {"nested": {"deep": 2}}}, "parameters"),
        ({"parameters": {"nested": {"deep": None, "renamed": 1}}}, "parameters"),
        ({"parameters": {"list": [1, {"x": 0}]}}, "parameters"),
    ],
)
def test_what_runs_cannot_be_changed(jobs: PimJobs, change: dict[str, Any], field: str) -> None:
    jobs.create(**FULL)
    message = refusal(lambda: jobs.change(**change))
    assert f"spec.{field}: " in message
    assert f"{field} cannot be changed; make a new PimJob instead" in message


def test_a_parameter_cannot_be_replaced_by_another(jobs: PimJobs) -> None:
    """As many keys as before, the others equal: CEL's == alone takes this for no change."""
    jobs.create(parameters={"source": "one", "mode": "fast"})
    change = {"source": None, "sauce": "two"}
    message = refusal(lambda: jobs.change(parameters=change))
    assert "parameters cannot be changed" in message


@pytest.mark.parametrize("field", ["user", "profile"])
def test_what_was_left_out_cannot_be_set_later(jobs: PimJobs, field: str) -> None:
    jobs.create()
    assert f"{field} cannot be changed" in refusal(lambda: jobs.change(**{field: "late"}))


def test_the_same_again_is_no_change(jobs: PimJobs) -> None:
    made = jobs.create(**FULL)
    again = jobs.change(**FULL)
    assert again["metadata"]["generation"] == made["metadata"]["generation"]


@pytest.mark.parametrize(
    "change",
    [
        {"desiredState": "Paused", "reason": "release", "requestedBy": "julia"},
        {"desiredState": "Stopped"},
        {"label": "New"},
        {"label": None},
    ],
)
def test_what_people_steer_may_change(jobs: PimJobs, change: dict[str, Any]) -> None:
    jobs.create(**FULL, label="Old")
    changed = jobs.change(**change)["spec"]
    assert {key: changed.get(key) for key in change} == change


@pytest.mark.parametrize("state", ["Running", "Paused", None])
def test_stopped_is_final(jobs: PimJobs, state: str | None) -> None:
    jobs.create(desiredState="Stopped")
    message = refusal(lambda: jobs.change(desiredState=state))
    assert "spec.desiredState" in message
    assert "a stopped job stays stopped; make a new PimJob instead" in message


def test_a_failed_job_can_be_retried_but_never_less_often(jobs: PimJobs) -> None:
    jobs.create()
    jobs.report({"phase": "Failed"})
    assert jobs.change(retry=1)["spec"]["retry"] == 1
    assert "retry can only be raised" in refusal(lambda: jobs.change(retry=0))


@pytest.mark.parametrize("status", [{}, {"phase": "Running"}, {"phase": "Completed"}])
def test_only_a_failed_job_can_be_retried(jobs: PimJobs, status: dict[str, str]) -> None:
    jobs.create()
    jobs.report(status)
    message = refusal(lambda: jobs.change(retry=1))
    assert "spec.retry: " in message
    assert "retry can only be raised for a job whose phase is Failed" in message


@pytest.mark.parametrize(
    ("state", "allowed"), [("Stopped", "stoppable"), ("Paused", "pausable")], ids=str
)
@pytest.mark.parametrize(
    "begun",
    [{"phase": "Running"}, {"phase": "Starting", "steps": [{"name": "import"}]}],
    ids=["running", "between attempts"],
)
def test_a_job_that_has_begun_is_asked_only_for_what_its_type_allows(
    jobs: PimJobs, state: str, allowed: str, begun: dict[str, Any]
) -> None:
    jobs.create()
    jobs.report({**begun, allowed: False})
    message = refusal(lambda: jobs.change(desiredState=state))
    assert f"this job is not {allowed}: its type does not allow it" in message
    jobs.report({allowed: True})
    assert jobs.change(desiredState=state)["spec"]["desiredState"] == state


@pytest.mark.parametrize("state", ["Stopped", "Paused"])
def test_every_job_can_be_stopped_and_paused_before_it_has_begun(jobs: PimJobs, state: str) -> None:
    jobs.create()
    jobs.report({"phase": "Queued", "stoppable": False, "pausable": False})
    assert jobs.change(desiredState=state)["spec"]["desiredState"] == state


def test_parameters_are_bounded_in_all(jobs: PimJobs) -> None:
    """However deep they lie: the policy weighs them whole."""
    fits = {"a": [{"b": "é" * (bounds.PARAMETERS_BYTES // 2 - 50)}]}
    large = {"a": [{"b": "é" * (bounds.PARAMETERS_BYTES // 2)}]}
    jobs.create("fits", parameters=fits)
    # The server takes a moment to learn of a policy.
    names = (f"large-{number}" for number in range(10**9))

    def refused() -> str | None:
        try:
            return refusal(lambda: jobs.create(next(names), parameters=large))
        except pytest.fail.Exception:
            return None

    message = wait_for(refused, "the policy")
    assert f"bytes of at most {bounds.PARAMETERS_BYTES}" in message
    assert "put large data into a file and name it" in message


def nested(levels: int, leaf: str = "1", *, lists: bool = False) -> str:
    """Parameters of so many levels, the map of them being the first; as text, for any depth."""
    pairs = [("[", "]") if lists and level % 2 else ('{"a":', "}") for level in range(levels - 1)]
    opened, closed = ("".join(parts) for parts in zip(*pairs, strict=True))
    return f'{{"p": {opened}{leaf}{closed[::-1]}, "q": [1, "}}][{{"]}}'


def answer_to(api: Api, namespace: str, parameters: str) -> str:
    """Create a job with these parameters; return why it is refused, nothing if it is taken."""
    path = f"/apis/pimjobs.dev/v1alpha1/namespaces/{namespace}/pimjobs?dryRun=All"
    body = json.dumps(pimjob("deep", parameters="HERE")).replace('"HERE"', parameters)
    try:
        api.create(path, body)
    except AssertionError as error:
        return str(error)
    return ""


TOO_DEEP = f"may be nested at most {bounds.PARAMETERS_DEPTH} levels deep"


@pytest.mark.parametrize("lists", [False, True], ids=["maps", "lists between"])
def test_parameters_are_bounded_in_depth(
    server: tuple[Api, Path], namespace: str, *, lists: bool
) -> None:
    """Whoever reads them does not get lost in them: Python's own reader ends at a thousand."""
    api, deepest = server[0], bounds.PARAMETERS_DEPTH
    wait_for(lambda: TOO_DEEP in answer_to(api, namespace, nested(deepest + 1)), "the policy")
    for leaf, levels in (("1", deepest), ("{}", deepest - 1), ("[]", deepest - 1)):
        assert not answer_to(api, namespace, nested(levels, leaf, lists=lists))
        for more in (1, 390, 1090):
            assert TOO_DEEP in answer_to(api, namespace, nested(levels + more, leaf, lists=lists))


def test_depth_is_found_in_the_largest_parameters(server: tuple[Api, Path], namespace: str) -> None:
    """What CEL may cost is not exceeded by what the size allows."""
    api = server[0]
    wait_for(lambda: TOO_DEEP in answer_to(api, namespace, nested(11)), "the policy")
    many = "[],1," * (bounds.PARAMETERS_BYTES // 7 - 20)
    deep = "[" * 8 + "]" * 8 + ","
    for flat in (f"{many}1", deep * 1750 + "1"):
        assert not answer_to(api, namespace, f'{{"a": [{flat}]}}')
        late = answer_to(api, namespace, f'{{"a": [{flat}, {nested(10)}]}}')
        assert TOO_DEEP in late
