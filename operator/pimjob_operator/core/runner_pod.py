"""What an installation adds to every runner pod; nothing of it can weaken the pod's security."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

RUNNER_USER = 65532
OWN_MOUNTS = ("/data", "/tmp")  # noqa: S108 - of the container
SAFE_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
"""What the restricted pod security standard allows."""
_OWN_VARIABLES = "PIMJOB_"
_OWN_LABELS = (
    "pimjobs.dev/",
    "batch.kubernetes.io/",
    "job-name",
    "controller-uid",
    "app.kubernetes.io/managed-by",
)
# They were how to leave AppArmor and seccomp before there were fields for it.
_UNSAFE_ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
)

Object = dict[str, Any]


def _own_keys_stay(found: dict[str, str]) -> dict[str, str]:
    for key in found:
        if key.startswith((*_OWN_LABELS, *_UNSAFE_ANNOTATIONS)):
            raise ValueError(f"{key} is set by PimJobs, or weakens the pod; leave it out")
    return found


def _own_variables_stay(found: list[Object]) -> list[Object]:
    for variable in found:
        name = str(variable.get("name", ""))
        if not name or name.startswith(_OWN_VARIABLES):
            raise ValueError(
                f"variable {name!r}: it needs a name that does not begin with {_OWN_VARIABLES}"
            )
    return found


def _safe_volumes(found: list[Object]) -> list[Object]:
    for volume in found:
        kinds = set(volume) - {"name"}
        if len(kinds) != 1 or not kinds <= SAFE_VOLUMES:
            raise ValueError(
                f"volume {volume.get('name')!r} is a {', '.join(sorted(kinds)) or 'nothing'}:"
                f" it must be one of {', '.join(sorted(SAFE_VOLUMES))}"
            )
        if volume.get("name") in {None, "files", "tmp"}:
            raise ValueError(f"volume {volume.get('name')!r}: files and tmp are the runner's own")
    return found


def _own_mounts_stay(found: list[Object]) -> list[Object]:
    for mount in found:
        path = str(mount.get("mountPath", "")).rstrip("/")
        if not path.startswith("/") or path in OWN_MOUNTS:
            raise ValueError(
                f"mountPath {mount.get('mountPath')!r}: it must be an absolute path other than"
                f" {' and '.join(OWN_MOUNTS)}"
            )
    return found


Keys = Annotated[dict[str, str], AfterValidator(_own_keys_stay)]
Identity = Annotated[int, Field(ge=1)]
_STRICT = ConfigDict(
    frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=True
)


class PodSecurityContext(BaseModel):
    """Who the runner is. Null leaves it to the cluster, as OpenShift wants it; root is refused."""

    model_config = _STRICT

    run_as_user: Identity | None = RUNNER_USER
    run_as_group: Identity | None = RUNNER_USER
    fs_group: Identity | None = RUNNER_USER
    fs_group_change_policy: str | None = None
    supplemental_groups: list[Identity] | None = None

    def body(self) -> Object:
        """Return it as a pod has it, with what is not to be chosen."""
        return {
            "runAsNonRoot": True,
            **self.model_dump(by_alias=True, exclude_none=True),
            "seccompProfile": {"type": "RuntimeDefault"},
        }


class RunnerPod(BaseModel):
    """The values `runner` of the chart that are about pods, by the same names."""

    model_config = _STRICT

    pod_labels: Keys = {}
    pod_annotations: Keys = {}
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: list[Object] = []
    priority_class_name: str = ""
    runtime_class_name: str = ""
    node_selector: dict[str, str] = {}
    tolerations: list[Object] = []
    affinity: Object = {}
    topology_spread_constraints: list[Object] = []
    resources: Object = {"requests": {"cpu": "50m", "memory": "64Mi"}}
    """Of types that name none."""
    pod_security_context: PodSecurityContext = PodSecurityContext()
    extra_env: Annotated[list[Object], AfterValidator(_own_variables_stay)] = []
    extra_env_from: list[Object] = []
    extra_volumes: Annotated[list[Object], AfterValidator(_safe_volumes)] = []
    extra_volume_mounts: Annotated[list[Object], AfterValidator(_own_mounts_stay)] = []

    @model_validator(mode="after")
    def _mounts_have_volumes(self) -> "RunnerPod":
        known = {volume["name"] for volume in self.extra_volumes}
        for mount in self.extra_volume_mounts:
            if mount.get("name") not in known:
                raise ValueError(
                    f"extraVolumeMounts: no volume {mount.get('name')!r} in extraVolumes"
                )
        return self

    def spec(self) -> Object:
        """Return the fields of a pod's spec that are set, but those that it has of its own."""
        fields = {
            "imagePullSecrets": self.image_pull_secrets,
            "priorityClassName": self.priority_class_name,
            "runtimeClassName": self.runtime_class_name,
            "nodeSelector": self.node_selector,
            "affinity": self.affinity,
            "topologySpreadConstraints": self.topology_spread_constraints,
        }
        return {name: value for name, value in fields.items() if value}
