"""What the chart makes of values. What becomes of that in a cluster: tests/e2e/test_chart.py."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helm import CHART, Helm, Render

SNAPSHOTS = Path(__file__).parent / "snapshots"
MONITORS = ("--api-versions", "monitoring.coreos.com/v1/ServiceMonitor")
PRIVATE = {
    "global": {"imageRegistry": "registry.example.com", "imagePullSecrets": [{"name": "pull"}]},
    "operator": {"image": {"digest": "sha256:" + "0" * 64}},
    "commonLabels": {"team": "pim"},
    "database": {"existingSecret": "postgresql"},
    "files": {"existingClaim": "files"},
}
NAMESPACED = {"watchNamespaces": ["a", "b"], "runner": {"namespaces": ["a", "b"]}}
TEAM = {"operator": {"enabled": False}, "crds": {"enabled": False}, "rbac": {"aggregate": {
    "view": False, "edit": False, "admin": False}}}  # fmt: skip
EXTRAS = {
    "operator": {
        "extraEnv": [{"name": "A", "value": "1"}],
        "extraEnvFrom": [{"secretRef": {"name": "env"}}],
        "extraArgs": ["--help"],
        "extraVolumes": [{"name": "v", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}],
        "extraContainers": [{"name": "sidecar", "image": "sidecar"}],
        "initContainers": [{"name": "init", "image": "init"}],
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
        "priorityClassName": "high",
        "runtimeClassName": "gvisor",
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1}],
        "serviceAccount": {"create": False, "name": "own"},
    },
    "extraObjects": ["kind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-extra'}"],
}

Objects = list[dict[str, Any]]


def of_kind(objects: Objects, kind: str) -> Objects:
    return [one for one in objects if one["kind"] == kind]


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in of_kind(objects, kind) if one["metadata"]["name"] == name]
    return found


def is_generated(one: dict[str, Any]) -> bool:
    component = (one["metadata"].get("labels") or {}).get("app.kubernetes.io/component")
    return one["kind"] == "CustomResourceDefinition" or component == "dashboard"


def test_it_lints(helm: Helm) -> None:
    done = helm("lint", "--strict", CHART)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "values", "arguments"),
    [
        ("default", {}, ()),
        ("private", PRIVATE, MONITORS),
        ("namespaced", NAMESPACED, ()),
        ("team", TEAM, ()),
        ("extras", EXTRAS, ()),
    ],
)
def test_objects_are_those_of_the_snapshot(
    render: Render, name: str, values: dict[str, Any], arguments: tuple[str, ...]
) -> None:
    """UPDATE_SNAPSHOTS=1 writes them anew; what changed is in the diff."""
    # CRDs and dashboards are compared with the code elsewhere, and would fill the files.
    objects = [o for o in render(values, *arguments) if not is_generated(o)]
    text = yaml.safe_dump_all(objects, width=100)
    path = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_crds_are_kept_on_uninstall_and_can_be_left_out(render: Render) -> None:
    crds = of_kind(render(), "CustomResourceDefinition")
    assert len(crds) == 3
    for crd in crds:
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    loose = of_kind(render({"crds": {"keep": False}}), "CustomResourceDefinition")
    assert not any(crd["metadata"].get("annotations") for crd in loose)
    without = render({"crds": {"enabled": False}})
    assert not of_kind(without, "CustomResourceDefinition")
    assert not of_kind(without, "ValidatingAdmissionPolicy")


def test_the_release_fits_into_its_secret(helm: Helm) -> None:
    """Helm stores a release compressed, in a Secret of at most 1 MiB: far below, even as it is."""
    assert len(helm("template", "pimjobs", CHART).stdout) < 300_000


@pytest.mark.parametrize("name", ["default", "private", "namespaced", "team", "extras"])
def test_every_pod_is_restricted(name: str) -> None:
    for one in yaml.safe_load_all((SNAPSHOTS / f"{name}.yaml").read_text(encoding="utf-8")):
        if one["kind"] not in {"Deployment", "Pod"}:
            continue
        spec = one["spec"]["template"]["spec"] if one["kind"] == "Deployment" else one["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        own = spec["containers"][0]
        assert own["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert own["resources"]["requests"]


def test_listed_namespaces_end_the_operators_permissions(render: Render) -> None:
    objects = render(NAMESPACED)
    wide = named(objects, "ClusterRole", "pimjobs-operator")
    assert [rule["resources"] for rule in wide["rules"]] == [["pimjobtypes"]]
    narrow = [r for r in of_kind(objects, "Role") if r["metadata"]["name"] == "pimjobs-operator"]
    assert [role["metadata"]["namespace"] for role in narrow] == ["a", "b"]
    assert "secrets" not in json.dumps([wide, narrow])


def test_jobs_run_where_the_operator_looks(render: Render) -> None:
    objects = render({"watchNamespaces": ["a", "b"]})
    claims = of_kind(objects, "PersistentVolumeClaim")
    assert [claim["metadata"]["namespace"] for claim in claims] == ["a", "b"]
    (test,) = of_kind(objects, "Pod")
    assert test["spec"]["containers"][0]["env"][0] == {"name": "NAMESPACE", "value": "a"}


def test_labels_of_users_never_replace_those_that_select(render: Render) -> None:
    labels = {"app.kubernetes.io/name": "mine", "app.kubernetes.io/part-of": "mypim"}
    deployment = named(render({"commonLabels": labels}), "Deployment", "pimjobs-operator")
    pod = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= pod.items()
    assert deployment["metadata"]["labels"]["app.kubernetes.io/part-of"] == "mypim"


def test_a_claim_can_name_a_volume_without_a_class(render: Render) -> None:
    values = {"files": {"volumeName": "disk", "storageClass": "-"}}
    (claim,) = of_kind(render(values), "PersistentVolumeClaim")
    assert (claim["spec"]["volumeName"], claim["spec"]["storageClassName"]) == ("disk", "")


def test_no_role_takes_everything_or_reads_secrets(render: Render) -> None:
    for values in ({}, NAMESPACED, TEAM):
        objects = render(values)
        for role in of_kind(objects, "Role") + of_kind(objects, "ClusterRole"):
            text = json.dumps(role["rules"])
            assert '"*"' not in text
            assert "secrets" not in text


def test_one_replica_has_no_disruption_budget(render: Render) -> None:
    assert of_kind(render(), "PodDisruptionBudget")
    assert not of_kind(render({"operator": {"replicas": 1}}), "PodDisruptionBudget")


def test_a_monitor_is_skipped_where_its_kind_is_missing(render: Render, helm: Helm) -> None:
    assert not of_kind(render(), "ServiceMonitor")
    labels = {"metrics": {"serviceMonitor": {"labels": {"release": "prometheus"}}}}
    (monitor,) = of_kind(render(labels, *MONITORS), "ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    notes = helm("install", "pimjobs", CHART, "--dry-run=client", "--disable-openapi-validation")
    assert "Skipped: the ServiceMonitor" in notes.stdout, notes.stderr


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"operators": {}}, "'operators' not allowed"),
        ({"operator": {"replica": 2}}, "'replica' not allowed"),
        ({"operator": {"replicas": "two"}}, "got string, want integer"),
        ({"watchNamespaces": "pim"}, "got string, want array"),
        ({"operator": {"image": {"digest": "0123"}}}, "does not match pattern"),
        (
            {"operator": {"serviceAccount": {"create": False}}},
            "operator.serviceAccount.name: name the ServiceAccount",
        ),
    ],
)
def test_a_wrong_value_is_refused(helm: Helm, values: dict[str, Any], says: str) -> None:
    done = helm("template", "pimjobs", CHART, "--values=-", stdin=json.dumps(values))
    assert done.returncode != 0
    assert says in done.stderr


def test_it_works_as_a_sub_chart(render: Render, helm: Helm, tmp_path: Path) -> None:
    """Helm gives a sub-chart `global`, and parents add a condition: a strict schema allows both."""
    dependency = {
        "name": "pimjobs",
        "version": "0.1.0",
        "repository": f"file://{CHART}",
        "condition": "pimjobs.enabled",
    }
    parent = {"apiVersion": "v2", "name": "pim", "version": "1.0.0", "dependencies": [dependency]}
    (tmp_path / "Chart.yaml").write_text(json.dumps(parent), encoding="utf-8")
    built = helm("dependency", "build", tmp_path)
    assert built.returncode == 0, built.stderr
    own = {"enabled": True, "operator": {"replicas": 1}}
    objects = render({"global": {"any": "thing"}, "pimjobs": own}, chart=tmp_path)
    assert named(objects, "Deployment", "pimjobs-operator")["spec"]["replicas"] == 1
    assert not render({"pimjobs": {"enabled": False}}, chart=tmp_path)


def test_a_long_release_name_leaves_room_for_endings(helm: Helm) -> None:
    done = helm("template", "a" * 53, CHART)
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]
    labels = {"Deployment", "Pod", "Service"}
    names = [one["metadata"]["name"] for one in objects if one["kind"] in labels]
    assert len(set(names)) == 2, "of operator and test"
    assert max(map(len, names)) <= 63
