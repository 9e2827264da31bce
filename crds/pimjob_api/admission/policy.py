"""The shape of a policy and its binding; what the CEL of several policies shares."""

from collections.abc import Mapping
from typing import Any

from pimjob_api.names import GROUP, PLURAL_PIMJOB

Manifest = dict[str, Any]

API = "admissionregistration.k8s.io/v1"

CALLER = "request.userInfo.username"
ACCOUNT_PREFIX = "system:serviceaccount:"
COMMAND_FIELDS = ("desiredState", "reason", "retry")
"""What people tell a job that is there. `requestedBy` says who did."""
COMMAND = " || ".join(
    f"object.spec.?{field} != oldObject.spec.?{field}" for field in COMMAND_FIELDS
)
"""Whether an update gives a command. Saying the same again is none."""


def validating(
    name: str,
    *operations: str,
    resource: str = PLURAL_PIMJOB,
    validations: list[Manifest],
    conditions: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> list[Manifest]:
    """Return a ValidatingAdmissionPolicy that denies, and its binding.

    `conditions` are CEL, by name: all must hold for the policy to be asked. `variables` are
    CEL as well; each may use those before it.
    """
    spec = {
        **_matching(resource, operations, conditions),
        **_variables(variables),
        "validations": validations,
    }
    binding = {"policyName": f"{name}.{GROUP}", "validationActions": ["Deny"]}
    return [
        _document("ValidatingAdmissionPolicy", name, spec),
        _document("ValidatingAdmissionPolicyBinding", name, binding),
    ]


def mutating(name: str, *operations: str, patches: list[str]) -> list[Manifest]:
    """Return a MutatingAdmissionPolicy of JSON patches (CEL that makes them), and its binding."""
    spec = {
        **_matching(PLURAL_PIMJOB, operations, None),
        "reinvocationPolicy": "Never",
        "mutations": [
            {"patchType": "JSONPatch", "jsonPatch": {"expression": patch}} for patch in patches
        ],
    }
    binding = {"policyName": f"{name}.{GROUP}"}
    return [
        _document("MutatingAdmissionPolicy", name, spec),
        _document("MutatingAdmissionPolicyBinding", name, binding),
    ]


def forbidden(expression: str, told: str, message: str) -> Manifest:
    """Return a validation about a right. `told` is CEL that makes the refusal for people.

    `message` takes its place should it fail.
    """
    return {
        "expression": expression,
        "reason": "Forbidden",
        "message": message,
        "messageExpression": told,
    }


def may(verb: str) -> str:
    """Return CEL that asks whether the caller has a verb on this PimJob."""
    return (
        f"authorizer.group('{GROUP}').resource('{PLURAL_PIMJOB}').namespace(request.namespace)"
        f".name(request.name).check('{verb}').allowed()"
    )


def _matching(
    resource: str, operations: tuple[str, ...], conditions: Mapping[str, str] | None
) -> Manifest:
    found: Manifest = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [GROUP],
                    "apiVersions": ["*"],
                    "operations": list(operations),
                    "resources": [resource],
                }
            ]
        },
    }
    if conditions:
        found["matchConditions"] = _named(conditions)
    return found


def _variables(variables: Mapping[str, str] | None) -> Manifest:
    return {"variables": _named(variables)} if variables else {}


def _named(expressions: Mapping[str, str]) -> list[Manifest]:
    return [{"name": name, "expression": text} for name, text in expressions.items()]


def _document(kind: str, name: str, spec: Manifest) -> Manifest:
    metadata = {"name": f"{name}.{GROUP}"}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}
