"""What the chart makes of values. What becomes of that in a cluster: tests/e2e/test_chart.py."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_operator.core.runner_pod import RunnerPod
from pimjob_operator.settings import read_settings
from support.chart_objects import Objects, named, of_kind
from support.chart_values import EXTRAS, NAMESPACED, NOTIFIES, OPENSHIFT, TEAM, VALUES
from support.helm import CHART, Helm, Render

SNAPSHOTS = Path(__file__).parent / "snapshots"
MONITORS = ("--api-versions", "monitoring.coreos.com/v1/ServiceMonitor")


def is_generated(one: dict[str, Any]) -> bool:
    component = (one["metadata"].get("labels") or {}).get("app.kubernetes.io/component")
    generated = re.search("CustomResourceDefinition|AdmissionPolicy", one["kind"])
    return bool(generated) or component == "dashboard"


def test_it_lints(helm: Helm) -> None:
    done = helm("lint", "--strict", CHART)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", list(VALUES))
def test_objects_are_those_of_the_snapshot(render: Render, name: str) -> None:
    """UPDATE_SNAPSHOTS=1 writes them anew; what changed is in the diff."""
    # CRDs, policies and dashboards are compared with the code elsewhere, and would fill the files.
    rendered = render(VALUES[name], *(MONITORS if name in {"private", "notifies"} else ()))
    objects = [one for one in rendered if not is_generated(one)]
    text = yaml.safe_dump_all(objects, width=100)
    path = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_crds_are_kept_on_uninstall_and_can_be_left_out(render: Render) -> None:
    crds = of_kind(render(), "CustomResourceDefinition")
    assert len(crds) == 5
    for crd in crds:
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    loose = of_kind(render({"crds": {"keep": False}}), "CustomResourceDefinition")
    assert not any(crd["metadata"].get("annotations") for crd in loose)
    without = render({"crds": {"enabled": False}})
    assert not of_kind(without, "CustomResourceDefinition")


def test_without_the_policy_of_commands_nobody_is_called_stopper(render: Render) -> None:
    def roles(**values: Any) -> set[str]:
        found = of_kind(render(values), "ClusterRole")
        return {o["metadata"]["name"].removeprefix("pimjobs-") for o in found}

    people = {"viewer", "launcher", "stopper", "admin"}
    assert people <= roles()
    assert people & roles(admission={"commands": False}) == people - {"stopper"}
    for switched_on in (True, False):
        launcher = named(render({"admission": {"commands": switched_on}}), "ClusterRole",
                         "pimjobs-launcher")  # fmt: skip
        assert ("patch" in str(launcher)) is switched_on, "or it could change everybody's jobs"
    assert not people & roles(**TEAM), "the cluster has them already"


def test_the_release_fits_into_its_secret(helm: Helm) -> None:
    """Helm stores a release compressed, in a Secret of at most 1 MiB: far below, even as it is."""
    assert len(helm("template", "pimjobs", CHART).stdout) < 300_000


@pytest.mark.parametrize("name", list(VALUES))
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


def test_the_notifier_reads_the_secrets_that_are_named_and_nothing_else(render: Render) -> None:
    objects = render(NOTIFIES)
    roles = of_kind(objects, "Role") + of_kind(objects, "ClusterRole")
    secret = [
        (role["metadata"]["name"], role["metadata"].get("namespace"), rule)
        for role in roles
        for rule in role["rules"]
        if "secrets" in rule["resources"]
    ]
    only = {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": ["pimjob-notifications", "erp"],
        "verbs": ["get"],
    }
    assert secret == [("pimjobs-notifier", namespace, only) for namespace in ("a", "b")]
    assert '"*"' not in json.dumps([role["rules"] for role in roles])


def test_changes_are_put_into_the_outbox_where_somebody_sends_them(render: Render) -> None:
    for values, told in (({}, "false"), (NOTIFIES, "true")):
        objects = render(values)
        operator = named(objects, "Deployment", "pimjobs-operator")
        (container,) = operator["spec"]["template"]["spec"]["containers"]
        assert {"name": "PIMJOB_NOTIFICATIONS", "value": told} in container["env"]
        assert len(of_kind(objects, "Deployment")) == (2 if told == "true" else 1)
    assert not of_kind(render({**NOTIFIES, **TEAM}), "Deployment")


def test_nobody_connects_to_runners_and_they_reach_few_ports(render: Render) -> None:
    policy = named(render(), "NetworkPolicy", "pimjob-runner")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy, "none is allowed"
    ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert ports == {53, 443, 6443, 5432}


def test_addresses_that_are_known_end_what_can_be_reached(render: Render) -> None:
    peers = [{"ipBlock": {"cidr": "10.0.0.10/32"}}]
    dns = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]
    names = {
        "operator": "pimjobs-operator",
        "notifier": "pimjobs-notifier",
        "runner": "pimjob-runner",
    }
    for part, name in names.items():
        values = {**MANY, "networkPolicy": {f"{part}EgressTo": peers, "dnsTo": dns}}
        objects = render(values)
        for other in names.values():
            to_dns, to_others = named(objects, "NetworkPolicy", other)["spec"]["egress"]
            assert {port["port"] for port in to_dns["ports"]} == {53}
            assert to_dns["to"] == dns
            assert to_others.get("to") == (peers if other == name else None)


def test_no_port_is_no_connection(render: Render) -> None:
    """A rule without ports would be for all of them."""
    policy = named(
        render({"networkPolicy": {"runnerEgressPorts": []}}), "NetworkPolicy", "pimjob-runner"
    )
    assert [{port["port"] for port in rule["ports"]} for rule in policy["spec"]["egress"]] == [{53}]


def runner_pod(objects: Objects) -> RunnerPod:
    deployment = named(objects, "Deployment", "pimjobs-operator")
    (own,) = (c for c in deployment["spec"]["template"]["spec"]["containers"]
              if c["name"] == "operator")  # fmt: skip
    environment = {variable["name"]: variable.get("value") for variable in own["env"]}
    return read_settings(environment).runner_pod


def test_the_operator_is_told_everything_that_runner_pods_are_to_have(render: Render) -> None:
    assert runner_pod(render()) == RunnerPod()
    extras = {"resources": {"limits": {"memory": "1Gi"}}, **EXTRAS["runner"]}
    image = {"image": {"pullPolicy": "Always"}}
    told = runner_pod(render({"runner": extras | image})).model_dump(by_alias=True)
    own = {
        "podSecurityContext": RunnerPod().pod_security_context.model_dump(by_alias=True),
        "imagePullPolicy": "Always",
    }
    assert told == own | extras | {"resources": told["resources"]}
    assert told["resources"]["limits"] == {"memory": "1Gi"}


def test_on_openshift_the_cluster_chooses_the_users(render: Render) -> None:
    objects = render(OPENSHIFT)
    chosen = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    operator = named(objects, "Deployment", "pimjobs-operator")["spec"]["template"]["spec"]
    assert operator["securityContext"] == chosen
    assert runner_pod(objects).pod_security_context.body() == chosen


MANY = {"operator": {"replicas": 2}, "notifier": {"enabled": True, "replicas": 3}}
BOTH = ("pimjobs-notifier", "pimjobs-operator")


def test_where_there_are_several_one_at_a_time_is_taken_off_its_node(render: Render) -> None:
    """A budget for one alone would keep its node from being drained."""
    objects = render(MANY)
    budgets = {
        one["metadata"]["name"]: one["spec"] for one in of_kind(objects, "PodDisruptionBudget")
    }
    assert sorted(budgets) == sorted(BOTH)
    for name, budget in budgets.items():
        assert budget["maxUnavailable"] == 1
        selector = named(objects, "Deployment", name)["spec"]["selector"]
        assert budget["selector"] == selector
    alone = {"operator": {"replicas": 1}, "notifier": {"enabled": True, "replicas": 1}}
    off = {"podDisruptionBudget": {"enabled": False}}
    without = {part: {**values, **off} for part, values in MANY.items()}
    for values in (alone, without):
        assert not of_kind(render(values), "PodDisruptionBudget")


def test_replicas_are_spread_over_nodes_if_that_is_possible(render: Render) -> None:
    own = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]
    chosen = {part: {**values, "topologySpreadConstraints": own} for part, values in MANY.items()}
    default, changed = render(MANY), render(chosen)
    for name in BOTH:
        deployment = named(default, "Deployment", name)["spec"]
        (spread,) = deployment["template"]["spec"]["topologySpreadConstraints"]
        assert spread["topologyKey"] == "kubernetes.io/hostname"
        assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
        assert spread["labelSelector"] == deployment["selector"]
        other = named(changed, "Deployment", name)["spec"]["template"]["spec"]
        assert other["topologySpreadConstraints"] == own


def test_the_new_one_stands_by_before_the_old_one_leaves(render: Render) -> None:
    for name in BOTH:
        strategy = named(render(MANY), "Deployment", name)["spec"]["strategy"]
        assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    recreate = {"operator": {"updateStrategy": {"type": "Recreate"}}}
    deployment = named(render(recreate), "Deployment", "pimjobs-operator")
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_a_monitor_is_skipped_where_its_kind_is_missing(render: Render) -> None:
    assert not of_kind(render(), "ServiceMonitor")
    labels = {"metrics": {"serviceMonitor": {"labels": {"release": "prometheus"}}}}
    (monitor,) = of_kind(render(labels, *MONITORS), "ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"operators": {}}, "'operators' not allowed"),
        ({"operator": {"replica": 2}}, "'replica' not allowed"),
        ({"operator": {"replicas": "two"}}, "got string, want integer"),
        ({"watchNamespaces": "pim"}, "got string, want array"),
        ({"operator": {"image": {"digest": "0123"}}}, "does not match pattern"),
        ({"notifier": {"allowedCIDRs": ["10.0.0.1"]}}, "does not match pattern"),
        ({"notifier": {"secretNames": []}}, "minItems"),
        ({"runner": {"podSecurityContext": {"runAsUser": 0}}}, "minimum: got 0, want 1"),
        ({"runner": {"podSecurityContext": {"runAsNonRoot": False}}}, "not allowed"),
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
        "version": yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["version"],
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
