"""A runner writes its own fields of the status of its own PimJob, and nothing else.

Its token names its pod, and the pod's name says of which attempt of which PimJob it is:
`<pimjob>-<attempt>-xxxxx`, never cut, because a PimJob's name is short enough. That is known
before the operator has recorded anything.
"""

from pimjob_api.admission.policy import ACCOUNT_PREFIX, CALLER, Manifest, forbidden, validating
from pimjob_api.names import PLURAL_PIMJOB, RUNNER_ACCOUNT, RUNNER_FIELDS

NAME = "pimjob-runner"

_POD = "authentication.kubernetes.io/pod-name"
_SUFFIX = 6
"""Characters that a pod's name has after its Job's: a dash and five random ones."""
_ONLY_OWN_FIELDS = f"a runner may only write these fields of status: {', '.join(RUNNER_FIELDS)}"
_OWN_FIELDS = "[" + ", ".join(f"'{field}'" for field in RUNNER_FIELDS) + "]"

_VARIABLES = {
    "pod": f"has(request.userInfo.extra) && '{_POD}' in request.userInfo.extra ?"
    f" request.userInfo.extra['{_POD}'][0] : ''",
    "ownNamespace": f"{CALLER} == '{ACCOUNT_PREFIX}' + request.namespace + ':{RUNNER_ACCOUNT}'",
    "ownJob": "variables.ownNamespace &&"
    " variables.pod.matches('^' + request.name + '-[0-9]+-[a-z0-9]{5}$')",
    "attempt": "variables.ownJob ? int(variables.pod.substring("
    f"size(request.name) + 1, size(variables.pod) - {_SUFFIX})) : 0",
    "before": "oldObject.?status.orValue({})",
    "after": "object.?status.orValue({})",
}


def documents() -> list[Manifest]:
    """Return the policy and its binding."""
    validations = [
        forbidden(
            "variables.ownJob",
            "'a runner may only report about its own PimJob; this token is of '"
            f" + {CALLER} + ', '"
            " + (variables.pod == '' ? 'bound to no pod' : 'pod ' + variables.pod)",
            "a runner may only report about its own PimJob",
        ),
        forbidden(
            "variables.before.?attempts.orValue([]).all(a, a.number <= variables.attempt)",
            "'attempt ' + string(variables.attempt) + ' was replaced: a newer one reports now'",
            "this attempt was replaced: a newer one reports now",
        ),
        forbidden(
            f"variables.after.all(k, k in {_OWN_FIELDS} ||"
            " (k in variables.before && variables.after[k] == variables.before[k]))"
            f" && variables.before.all(k, k in {_OWN_FIELDS} || k in variables.after)",
            f"'{_ONLY_OWN_FIELDS}'",
            _ONLY_OWN_FIELDS,
        ),
    ]
    return validating(
        NAME,
        "UPDATE",
        resource=f"{PLURAL_PIMJOB}/status",
        validations=validations,
        variables=_VARIABLES,
        conditions={
            "runner": f"{CALLER}.startsWith('{ACCOUNT_PREFIX}') &&"
            f" {CALLER}.endsWith(':{RUNNER_ACCOUNT}')"
        },
    )
