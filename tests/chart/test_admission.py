"""Which admission policies the chart makes of values and of what is known about the cluster."""

import json
import re
from typing import Any

import pytest

from pimjob_api import admission
from support.chart_objects import Objects, named
from support.chart_values import NAMESPACED, TEAM
from support.helm import CHART, Helm, Render

MONITORS = ("--api-versions", "monitoring.coreos.com/v1/ServiceMonitor")
_MUTATING = "MutatingAdmissionPolicy"
MUTATING = {
    version: ("--api-versions", f"admissionregistration.k8s.io/{version}/{_MUTATING}")
    for version in ("v1", "v1beta1", "v1alpha1")
}


def policies(objects: Objects) -> set[tuple[str, str]]:
    """Name and API version of each policy that is bound."""
    bound = {o["spec"]["policyName"] for o in objects if o["kind"].endswith("PolicyBinding")}
    there = [o for o in objects if o["kind"].endswith("AdmissionPolicy")]
    assert {o["metadata"]["name"] for o in there} == bound
    return {(o["metadata"]["name"].split(".")[0], o["apiVersion"].split("/")[1]) for o in there}


def test_without_crds_the_policy_of_the_operator_is_left(render: Render) -> None:
    assert policies(render({"crds": {"enabled": False}})) == {OF_THE_OPERATOR}


OF_THE_OPERATOR = ("pimjobs-operator-jobs", "v1")


@pytest.mark.parametrize("name", ["parameters", "commands", "caller", "runner", "operator"])
def test_each_policy_can_be_switched_off(render: Render, name: str) -> None:
    left = policies(render({"admission": {name: False}}, *MUTATING["v1"]))
    off = OF_THE_OPERATOR if name == "operator" else (f"pimjob-{name}", "v1")
    assert left == policies(render(None, *MUTATING["v1"])) - {off}
    assert len(left) == 4


def test_the_policy_of_the_operators_jobs_comes_with_the_operator(render: Render) -> None:
    assert OF_THE_OPERATOR in policies(render(NAMESPACED))
    assert not policies(render(TEAM))


def test_policies_are_those_that_are_generated(render: Render) -> None:
    generated = [one for documents in admission.documents().values() for one in documents]
    there = [o for o in render(None, *MUTATING["v1"]) if "AdmissionPolicy" in o["kind"]]

    there = [one for one in there if "-operator-jobs." not in one["metadata"]["name"]]

    def by_name(objects: Objects) -> dict[tuple[str, str], Any]:
        return {(o["kind"], o["metadata"]["name"]): o["spec"] for o in objects}

    assert by_name(there) == by_name(generated)


ONLY_CALLER = dict.fromkeys(("parameters", "commands", "runner", "operator"), False)
KNOWN = ("--api-versions", "v1/Pod")
"""Helm has asked a cluster, which tells it all of its kinds; so does Argo CD."""
OLDER = ("--kube-version", "1.35")


@pytest.mark.parametrize(
    ("chosen", "arguments", "version"),
    [
        ("auto", (*MUTATING["v1"], *KNOWN), "v1"),
        ("auto", (*MUTATING["v1beta1"], *OLDER), "v1beta1"),
        (True, (*MUTATING["v1alpha1"], *KNOWN, *OLDER), "v1alpha1"),
        ("required", (*MUTATING["v1alpha1"], *MUTATING["v1beta1"], *KNOWN), "v1beta1"),
        # Without a cluster, as `helm template`, kustomize and pipelines render.
        ("auto", (), "v1"),
        ("required", ("--kube-version", "1.36"), "v1"),
        ("off", MUTATING["v1"], None),
        (False, OLDER, None),
    ],
    ids=str,
)
def test_callers_are_stamped_where_the_cluster_can(
    render: Render, chosen: Any, arguments: tuple[str, ...], version: str | None
) -> None:
    values = {"admission": {**ONLY_CALLER, "caller": chosen}}
    assert policies(render(values, *arguments)) == (
        {("pimjob-caller", version)} if version else set()
    )


def test_a_cluster_that_cannot_stamp_is_told_in_the_notes(render: Render) -> None:
    values = {"admission": ONLY_CALLER}
    assert not policies(render(values, *KNOWN, *OLDER))
    told = "Skipped: the MutatingAdmissionPolicy that writes down who launched"
    assert told in notes(render, *KNOWN, *OLDER)
    assert told not in notes(render)


@pytest.mark.parametrize(
    ("chosen", "arguments", "says"),
    [
        ("auto", OLDER, "there is no cluster to ask"),
        (True, OLDER, "there is no cluster to ask"),
        ("required", OLDER, "there is no cluster to ask"),
        ("required", (*OLDER, *KNOWN), "this cluster does not serve MutatingAdmissionPolicy"),
    ],
)
def test_nothing_is_rendered_that_would_leave_callers_out_unseen(
    helm: Helm, chosen: Any, arguments: tuple[str, ...], says: str
) -> None:
    """Without a cluster nobody reads the notes; a sentence says what to give."""
    values = json.dumps({"admission": {"caller": chosen}})
    done = helm("template", "pimjobs", CHART, "--values=-", *arguments, stdin=values)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Or set admission.caller=off" in done.stderr
    if arguments == OLDER:
        assert f"--api-versions {MUTATING['v1beta1'][1]} " in done.stderr


def test_who_installs_no_policies_is_asked_nothing(render: Render) -> None:
    assert render({**TEAM, "admission": {"caller": "required"}}, *OLDER)


def test_what_a_value_switches_off_is_not_kept(render: Render) -> None:
    for one in render():
        if "Admission" in one["kind"]:
            assert "annotations" not in one["metadata"]


def notes(render: Render, *arguments: str) -> str:
    """What Helm prints after an installation."""
    printed = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\n"
        'data: {notes: {{ include "pimjobs/templates/NOTES.txt" . | toJson }}}'
    )
    objects = render({"extraObjects": [printed]}, *arguments)
    return str(named(objects, "ConfigMap", "notes")["data"]["notes"])


def test_the_notes_tell_of_every_kind_that_was_skipped(render: Render) -> None:
    every = ("ServiceMonitor", "PrometheusRule", "MutatingAdmissionPolicy")
    told = re.findall(r"^Skipped: the (\w+)", notes(render, *KNOWN), re.MULTILINE)
    assert sorted(told) == sorted(every)
    served = (f"monitoring.coreos.com/v1/{kind}" for kind in every[:2])
    all_served = ("--api-versions", ",".join(served), *MUTATING["v1"])
    assert "Skipped" not in notes(render, *KNOWN, *all_served)


def test_without_a_cluster_the_group_of_monitors_stands_for_its_kinds(render: Render) -> None:
    group = ("--api-versions", "monitoring.coreos.com/v1")

    def monitors(*arguments: str) -> list[str]:
        kinds = [one["kind"] for one in render(None, *arguments)]
        return [kind for kind in kinds if kind in {"ServiceMonitor", "PrometheusRule"}]

    assert sorted(monitors(*group)) == ["PrometheusRule", "ServiceMonitor"]
    # A cluster with one kind of the group says so.
    assert monitors(*group, *MONITORS, *KNOWN) == ["ServiceMonitor"]
