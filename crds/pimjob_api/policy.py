"""An admission policy for what a CRD cannot bound: the size of a job's parameters.

Rules in a CRD see no values that its schema does not know. A policy does. Without it
a job's parameters could take the 1.5 MiB that etcd takes, in each of its status writes.
"""

from typing import Any

from pimjob_api.bounds import PARAMETERS_BYTES
from pimjob_api.names import GROUP, PLURAL_PIMJOB

_NAME = f"pimjob-parameters.{GROUP}"
_API = "admissionregistration.k8s.io/v1"
# As text, not as JSON: the same but for quotes, and the only form that CEL offers.
_SIZE = "size(bytes('%s'.format([dyn(object).spec.parameters])))"


def documents() -> list[dict[str, Any]]:
    """Return the policy and its binding. Parameters never change, so only creation counts."""
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [GROUP],
                    "apiVersions": ["*"],
                    "operations": ["CREATE"],
                    "resources": [PLURAL_PIMJOB],
                }
            ]
        },
        "validations": [
            {
                "expression": f"{_SIZE} <= {PARAMETERS_BYTES}",
                "message": f"spec.parameters may take at most {PARAMETERS_BYTES} bytes",
                "messageExpression": f"'spec.parameters takes ' + string({_SIZE}) + ' bytes of at"
                f" most {PARAMETERS_BYTES}; put large data into a file and name it'",
            }
        ],
    }
    binding = {"policyName": _NAME, "validationActions": ["Deny"]}
    return [
        _document("ValidatingAdmissionPolicy", policy),
        _document("ValidatingAdmissionPolicyBinding", binding),
    ]


def _document(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": _NAME}, "spec": spec}
