"""Values that users give the chart, by what they are for. Snapshots of tests/chart are theirs."""

from typing import Any

PRIVATE = {
    "global": {"imageRegistry": "registry.example.com", "imagePullSecrets": [{"name": "pull"}]},
    "operator": {"image": {"digest": "sha256:" + "0" * 64}},
    "commonLabels": {"team": "pim"},
    "database": {"existingSecret": "postgresql"},
    "files": {"existingClaim": "files"},
}
NAMESPACED = {"watchNamespaces": ["a", "b"], "runner": {"namespaces": ["a", "b"]}}
NOTIFIES: dict[str, Any] = {
    "notifier": {
        "enabled": True,
        "secretNames": ["pimjob-notifications", "erp"],
        "allowedCIDRs": ["10.20.0.0/16"],
        "deniedCIDRs": ["203.0.113.0/24"],
    },
    "watchNamespaces": ["a", "b"],
}
TEAM = {"operator": {"enabled": False}, "crds": {"enabled": False}, "rbac": {"aggregate": {
    "view": False, "edit": False, "admin": False}}}  # fmt: skip
_EXTRAS: dict[str, Any] = {
    "extraEnv": [{"name": "A", "value": "1"}],
    "extraEnvFrom": [{"secretRef": {"name": "env"}}],
    "extraVolumes": [{"name": "v", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}],
    "imagePullSecrets": [{"name": "pull"}],
    "podAnnotations": {"a": "b"},
    "podLabels": {"c": "d"},
    "priorityClassName": "high",
    "runtimeClassName": "gvisor",
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
            }
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
}
EXTRAS: dict[str, Any] = {
    "operator": {
        **_EXTRAS,
        "extraArgs": ["--help"],
        "extraContainers": [{"name": "sidecar", "image": "sidecar"}],
        "initContainers": [{"name": "init", "image": "init"}],
        "serviceAccount": {"create": False, "name": "own"},
    },
    "runner": _EXTRAS,
    "extraObjects": [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-extra'}"
    ],
}
# Its admission chooses users and groups from the range of a namespace.
OPENSHIFT: dict[str, Any] = {
    "operator": {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}},
    "runner": {"podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}},
}
VALUES: dict[str, dict[str, Any]] = {
    "default": {},
    "private": PRIVATE,
    "namespaced": NAMESPACED,
    "team": TEAM,
    "extras": EXTRAS,
    "openshift": OPENSHIFT,
    "notifies": NOTIFIES,
}
"""A case of each kind."""
