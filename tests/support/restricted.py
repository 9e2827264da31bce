"""Pods that the Pod Security Standard `restricted` takes: namespaces of jobs may enforce it."""

from typing import Any


def restricted_pod(container: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the spec of a pod with one container, of an image that the node has."""
    return {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "imagePullPolicy": "IfNotPresent",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                **container,
            }
        ],
        **more,
    }
