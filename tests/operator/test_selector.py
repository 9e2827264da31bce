"""Which jobs a release selects, and whose gates a job waits for: no I/O."""

from typing import Any

import pytest

from pimjob_operator.core.selector import closed_gates, selects

LABELS = {"team": "pim", "size": "small"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {"team": "pim"}}, True),
        ({"matchLabels": {"team": "pim", "size": "large"}}, False),
        ({"matchLabels": {"other": "pim"}}, False),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["pim", "x"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["pim"]}]}, False),
        ({"matchExpressions": [{"key": "other", "operator": "NotIn", "values": ["pim"]}]}, True),
        ({"matchExpressions": [{"key": "other", "operator": "In", "values": ["pim"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, False),
        (
            {
                "matchLabels": {"team": "pim"},
                "matchExpressions": [{"key": "size", "operator": "In", "values": ["large"]}],
            },
            False,
        ),
    ],
)
def test_a_selector_selects_as_kubernetes_does(selector: dict[str, Any], selected: bool) -> None:  # noqa: FBT001 - a table's column
    assert selects(selector, LABELS) == selected


def release(gate: str = "Closed", namespace: str = "ns", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "weekly", "namespace": namespace, "uid": "r", **metadata},
        "spec": {},
        "status": {"gate": gate},
    }


def test_a_job_waits_for_every_closed_gate_of_its_namespace() -> None:
    pimjob = {"metadata": {"namespace": "ns"}}
    releases = [
        release(),
        release(name="another"),
        release("Open", name="open"),
        release(namespace="elsewhere"),
        release(name="going", deletionTimestamp="2026-01-01T12:00:00Z"),
        {"metadata": {"name": "new", "namespace": "ns"}, "spec": {"gate": "Closed"}},
    ]
    assert closed_gates(releases, pimjob) == ("another", "weekly")
