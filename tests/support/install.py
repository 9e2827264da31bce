"""Installs the generated manifests on an API server of the tests' own."""

from pathlib import Path
from typing import Any

import yaml

from pimjob_api.names import API_VERSION, KIND_PIMJOB, PLURAL_PIMJOB
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
    """Apply all manifests and wait until the kinds are served and can be created."""
    for document in install(api, *sorted(CRDS.rglob("*.yaml"))):
        if document["kind"] == "CustomResourceDefinition":
            path = _path(document)
            wait_for(lambda path=path: _established(api, path), path)
    wait_for(lambda: _takes_pimjobs(api), "admission to know the kinds")


def install(api: Api, *files: Path) -> list[dict[str, Any]]:
    """Apply these manifests, of the kinds that this version of Kubernetes has; return them."""
    found = [one for file in files for one in yaml.safe_load_all(file.read_text())]
    admission = api.get("/apis/admissionregistration.k8s.io/v1")["resources"]
    served = {one["kind"] for one in admission} | {"CustomResourceDefinition"}
    documents = [one for one in found if one["kind"] in served]
    for document in documents:
        api.apply(_path(document), document)
    return documents


def _path(document: dict[str, Any]) -> str:
    return f"/apis/{_PATHS[document['kind']]}/{document['metadata']['name']}"


def _takes_pimjobs(api: Api) -> bool:
    """The policy that stamps callers learns of a new kind a moment later; until then it refuses."""
    path = f"/apis/{API_VERSION}/namespaces/default/{PLURAL_PIMJOB}?dryRun=All"
    body = {
        "apiVersion": API_VERSION,
        "kind": KIND_PIMJOB,
        "metadata": {"name": "probe"},
        "spec": {"type": "no_such_type"},
    }
    return api.takes(path, body)


def _established(api: Api, path: str) -> bool:
    conditions = api.get(path).get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
