"""Installs the generated manifests on an API server of the tests' own."""

from pathlib import Path
from typing import Any

import yaml

from support.control_plane import Api, wait_for

CRDS = Path(__file__).resolve().parents[2] / "crds"
_PATHS = {
    "CustomResourceDefinition": "apiextensions.k8s.io/v1/customresourcedefinitions",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": (
        "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
    ),
    "MutatingAdmissionPolicy": "admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": (
        "admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings"
    ),
}


def install_contract(api: Api) -> None:
    """Apply all manifests and wait until the kinds are served."""
    documents = [
        document
        for file in sorted(CRDS.rglob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
    ]
    for document in documents:
        api.apply(_path(document), document)
    for document in documents:
        if document["kind"] == "CustomResourceDefinition":
            path = _path(document)
            wait_for(lambda path=path: _established(api, path), path)


def _path(document: dict[str, Any]) -> str:
    return f"/apis/{_PATHS[document['kind']]}/{document['metadata']['name']}"


def _established(api: Api, path: str) -> bool:
    conditions = api.get(path).get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
