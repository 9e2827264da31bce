"""The operator may create Jobs in every namespace, and none but those that run attempts."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pimjob_operator.core.job import job_of
from pimjob_operator.core.world import World
from pimjob_operator.settings import Settings, read_settings
from support.callers import Answer, Caller, program
from support.chart_values import EXTRAS, OPENSHIFT, PRIVATE
from support.control_plane import Api, wait_for
from support.helm import rendered
from support.place import Place
from support.roles import apply_roles, operator_policy_in, roles_in

pytestmark = pytest.mark.cluster

SECRETS = {
    "extraVolumes": [
        {"name": "a", "secret": {"secretName": "files"}},
        {"name": "b", "projected": {"sources": [{"secret": {"name": "part"}}]}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "share"}},
    ],
    "extraEnv": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "key", "key": "a"}}}],
}
VALUES: dict[str, dict[str, Any]] = {
    "default": {},
    "private": PRIVATE,
    "extras": {"runner": EXTRAS["runner"]},
    "openshift": {"runner": OPENSHIFT["runner"]},
    "secrets": {"runner": SECRETS},
}


@cache
def chart(name: str) -> list[dict[str, Any]]:
    """What the chart makes of a case, its objects called after it."""
    return rendered({**VALUES[name], "fullnameOverride": "pimjobs" if name == "default" else name})


@cache
def settings(name: str) -> Settings:
    """What the chart tells the operator of a case."""
    (deployment,) = [one for one in chart(name) if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return read_settings({one["name"]: one["value"] for one in container["env"] if "value" in one})


def job(name: str, namespace: str) -> dict[str, Any]:
    """The Job that the operator of a case creates."""
    world = World(
        pimjob={
            "metadata": {"name": "a", "namespace": namespace, "uid": "u", "generation": 1},
            "spec": {"type": "csv_product_import"},
        },
        job_type=None,
        jobs=(),
        pods={},
        trouble=None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        settings=settings(name),
    )
    return job_of(world, 1, "runner:1")


Create = Callable[[str, dict[str, Any]], Answer]


@pytest.fixture(scope="module")
def create(server: tuple[Api, Path], place: Place) -> Create:
    """Creates a Job as the operator of a case; the policies are in force."""
    callers: dict[str, Caller] = {}
    for name in VALUES:
        apply_roles(place.api, [*roles_in(chart(name)), *operator_policy_in(chart(name))])
        account = "pimjobs-operator" if name == "default" else f"{name}-operator"
        callers[name] = program(server, "pim", account)

    def create(name: str, body: dict[str, Any]) -> Answer:
        return callers[name].call("POST", f"{place.path('jobs')}?dryRun=All", body)

    for name in VALUES:
        unowned = job(name, place.namespace)
        del unowned["metadata"]["ownerReferences"]
        wait_for(lambda name=name, body=unowned: create(name, body).code == 422, f"policy {name}")
    return create


@pytest.mark.parametrize("name", list(VALUES))
def test_what_it_really_creates_is_taken(create: Create, place: Place, name: str) -> None:
    assert create(name, job(name, place.namespace)).code == 201


def test_what_a_cluster_adds_to_restrict_it_is_taken(create: Create, place: Place) -> None:
    """Webhooks of some clusters write into every Job what the restricted standard says."""
    body = job("default", place.namespace)
    (container,) = body["spec"]["template"]["spec"]["containers"]
    container["securityContext"] |= {
        "privileged": False,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL", "NET_RAW"]},
    }
    body["metadata"]["labels"]["team"] = "pim"
    assert create("default", body).code == 201


def pod(**fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": fields}}}


def volume(**kind: Any) -> dict[str, Any]:
    return pod(volumes=[{"name": "files", **kind}, {"name": "tmp", "emptyDir": {}}])


FORBIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "another account": (pod(serviceAccountName="default"), "run as pimjob-runner only"),
    "no PimJob": ({"metadata": {"ownerReferences": []}}, "no PimJob as its controller"),
    "hostNetwork": (pod(hostNetwork=True), "hostNetwork"),
    "hostPID": (pod(hostPID=True), "hostPID"),
    "hostIPC": (pod(hostIPC=True), "hostIPC"),
    "nodeName": (pod(nodeName="control-plane"), "nodeName"),
    "hostPath": (volume(hostPath={"path": "/"}), "so no hostPath"),
    "nfs": (volume(nfs={"server": "a", "path": "/"}), "so no hostPath"),
    "csi": (volume(csi={"driver": "a"}), "so no hostPath"),
    "a clone": (
        volume(
            ephemeral={
                "volumeClaimTemplate": {
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                        "dataSource": {"kind": "PersistentVolumeClaim", "name": "others"},
                    }
                }
            }
        ),
        "so no hostPath",
    ),
    "another claim": (volume(persistentVolumeClaim={"claimName": "others"}), "these claims only"),
    "a pull Secret": (pod(imagePullSecrets=[{"name": "other"}]), "pull Secrets"),
    "a class": (pod(priorityClassName="system-node-critical"), "of the classes"),
    "a runtime": (pod(runtimeClassName="other"), "of the classes"),
    "root": (pod(securityContext={"runAsUser": 0}), "securityContext of the pod"),
    "maybe root": (pod(securityContext={"runAsNonRoot": False}), "securityContext of the pod"),
    "no seccomp": (
        pod(securityContext={"seccompProfile": {"type": "Unconfined"}}),
        "securityContext of the pod",
    ),
    "sysctls": (
        pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
        "securityContext of the pod",
    ),
    "a label of SELinux": (
        pod(securityContext={"seLinuxOptions": {"type": "spc_t"}}),
        "securityContext of the pod",
    ),
    "another container": (pod(containers=[{"name": "b", "image": "b"}]), "one container"),
    "a container before": (pod(initContainers=[{"name": "b", "image": "b"}]), "one container"),
    "AppArmor": (
        {
            "spec": {
                "template": {
                    "metadata": {
                        "annotations": {
                            "container.apparmor.security.beta.kubernetes.io/runner": "unconfined"
                        }
                    }
                }
            }
        },
        "annotations",
    ),
}
"""By what it is: a part of a Job that is merged into what the operator creates."""

OF_THE_CONTAINER: dict[str, tuple[dict[str, Any], str]] = {
    "privileged": (
        {"securityContext": {"privileged": True, "allowPrivilegeEscalation": True}},
        "see the container",
    ),
    "escalation": ({"securityContext": {"allowPrivilegeEscalation": True}}, "see the container"),
    "a capability": (
        {"securityContext": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}},
        "see the container",
    ),
    "some capabilities": (
        {"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}},
        "see the container",
    ),
    "root": ({"securityContext": {"runAsUser": 0}}, "see the container"),
    "no seccomp": (
        {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        "see the container",
    ),
    "maybe root": ({"securityContext": {"runAsNonRoot": False}}, "see the container"),
    "a file system to write": (
        {"securityContext": {"readOnlyRootFilesystem": False}},
        "see the container",
    ),
    "a hook": ({"lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}, "probes and hooks"),
    "a port of the node": ({"ports": [{"containerPort": 1, "hostPort": 1}]}, "hostPort"),
    "a Secret as variable": (
        {
            "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "password"}}}
            ]
        },
        "these Secrets only",
    ),
    "a Secret as variables": ({"envFrom": [{"secretRef": {"name": "other"}}]}, "Secrets only"),
}


def merged(base: Any, change: Any) -> Any:
    """Merge maps; lists of containers item by item, others are replaced."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    return base | {key: merged(base.get(key), value) for key, value in change.items()}


