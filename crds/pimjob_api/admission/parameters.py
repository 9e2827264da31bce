"""What a CRD cannot bound: the size of a job's parameters, and the name of a new job.

Rules in a CRD see no values that its schema does not know. A policy does. Without it
a job's parameters could take the 1.5 MiB that etcd takes, in each of its status writes.
And a rule in a CRD about the name is asked at every change, so that jobs which are there
under a longer one could not even end.
"""

from pimjob_api.admission.policy import Manifest, validating
from pimjob_api.bounds import PARAMETERS_BYTES
from pimjob_api.names import PIMJOB_NAME_LENGTH

NAME = "pimjob-parameters"
# As text, not as JSON: the same but for quotes, and the only form that CEL offers.
_SIZE = "size(bytes('%s'.format([dyn(object).spec.parameters])))"


def documents() -> list[Manifest]:
    """Return the policy and its binding. Neither ever changes, so only creation counts."""
    short = {
        "expression": f"size(object.metadata.name) <= {PIMJOB_NAME_LENGTH}",
        "message": f"metadata.name may have at most {PIMJOB_NAME_LENGTH} characters:"
        " Jobs and Pods are named after it, with numbers at the end",
    }
    fits = {
        "expression": f"{_SIZE} <= {PARAMETERS_BYTES}",
        "message": f"spec.parameters may take at most {PARAMETERS_BYTES} bytes",
        "messageExpression": f"'spec.parameters takes ' + string({_SIZE}) + ' bytes of at"
        f" most {PARAMETERS_BYTES}; put large data into a file and name it'",
    }
    return validating(NAME, "CREATE", validations=[short, fits])
