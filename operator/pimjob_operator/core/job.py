"""The batch/v1 Job of one attempt. Pure."""

from typing import Any

from pimjob_api import names
from pimjob_operator.core.runner_pod import RunnerPod
from pimjob_operator.core.world import World

FILES_MOUNT = "/data"
GRACE_SECONDS = 30
LABEL_LENGTH = 63
UNREACHABLE_SECONDS = 10
"""How long an attempt stays on a node that does not answer: going on elsewhere is cheap."""


def job_name(pimjob: str, number: int) -> str:
    """Return the name of an attempt's Job."""
    return f"{pimjob}-{number}"


def job_of(world: World, number: int, image: str) -> dict[str, Any]:
    """Return the Job that runs attempt `number` on an image."""
    metadata = world.pimjob["metadata"]
    extra = world.settings.runner_pod
    labels = {
        "app.kubernetes.io/managed-by": names.MANAGER_OPERATOR,
        names.LABEL_JOB: metadata["name"],
        names.LABEL_JOB_UID: metadata["uid"],
        names.LABEL_TYPE: world.spec["type"][:LABEL_LENGTH],
        names.LABEL_ATTEMPT: str(number),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(metadata["name"], number),
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": {names.ANNOTATION_IMAGE: world.image},
            "ownerReferences": [_owner(metadata)],
        },
        "spec": {
            # An attempt ends once. What comes after it is decided from the spec.
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "template": {
                "metadata": _pod_metadata(labels, extra),
                "spec": _pod(world, number, image),
            },
        },
    }


def _pod_metadata(labels: dict[str, str], extra: RunnerPod) -> dict[str, Any]:
    metadata = {"labels": extra.pod_labels | labels}
    return metadata | ({"annotations": extra.pod_annotations} if extra.pod_annotations else {})


def _owner(metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND_PIMJOB,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _pod(world: World, number: int, image: str) -> dict[str, Any]:
    settings, extra = world.settings, world.settings.runner_pod
    return extra.spec() | {
        "restartPolicy": "Never",
        "serviceAccountName": names.RUNNER_ACCOUNT,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": extra.pod_security_context.body(),
        "tolerations": [
            *(
                {
                    "key": f"node.kubernetes.io/{trouble}",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": UNREACHABLE_SECONDS,
                }
                for trouble in ("not-ready", "unreachable")
            ),
            *extra.tolerations,
        ],
        "containers": [_container(world, number, image)],
        "volumes": [
            {"name": "files", "persistentVolumeClaim": {"claimName": settings.files_claim}},
            {"name": "tmp", "emptyDir": {}},
            *extra.extra_volumes,
        ],
    }


def _container(world: World, number: int, image: str) -> dict[str, Any]:
    own = None if world.job_type is None else world.job_type.spec.get("resources")
    extra = world.settings.runner_pod
    sources = {"envFrom": extra.extra_env_from} if extra.extra_env_from else {}
    return sources | {
        "name": names.RUNNER_CONTAINER,
        "image": image,
        "imagePullPolicy": extra.image_pull_policy,
        "args": ["run-attempt"],
        "env": _environment(world, number),
        "resources": own or extra.resources,
        "terminationMessagePath": names.TERMINATION_LOG,
        # A crash leaves its traceback there.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "files", "mountPath": FILES_MOUNT},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
            *extra.extra_volume_mounts,
        ],
    }


def _environment(world: World, number: int) -> list[dict[str, Any]]:
    metadata = world.pimjob["metadata"]
    settings = world.settings
    values = {
        names.ENV_NAMESPACE: metadata["namespace"],
        names.ENV_NAME: metadata["name"],
        names.ENV_UID: metadata["uid"],
        names.ENV_ATTEMPT: str(number),
        names.ENV_FILES_URL: settings.files_url,
        names.ENV_LOG_FORMAT: settings.log_format,
        names.ENV_LOG_LEVEL: settings.log_level,
    }
    pod_uid = {"fieldRef": {"fieldPath": "metadata.uid"}}
    database = {"secretKeyRef": {"name": settings.database_secret, "key": "url"}}
    return [
        *({"name": name, "value": value} for name, value in values.items()),
        {"name": names.ENV_POD_UID, "valueFrom": pod_uid},
        {"name": names.ENV_DATABASE_URL, "valueFrom": database},
        *settings.runner_pod.extra_env,
    ]
