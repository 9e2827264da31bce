"""The chart's roles on an API server of the tests' own, and who is given them."""

import uuid
from typing import Any

from support.callers import Caller
from support.control_plane import Api, wait_for
from support.helm import rendered
from support.place import PIMJOBS, Place

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_KINDS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
_POLICIES = {
    "ValidatingAdmissionPolicy": f"{ADMISSION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{ADMISSION}/validatingadmissionpolicybindings",
}


def rendered_roles(**values: Any) -> list[dict[str, Any]]:
    """Return what the chart, installed into namespace pim, has of RBAC; not the test's own."""
    return roles_in(rendered(values))


def roles_in(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is of RBAC, but for the chart's own test."""
    return [
        document
        for document in documents
        if document["kind"] in _KINDS
        and "helm.sh/hook" not in document["metadata"].get("annotations", {})
    ]


def operator_policy_in(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the chart's policy about Jobs that the operator creates, with its binding."""
    return [
        document
        for document in documents
        if document["kind"] in _POLICIES and "-operator-jobs." in document["metadata"]["name"]
    ]


def apply_roles(api: Api, documents: list[dict[str, Any]]) -> None:
    """Apply them, and policies as well."""
    for document in documents:
        api.apply(_path(document), document)


def bind(place: Place, user: str, role: str) -> None:
    """Give somebody a ClusterRole in a namespace."""
    body = _binding(user, role)
    place.api.create(f"{RBAC}/namespaces/{place.namespace}/rolebindings", body)


def bind_everywhere(api: Api, user: str, role: str, *rules: dict[str, Any]) -> None:
    """Give somebody a ClusterRole of these rules in the whole cluster."""
    api.create(f"{RBAC}/clusterroles", {"metadata": {"name": role}, "rules": list(rules)})
    api.create(f"{RBAC}/clusterrolebindings", _binding(user, role))


def _binding(user: str, role: str) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    name = f"{role}-{uuid.uuid4().hex[:8]}"
    return {"metadata": {"name": name}, "roleRef": reference, "subjects": [_subject(user)]}


def wait_for_policies(place: Place, somebody: Caller) -> None:
    """The API server takes a moment to learn of policies, and its controllers of roles."""
    bind(place, somebody.name, "edit")
    path = f"{PIMJOBS}/namespaces/{place.namespace}/pimjobs?dryRun=All"
    body: dict[str, Any] = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": "a"},
        "spec": {"type": "no_such_type"},
    }
    named = {**body, "spec": {**body["spec"], "user": "marc"}}

    def checked() -> bool:
        return "launch-for" in somebody.call("POST", path, named).message

    def stamped() -> bool:
        return "user" in somebody.call("POST", path, body).body.get("spec", {})

    wait_for(checked, "the policy of commands")
    wait_for(stamped, "the policy of callers")


def _subject(user: str) -> dict[str, str]:
    parts = user.split(":")
    if parts[:2] == ["system", "serviceaccount"]:
        return {"kind": "ServiceAccount", "namespace": parts[2], "name": parts[3]}
    return {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}


def _path(document: dict[str, Any]) -> str:
    meta, plural = document["metadata"], document["kind"].lower() + "s"
    if document["kind"] in _POLICIES:
        return f"{_POLICIES[document['kind']]}/{meta['name']}"
    prefix = "/api/v1" if document["kind"] == "ServiceAccount" else RBAC
    inside = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
    return f"{prefix}{inside}/{plural}/{meta['name']}"