@pytest.mark.parametrize("what", list(FORBIDDEN))
def test_no_other_pod_is_taken(create: Create, place: Place, what: str) -> None:
    change, says = FORBIDDEN[what]
    body = job("default", place.namespace)
    if what == "another container":
        own = body["spec"]["template"]["spec"]["containers"]
        change = pod(containers=[*own, *change["spec"]["template"]["spec"]["containers"]])
    assert_refused(create("default", merged(body, change)), says)


@pytest.mark.parametrize("what", list(OF_THE_CONTAINER))
def test_no_other_container_is_taken(create: Create, place: Place, what: str) -> None:
    change, says = OF_THE_CONTAINER[what]
    body = job("default", place.namespace)
    (container,) = body["spec"]["template"]["spec"]["containers"]
    body["spec"]["template"]["spec"]["containers"] = [merged(container, change)]
    assert_refused(create("default", body), says)


SECRET_VOLUMES: list[dict[str, Any]] = [
    {"secret": {"secretName": "other"}},
    {"projected": {"sources": [{"secret": {"name": "other"}}]}},
]


@pytest.mark.parametrize("kind", SECRET_VOLUMES, ids=lambda kind: next(iter(kind)))
def test_secrets_are_those_that_the_values_name(
    create: Create, place: Place, kind: dict[str, Any]
) -> None:
    """Where volumes of Secrets are not refused altogether."""
    body = job("secrets", place.namespace)
    body["spec"]["template"]["spec"]["volumes"].append({"name": "d", **kind})
    assert_refused(create("secrets", body), "these Secrets only")
    assert_refused(create("default", body), "so no hostPath")


def test_nobody_else_is_concerned(place: Place, create: Create) -> None:  # noqa: ARG001 - in force
    body = merged(
        job("default", place.namespace), pod(serviceAccountName="default", hostNetwork=True)
    )
    assert place.api.create(f"{place.path('jobs')}?dryRun=All", body)


def assert_refused(answer: Answer, says: str) -> None:
    assert answer.code == 422, answer.body
    assert "-operator-jobs.pim.pimjobs.dev" in answer.message
    assert says in answer.message
