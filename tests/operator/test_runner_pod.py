"""What an installation adds to runner pods, and what it cannot."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pimjob_operator.core.job import job_of
from pimjob_operator.core.world import World
from pimjob_operator.settings import Settings, SettingsError, read_settings
from support.chart_values import EXTRAS, OPENSHIFT
from support.control_plane import Api


def settings(pod: dict[str, Any]) -> Settings:
    environment = {"PIMJOB_RUNNER_IMAGE": "runner:1", "PIMJOB_RUNNER_POD": json.dumps(pod)}
    return read_settings(environment)


def job(pod: dict[str, Any]) -> dict[str, Any]:
    world = World(
        pimjob={
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "generation": 1},
            "spec": {"type": "csv_product_import"},
        },
        job_type=None,
        jobs=(),
        pods={},
        trouble=None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        settings=settings(pod),
    )
    return job_of(world, 1, "runner:1")


def template(pod: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job(pod)["spec"]["template"]
    return found


def test_everything_is_added_to_what_the_pod_has() -> None:
    extra = EXTRAS["runner"]
    plain, found = template({}), template(extra)
    assert found["metadata"] == {
        "labels": plain["metadata"]["labels"] | {"c": "d"},
        "annotations": {"a": "b"},
    }
    spec = found["spec"]
    copied = ("imagePullSecrets", "priorityClassName", "runtimeClassName", "nodeSelector",
              "affinity", "topologySpreadConstraints")  # fmt: skip
    assert {name: spec[name] for name in copied} == {name: extra[name] for name in copied}
    assert spec["tolerations"] == plain["spec"]["tolerations"] + extra["tolerations"]
    assert spec["volumes"] == plain["spec"]["volumes"] + extra["extraVolumes"]
    (own,), (container,) = plain["spec"]["containers"], spec["containers"]
    assert container["env"] == own["env"] + extra["extraEnv"]
    assert container["volumeMounts"] == own["volumeMounts"] + extra["extraVolumeMounts"]
    assert container["envFrom"] == extra["extraEnvFrom"]
    assert container["securityContext"] == own["securityContext"]


def test_resources_of_the_installation_are_for_types_without() -> None:
    resources = {"limits": {"memory": "1Gi"}}
    (container,) = template({"resources": resources})["spec"]["containers"]
    assert container["resources"] == resources


def test_an_image_is_pulled_as_the_installation_says() -> None:
    for pod, policy in (({}, "IfNotPresent"), ({"imagePullPolicy": "Always"}, "Always")):
        (container,) = template(pod)["spec"]["containers"]
        assert container["imagePullPolicy"] == policy


def test_who_the_runner_is_can_be_left_to_the_cluster() -> None:
    pod = OPENSHIFT["runner"]
    assert template(pod)["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


@pytest.mark.parametrize(
    ("pod", "says"),
    [
        ({"extraVolumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "is a hostPath"),
        ({"extraVolumes": [{"name": "v"}]}, "is a nothing"),
        ({"extraVolumes": [{"name": "files", "emptyDir": {}}]}, "the runner's own"),
        ({"extraVolumeMounts": [{"name": "v", "mountPath": "/v"}]}, "no volume 'v'"),
        ({"extraVolumeMounts": [{"name": "v", "mountPath": "/data/"}]}, "other than /data"),
        ({"extraVolumeMounts": [{"name": "v", "mountPath": "/"}]}, "an absolute path other"),
        ({"extraEnv": [{"name": "PIMJOB_UID", "value": "x"}]}, "does not begin with PIMJOB_"),
        ({"podLabels": {"pimjobs.dev/job": "x"}}, "pimjobs.dev/job is set by PimJobs"),
        (
            {"podAnnotations": {"container.apparmor.security.beta.kubernetes.io/runner": "x"}},
            "weakens the pod",
        ),
        ({"podSecurityContext": {"runAsUser": 0}}, "greater than or equal to 1"),
        ({"podSecurityContext": {"runAsNonRoot": False}}, "runAsNonRoot"),
        ({"hostNetwork": True}, "hostNetwork"),
        ({"imagePullPolicy": "Sometimes"}, "imagePullPolicy"),
        ({"tolerations": "all"}, "tolerations"),
    ],
)
def test_what_would_weaken_or_replace_is_refused_at_the_start(
    pod: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match="PIMJOB_RUNNER_POD") as refused:
        settings(pod)
    assert says in str(refused.value)


@pytest.mark.parametrize("pod", [{}, EXTRAS["runner"], OPENSHIFT["runner"]])
def test_the_pod_passes_the_restricted_standard_of_a_real_api_server(
    pod: dict[str, Any], server: tuple[Api, Path]
) -> None:
    api, _ = server
    enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
    path = "/api/v1/namespaces"
    if not api.exists(f"{path}/restricted"):
        api.create(path, {"metadata": {"name": "restricted", "labels": enforce}})
        account = {"metadata": {"name": "pimjob-runner"}}
        api.create(f"{path}/restricted/serviceaccounts", account)
    body = template(pod)
    # Classes that this API server has not been given.
    for name in ("priorityClassName", "runtimeClassName"):
        body["spec"].pop(name, None)
    body["metadata"]["name"] = "a-1"
    api.create(f"{path}/restricted/pods?dryRun=All", {"apiVersion": "v1", "kind": "Pod", **body})
