"""Who launched a job, and who gave it its last command: written down by the API server.

What is there already is left alone, so that applying the same again changes nothing. Whether
what a request says itself may be said is the business of `commands`.
"""

from pimjob_api.admission.policy import CALLER, COMMAND, Manifest, mutating
from pimjob_api.names import MANAGER_ON_BEHALF

NAME = "pimjob-caller"

_LAUNCHED = "request.operation == 'CREATE'"
_PAUSED = "has(object.spec.reason) || object.spec.?desiredState.orValue('Running') != 'Running'"
# An update leaves the last command's name in place unless it gives another one. Only a program
# that says whom it acts for each time can mean the same name again.
_ON_BEHALF = f"request.options.?fieldManager.orValue('') == '{MANAGER_ON_BEHALF}'"
_LEFT_OVER = f"object.spec.?requestedBy == oldObject.spec.?requestedBy && !({_ON_BEHALF})"


def documents() -> list[Manifest]:
    """Return the policy and its binding."""
    patches = [
        _add("user", CALLER, _LAUNCHED, _empty("object", "user")),
        _add("requestedBy", CALLER, _LAUNCHED, _PAUSED, _empty("object", "requestedBy")),
        _add(
            "requestedBy",
            CALLER,
            f"!({_LAUNCHED})",
            COMMAND,
            f"{_empty('object', 'requestedBy')} || ({_LEFT_OVER})",
        ),
        # Who replaces a PimJob by what is in a file leaves out what was stamped.
        _keep("user"),
        _keep("requestedBy", f"!({COMMAND})"),
    ]
    return mutating(NAME, "CREATE", "UPDATE", patches=patches)


def _keep(field: str, *conditions: str) -> str:
    lost = (_empty("object", field), f"!({_empty('oldObject', field)})")
    return _add(field, f"oldObject.spec.{field}", f"!({_LAUNCHED})", *lost, *conditions)


def _add(field: str, value: str, *conditions: str) -> str:
    """Return CEL of a patch. Without a spec nothing is stamped: the schema has its say later."""
    patch = f"JSONPatch{{op: 'add', path: '/spec/{field}', value: {value}}}"
    condition = " && ".join(f"({one})" for one in ("has(object.spec)", *conditions))
    return f"{condition} ? [{patch}] : []"


def _empty(where: str, field: str) -> str:
    return f"{where}.spec.?{field}.orValue('') == ''"
