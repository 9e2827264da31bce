"""The batch/v1 Job of an attempt."""

from datetime import UTC, datetime
from typing import Any

from pimjob_operator.core.job import job_of
from pimjob_operator.core.world import JobTypeView, World
from pimjob_operator.settings import Settings

SETTINGS = Settings(
    runner_image="runner:1",
    database_secret="db",  # noqa: S106 - the name of a Secret
    files_claim="files",
)


def job(**type_spec: Any) -> dict[str, Any]:
    world = World(
        pimjob={
            "metadata": {"name": "a", "namespace": "ns", "uid": "u", "generation": 1},
            "spec": {"type": "csv_product_import"},
        },
        job_type=JobTypeView(name="csv_product_import", spec=type_spec, parameter_errors=()),
        jobs=(),
        pods={},
        trouble=None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        settings=SETTINGS,
    )
    return job_of(world, 2, world.image)


def pod(**type_spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = job(**type_spec)["spec"]["template"]["spec"]
    return found


def test_its_name_and_owner_are_those_of_the_attempt() -> None:
    assert job()["metadata"]["name"] == "a-2"
    [owner] = job()["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "name": "a",
        "uid": "u",
        "controller": True,
        "blockOwnerDeletion": True,
    }


def test_job_and_pod_carry_the_labels_that_the_watch_selects_by() -> None:
    expected = {
        "app.kubernetes.io/managed-by": "pimjob-operator",
        "pimjobs.dev/job": "a",
        "pimjobs.dev/job-uid": "u",
        "pimjobs.dev/type": "csv_product_import",
        "pimjobs.dev/attempt": "2",
    }
    assert job()["metadata"]["labels"] == expected
    assert job()["spec"]["template"]["metadata"]["labels"] == expected


def test_kubernetes_never_repeats_an_attempt_by_itself() -> None:
    spec = job()["spec"]
    assert (spec["backoffLimit"], spec["podReplacementPolicy"]) == (0, "Failed")
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_the_pod_meets_the_restricted_pod_security_standard() -> None:
    assert pod()["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    [container] = pod()["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod()["enableServiceLinks"] is False


def test_it_leaves_a_lost_node_soon() -> None:
    # Kubernetes' own default is five minutes.
    assert {(t["key"], t["effect"], t["tolerationSeconds"]) for t in pod()["tolerations"]} == {
        ("node.kubernetes.io/not-ready", "NoExecute", 10),
        ("node.kubernetes.io/unreachable", "NoExecute", 10),
    }


def test_image_and_resources_are_the_types_own_or_the_default() -> None:
    [default] = pod()["containers"]
    assert (default["image"], default["imagePullPolicy"]) == ("runner:1", "IfNotPresent")
    limits = {"limits": {"memory": "1Gi"}}
    [own] = pod(image="own:7", resources=limits)["containers"]
    assert (own["image"], own["resources"]) == ("own:7", limits)


def test_the_runner_is_told_who_it_is_and_reads_the_database_url_from_a_secret() -> None:
    [container] = pod()["containers"]
    environment = {item["name"]: item.get("value") for item in container["env"]}
    assert environment == {
        "PIMJOB_NAMESPACE": "ns",
        "PIMJOB_NAME": "a",
        "PIMJOB_UID": "u",
        "PIMJOB_ATTEMPT": "2",
        "PIMJOB_FILES_URL": "file:///data",
        "PIMJOB_LOG_FORMAT": "json",
        "PIMJOB_LOG_LEVEL": "info",
        "PIMJOB_POD_UID": None,
        "PIMJOB_DATABASE_URL": None,
    }
    sources = {item["name"]: item["valueFrom"] for item in container["env"] if "valueFrom" in item}
    assert sources == {
        "PIMJOB_POD_UID": {"fieldRef": {"fieldPath": "metadata.uid"}},
        "PIMJOB_DATABASE_URL": {"secretKeyRef": {"name": "db", "key": "url"}},
    }
    claims = [v.get("persistentVolumeClaim") for v in pod()["volumes"]]
    assert {"claimName": "files"} in claims
