"""What the API server takes and refuses of a PimJobType."""

from typing import Any

import pytest
import yaml

from support.install import CRDS
from support.pimjobs import PimJobTypes, refusal

pytestmark = pytest.mark.cluster

BUILT_IN = CRDS.parent / "operator" / "pimjob_operator" / "builtin_types"
LEAST: dict[str, Any] = {
    "label": "Count",
    "kind": "system",
    "steps": [{"name": "count", "label": "Count"}],
}


def test_what_is_left_out_is_what_most_types_want(types: PimJobTypes) -> None:
    assert types.try_out("count", **LEAST)["spec"] == {
        "label": "Count",
        "kind": "system",
        "steps": [{"name": "count", "label": "Count", "trackable": True}],
        "stoppable": True,
        "pausable": True,
        "notify": True,
        "onRelease": "Pause",
    }


@pytest.mark.parametrize("file", sorted(BUILT_IN.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_built_in_types_are_taken(types: PimJobTypes, file: Any) -> None:
    manifest = yaml.safe_load(file.read_text())
    # By its own name it is there already if an operator has run on this API server.
    made = types.try_out(f"tried-{manifest['metadata']['name']}", **manifest["spec"])
    assert made["spec"]["parameters"] == manifest["spec"]["parameters"]


@pytest.mark.parametrize(
    "resources",
    [
        {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "0.5G"}},
        {"limits": {"cpu": 2, "example.com/gpu": 1}},
    ],
)
def test_resources_are_written_as_in_a_pod(types: PimJobTypes, resources: dict[str, Any]) -> None:
    assert types.try_out("count", **LEAST, resources=resources)["spec"]["resources"] == resources


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": None}, "spec.label: Required value"),
        ({"kind": "other"}, "spec.kind: Unsupported value"),
        ({"steps": []}, "spec.steps: Invalid value"),
        ({"steps": [{"name": "a"}]}, "spec.steps[0].label: Required value"),
        ({"steps": [{"name": "a", "label": "A"}] * 2}, "spec.steps[1]: Duplicate value"),
        (
            {"steps": [{"name": f"s{n}", "label": "S"} for n in range(11)]},
            "spec.steps: Too many: 11",
        ),
        ({"onRelease": "Ignore"}, "spec.onRelease: Unsupported value"),
        ({"image": "two words"}, "spec.image: Invalid value"),
        ({"resources": {"limits": {"memory": "a lot"}}}, "spec.resources.limits.memory: Invalid"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_type_that_cannot_run_is_refused(
    types: PimJobTypes, change: dict[str, Any], message: str
) -> None:
    assert message in refusal(lambda: types.try_out("count", **LEAST | change))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a" * 64, "metadata.name may have at most 63 characters"),
        ("with.dot", "metadata.name may not contain a dot"),
    ],
)
def test_a_name_that_no_job_would_find_is_refused(
    types: PimJobTypes, name: str, message: str
) -> None:
    assert message in refusal(lambda: types.try_out(name, **LEAST))
