"""The verbs of people: stop, pause, retry, the same for what one has launched, launch-for.

RBAC knows one verb for any change of a PimJob, patch. Here each command asks for a verb
of its own, so a role may stop jobs and do nothing else. `stop-own` is enough where `spec.user`
is the caller: it was stamped or checked when the job was launched, and never changes. What no
command is (labels, annotations, the shown name) takes the verb update, however it is sent.
"""

from pimjob_api.admission.policy import CALLER, COMMAND, Manifest, forbidden, may, validating
from pimjob_api.names import (
    GROUP,
    OWN,
    PLURAL_PIMJOB,
    VERB_LAUNCH_FOR,
    VERB_PAUSE,
    VERB_RETRY,
    VERB_STOP,
)

NAME = "pimjob-commands"

_COMMAND_FIELDS = "['desiredState', 'reason', 'requestedBy', 'retry']"
_SAME_SPEC = (
    f"object.spec.all(k, k in {_COMMAND_FIELDS}"
    " || object.spec[k] == oldObject.spec[?k].orValue(null))"
    f" && oldObject.spec.all(k, k in {_COMMAND_FIELDS} || k in object.spec)"
)
_SAME_METADATA = " && ".join(
    f"object.metadata.?{field} == oldObject.metadata.?{field}"
    for field in ("labels", "annotations", "ownerReferences", "finalizers", "generateName")
)
# Field ownership of the status is what makes the operator's applies remove what no longer holds.
_SAME_OWNERS = (
    "oldObject.metadata.?managedFields.orValue([]).all(m, m.?subresource.orValue('') != 'status'"
    " || object.metadata.?managedFields.orValue([]).exists(n, n == m))"
)
_WISH = " || ".join(
    f"object.spec.?{field} != oldObject.spec.?{field}" for field in ("desiredState", "reason")
)

_VARIABLES = {
    "launched": "request.operation == 'CREATE'",
    "commanded": f"variables.launched || {COMMAND}",
    "wished": f"!variables.launched && ({_WISH})",
    "stopped": "object.spec.?desiredState.orValue('Running') == 'Stopped'",
    "retried": "!variables.launched && object.spec.?retry != oldObject.spec.?retry",
    "sameRest": f"variables.launched || ({_SAME_SPEC} && {_SAME_METADATA} && {_SAME_OWNERS})",
    "user": "object.spec.?user.orValue('')",
    "own": f"!variables.launched && oldObject.spec.?user.orValue('') == {CALLER}",
    "asker": "object.spec.?requestedBy.orValue('')",
    "sameAsker": "!variables.launched && object.spec.?requestedBy == oldObject.spec.?requestedBy",
}


def documents() -> list[Manifest]:
    """Return the policy and its binding."""
    validations = [
        _commands(VERB_STOP, "!(variables.wished && variables.stopped)", "stop", "stopper"),
        _commands(
            VERB_PAUSE, "!variables.wished || variables.stopped", "pause or resume", "stopper"
        ),
        _commands(VERB_RETRY, "!variables.retried", "retry", "admin"),
        forbidden(
            f"variables.sameRest || {may('update')}",
            _refusal("change anything but desiredState, reason and retry of", "update", "admin"),
            f"this needs {_verb('update')}",
        ),
        _names_oneself("user", "user", f"!variables.launched || variables.user in ['', {CALLER}]"),
        # A command in the name of whoever gave the last one would put it into their mouth.
        _names_oneself(
            "requestedBy", "asker", f"!variables.commanded || variables.asker in ['', {CALLER}]"
        ),
        forbidden(
            f"variables.commanded || variables.sameAsker || {may(VERB_LAUNCH_FOR)}",
            "'spec.requestedBy tells who gave the last command: it changes with desiredState,"
            " reason or retry, not by itself. To set it for others in namespace ' +"
            f" request.namespace + ', {_missing(VERB_LAUNCH_FOR, 'admin')}'",
            f"spec.requestedBy changes with a command; else that needs {_verb(VERB_LAUNCH_FOR)}",
        ),
    ]
    return validating(NAME, "CREATE", "UPDATE", validations=validations, variables=_VARIABLES)


def _commands(verb: str, unless: str, deed: str, role: str) -> Manifest:
    """Return a validation: who does this to a job needs the verb, or that for their own jobs."""
    own = f"{verb}{OWN}"
    told = f" + '. For what you launch yourself {own} is enough, such as pimjobs-launcher'"
    return forbidden(
        f"({unless}) || {may(verb)} || (variables.own && {may(own)})",
        _refusal(deed, verb, role) + told,
        f"this needs {_verb(verb)}, or {own} for what one has launched",
    )


def _refusal(deed: str, verb: str, role: str) -> str:
    return (
        f"{CALLER} + ' may not {deed} PimJob ' + request.name + ' in namespace ' +"
        f" request.namespace + ': {_missing(verb, role)}'"
    )


def _names_oneself(field: str, variable: str, unless: str) -> Manifest:
    """Return a validation: who names somebody else needs the verb launch-for."""
    return forbidden(
        f"{unless} || {may(VERB_LAUNCH_FOR)}",
        f"'spec.{field}: ' + variables.{variable} + ' is not you: set it to ' + {CALLER} + '."
        " To name others in namespace ' + request.namespace +"
        f" ', {_missing(VERB_LAUNCH_FOR, 'admin')}'",
        f"spec.{field} may name nobody else; that needs {_verb(VERB_LAUNCH_FOR)}",
    )


def _missing(verb: str, role: str) -> str:
    return (
        f"{_verb(verb)} is missing. Ask an administrator of the namespace for a role that has it,"
        f" such as pimjobs-{role}"
    )


def _verb(verb: str) -> str:
    return f"the verb {verb} on {PLURAL_PIMJOB}.{GROUP}"
