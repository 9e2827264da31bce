"""What a CRD cannot bound: size and depth of a job's parameters, and the name of a new job.

Rules in a CRD see no values that its schema does not know. A policy does. Without it
a job's parameters could take the 1.5 MiB that etcd takes, in each of its status writes, and
be nested deeper than whoever reads them can follow.
And a rule in a CRD about the name is asked at every change, so that jobs which are there
under a longer one could not even end.
"""

from pimjob_api.admission.policy import Manifest, validating
from pimjob_api.bounds import PARAMETERS_BYTES, PARAMETERS_DEPTH
from pimjob_api.names import PIMJOB_NAME_LENGTH

NAME = "pimjob-parameters"
# As text, not as JSON: the same but for quotes, and the only form that CEL offers.
_SIZE = "size(bytes('%s'.format([variables.parameters])))"

_VARIABLES = {"parameters": "dyn(object).spec.parameters", "bytes": _SIZE}


def documents() -> list[Manifest]:
    """Return the policy and its binding. Neither ever changes, so only creation counts."""
    short = {
        "expression": f"size(object.metadata.name) <= {PIMJOB_NAME_LENGTH}",
        "message": f"metadata.name may have at most {PIMJOB_NAME_LENGTH} characters:"
        " Jobs and Pods are named after it, with numbers at the end",
    }
    fits = {
        "expression": f"variables.bytes <= {PARAMETERS_BYTES}",
        "message": f"spec.parameters may take at most {PARAMETERS_BYTES} bytes",
        "messageExpression": f"'spec.parameters takes ' + string(variables.bytes) + ' bytes of at"
        f" most {PARAMETERS_BYTES}; put large data into a file and name it'",
    }
    shallow = {
        # What is too large is refused for that; to look through all of it would cost too much.
        "expression": f"variables.bytes > {PARAMETERS_BYTES} || !{_deep('variables.parameters')}",
        "message": f"spec.parameters may be nested at most {PARAMETERS_DEPTH} levels deep;"
        " put a tree into a file and name it",
    }
    validations = [short, fits, shallow]
    return validating(NAME, "CREATE", validations=validations, variables=_VARIABLES)


def _deep(container: str, level: int = 1) -> str:
    """Return CEL that asks whether a map or list of this level holds any that is nested too deep.

    CEL knows no recursion, so each level is written out.
    """
    value = f"v{level}"
    values = f"(type({container}) == map ? {container}.map(k, {container}[k]) : {container})"
    holds = f"(type({value}) == map || type({value}) == list)"
    if level < PARAMETERS_DEPTH:
        holds += f" && {_deep(value, level + 1)}"
    return f"{values}.exists({value}, {holds})"
