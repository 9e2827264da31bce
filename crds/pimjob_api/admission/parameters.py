"""What a CRD cannot bound: the size of a job's parameters.

Rules in a CRD see no values that its schema does not know. A policy does. Without it
a job's parameters could take the 1.5 MiB that etcd takes, in each of its status writes.
"""

from pimjob_api.admission.policy import Manifest, validating
from pimjob_api.bounds import PARAMETERS_BYTES

NAME = "pimjob-parameters"
# As text, not as JSON: the same but for quotes, and the only form that CEL offers.
_SIZE = "size(bytes('%s'.format([dyn(object).spec.parameters])))"


def documents() -> list[Manifest]:
    """Return the policy and its binding. Parameters never change, so only creation counts."""
    fits = {
        "expression": f"{_SIZE} <= {PARAMETERS_BYTES}",
        "message": f"spec.parameters may take at most {PARAMETERS_BYTES} bytes",
        "messageExpression": f"'spec.parameters takes ' + string({_SIZE}) + ' bytes of at"
        f" most {PARAMETERS_BYTES}; put large data into a file and name it'",
    }
    return validating(NAME, "CREATE", validations=[fits])
