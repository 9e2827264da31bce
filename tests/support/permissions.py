"""Who may do what: the data of docs/permissions.md.

`tests/permissions/test_people.py` executes every cell as a person who has logged in. To write
the document after a change: `make generate`.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pimjob_api import names
from support.callers import MERGE

FILE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"

ROLES = {
    "none": "",
    "viewer": "pimjobs-viewer",
    "launcher": "pimjobs-launcher",
    "stopper": "pimjobs-stopper",
    "admin": "pimjobs-admin",
    "view": "view",
    "edit": "edit",
    "cluster's admin": "admin",
}
"""The columns of the table, and the ClusterRole that a RoleBinding gives each."""

SEE = {"viewer", "launcher", "stopper", "admin", "view", "edit", "cluster's admin"}
LAUNCH = {"launcher", "admin", "edit", "cluster's admin"}
STEER = {"stopper", "admin", "edit", "cluster's admin"}
STEER_OWN = STEER | LAUNCH
EDIT = {"admin", "edit", "cluster's admin"}
RETRY_OWN = EDIT | LAUNCH
ADMINISTER = {"admin", "cluster's admin"}
PODS = {"edit", "cluster's admin"}
"""Who may start any pod in a namespace, and so read and do whatever its jobs may."""
NOBODY: set[str] = set()

_SELF = "$self"
"""Stands for the name that somebody has logged in with."""
_OWN = {"user": _SELF}
"""A job that they have launched."""


@dataclass(frozen=True)
class Deed:
    """Something that people do, as a call to the API server."""

    what: str
    allowed: set[str]
    method: str = "PATCH"
    path: str = "pimjobs/$job"
    body: dict[str, Any] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    """What the job's spec and status are like before: {"phase": "Failed"}. Marc has launched it."""
    missing: tuple[str, ...] = ()
    """The verbs of ours of which those miss one who have what Kubernetes asks for."""
    api: str = f"apis/{names.API_VERSION}"
    cluster: bool = False
    """Whether what is done belongs to no namespace."""

    def call(self, namespace: str, job: str, caller: str) -> tuple[str, str, Any, str]:
        """Return method, path, body and content type for somebody, about a job."""
        kind = MERGE if self.method == "PATCH" else "json"
        place = f"/{self.api}" if self.cluster else f"/{self.api}/namespaces/{namespace}"
        path = self.path.replace("$job", job)
        return self.method, f"{place}/{path}", filled(self.body, caller), kind


def filled(value: Any, name: str) -> Any:
    """Return a value in which the name of whoever has logged in stands where it belongs."""
    if isinstance(value, dict):
        return {key: filled(inner, name) for key, inner in value.items()}
    return name if value == _SELF else value


def _new(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND_PIMJOB,
        "metadata": {"generateName": "new-"},
        "spec": {"type": "no_such_type", **spec},
    }


def _launch(what: str, allowed: set[str], *missing: str, **spec: Any) -> Deed:
    return Deed(what, allowed, "POST", "pimjobs", _new(**spec), missing=missing)


def _change(
    what: str,
    allowed: set[str],
    *missing: str,
    before: dict[str, Any] | None = None,
    **spec: Any,
) -> Deed:
    return Deed(what, allowed, body={"spec": spec}, missing=missing, before=before or {})


_RELEASE = {
    "apiVersion": names.API_VERSION,
    "kind": names.KIND_PIMRELEASE,
    "metadata": {"generateName": "new-"},
    "spec": {"gate": "Closed"},
}

_TYPE = {
    "apiVersion": names.API_VERSION,
    "kind": names.KIND_PIMJOBTYPE,
    "metadata": {"generateName": "new-"},
    "spec": {"label": "New", "kind": "system", "steps": [{"name": "a", "label": "A"}]},
}
_POD = {
    "metadata": {"generateName": "new-"},
    "spec": {
        "serviceAccountName": names.RUNNER_ACCOUNT,
        "containers": [{"name": "any", "image": "any"}],
    },
}

DEEDS = (
    Deed("see jobs", SEE, "GET", "pimjobs"),
    Deed("see releases", SEE, "GET", "pimreleases"),
    _launch("launch", LAUNCH),
    _launch("launch, `user` being themselves", LAUNCH, user=_SELF),
    _launch("launch with somebody else as `user`", ADMINISTER, "launch-for", user="marc"),
    _launch(
        "launch it paused, in somebody else's name",
        ADMINISTER,
        "launch-for",
        desiredState="Paused",
        requestedBy="marc",
    ),
    _change("stop", STEER, "stop", desiredState="Stopped"),
    _change("stop, with a reason", STEER, "stop", desiredState="Stopped", reason="wrong file"),
    _change(
        "stop, `requestedBy` being themselves",
        STEER,
        "stop",
        desiredState="Stopped",
        requestedBy=_SELF,
    ),
    _change(
        "stop with somebody else as `requestedBy`",
        ADMINISTER,
        "launch-for",
        "stop",
        desiredState="Stopped",
        requestedBy="marc",
    ),
    _change("pause", STEER, "pause", desiredState="Paused"),
    _change("resume", STEER, "pause", before={"desiredState": "Paused"}, desiredState="Running"),
    _change("give another reason", STEER, "pause", reason="lunch"),
    _change("retry", EDIT, "retry", before={"phase": "Failed"}, retry=1),
    _change("stop what they launched", STEER_OWN, "stop", before=_OWN, desiredState="Stopped"),
    _change(
        "pause what they launched",
        STEER_OWN,
        "pause",
        before=_OWN,
        desiredState="Paused",
        reason="lunch",
    ),
    _change(
        "resume what they launched",
        STEER_OWN,
        "pause",
        before=_OWN | {"desiredState": "Paused"},
        desiredState="Running",
    ),
    _change(
        "retry what they launched", RETRY_OWN, "retry", before=_OWN | {"phase": "Failed"}, retry=1
    ),
    _change(
        "stop what they launched with somebody else as `requestedBy`",
        ADMINISTER,
        "launch-for",
        before=_OWN,
        desiredState="Stopped",
        requestedBy="marc",
    ),
    _change("rename what they launched", EDIT, "update", before=_OWN, label="New"),
    _change("stop and rename at once", EDIT, "update", "stop", desiredState="Stopped", label="Old"),
    _change("rename", EDIT, "update", label="New"),
    Deed("label", EDIT, body={"metadata": {"labels": {"a": "b"}}}, missing=("update",)),
    Deed("annotate", EDIT, body={"metadata": {"annotations": {"a": "b"}}}, missing=("update",)),
    _change("change only `requestedBy`", ADMINISTER, "launch-for", requestedBy="marc"),
    Deed("delete a job", EDIT, "DELETE"),
    Deed("delete all jobs in one call", NOBODY, "DELETE", "pimjobs"),
    Deed(
        "write a job's status", NOBODY, "PATCH", "pimjobs/$job/status", {"status": {"warnings": 1}}
    ),
    Deed("close a gate (make a PimRelease)", ADMINISTER, "POST", "pimreleases", _RELEASE),
    Deed("make or change a PimJobType", NOBODY, "POST", "pimjobtypes", _TYPE, cluster=True),
    Deed("read the database's URL", PODS, "GET", "secrets/pimjob-database", api="api/v1"),
    Deed("start a pod of their own as `pimjob-runner`", PODS, "POST", "pods", _POD, api="api/v1"),
)


def document() -> str:
    """Return the text of docs/permissions.md."""
    head = f"| | {' | '.join(ROLES)} |"
    rule = "|---" * (len(ROLES) + 1) + "|"
    rows = [
        f"| {deed.what} | {' | '.join('yes' if r in deed.allowed else 'no' for r in ROLES)} |"
        for deed in DEEDS
    ]
    return "\n".join([_HEAD, head, rule, *rows, "", _TAIL])


_HEAD = """\
<!-- Generated from tests/support/permissions.py by `make generate`. Change that instead. -->
# Who may do what

The API server itself decides, by RBAC and by admission policies: no webhook can be away, and whatever people use
(`kubectl`, a script, GitOps) is treated the same. The chart brings four ClusterRoles, named after the release, and adds
to `view`, `edit` and `admin` of the cluster. Give one in a namespace:

```console
$ kubectl -n pim create rolebinding julia-stops --clusterrole=pimjobs-stopper --user=julia
```

Each cell is executed by `tests/permissions/test_people.py`: people with certificates of their own, on a real API server,
with the roles as the chart renders them.
"""

_TAIL = """\
The last two rows are Kubernetes' own: whoever may start pods in a namespace has everything that its jobs have. Give
`pimjobs-admin` to people who administer jobs, and `edit` or `admin` only to those who may read the catalogue's database.

PimJobTypes belong to no namespace: to see them takes a ClusterRoleBinding to one of these roles. To change them (an image
that runs with every namespace's database) takes an administrator of the cluster.

## The verbs

| verb on `pimjobs` | what for |
|---|---|
| `stop` | `desiredState: Stopped`, and the `reason` of a job that is to stop |
| `pause` | `desiredState: Paused`, back to `Running`, and the `reason` |
| `retry` | raising `retry` |
| `stop-own`, `pause-own`, `retry-own` | the same, of jobs whose `spec.user` is the caller |
| `launch-for` | naming somebody else in `spec.user` or `spec.requestedBy` |
| `update` | everything else that can change: `label`, labels, annotations. Also if it is sent as a patch |

Whoever has `pimjobs-launcher` may stop, pause, resume and retry what they have launched, also if somebody else has paused
it, and nothing else. Whose a job is never changes: `spec.user` is stamped, or checked, when it is launched. Where nobody is
stamped (below) people say it themselves, or the job is nobody's.

Ask before you try: `kubectl -n pim auth can-i stop pimjobs` (it warns that it does not know the verb, and answers). A role
that stops needs `patch` as well, which is what the request is to Kubernetes; `patch` alone changes nothing: no field of the
spec, no label, annotation, owner or finalizer, and not who owns which fields of the status. A refusal says
who may not do what where, which verb is missing, and a role that has it. Whether a job can be stopped or paused at all is
the business of its type: that refusal is another one, and everybody gets it.

## Who it was

`spec.user` and `spec.requestedBy` are filled in by the API server (Kubernetes 1.36; from 1.32 with
`MutatingAdmissionPolicy` switched on). Leave them out. What you say yourself must be your own name as the cluster knows
it (`kubectl auth whoami`), unless you have `launch-for`. On a cluster without the stamping they stay empty if you leave
them out, and `requestedBy` of an earlier command has to be replaced by your own name with the next one.

| caller | `spec.user` of what it launches | what it needs |
|---|---|---|
| a person | their name | `create` |
| a scheduler or script with a ServiceAccount | `system:serviceaccount:<namespace>:<name>` | `create` |
| the same, on behalf of people | whom it names | `create`, `launch-for` |
| GitOps (Argo CD, Flux) | whom the manifest names, else its ServiceAccount | `launch-for` if manifests name people |

What was stamped is left alone when the same manifest is applied, server-side applied or replaced again: no drift
(`tests/permissions/test_stamping.py`). A program that steers jobs for people (it has `launch-for`) says whom it acts for
in `requestedBy` with each command, and sends `fieldManager=pimjobs-on-behalf`: otherwise a name that is there already,
from an earlier command, is taken for a left-over and replaced by its own.

## Runners

The ServiceAccount `pimjob-runner` may read the PimJobs of its namespace and patch their status. A policy narrows that to
the fields that a runner counts, of the one PimJob whose pod its token is bound to, as long as no newer attempt has
replaced that pod's. It may read no Secret, ConfigMap or pod ([security.md](security.md)).

## Switching it off

`admission.commands`, `admission.caller`, `admission.runner`, `admission.operator` and `admission.parameters` of the chart.
Without `commands` whoever may patch a PimJob may do everything of the above to it: there is no role `stopper` then, and
`launcher` only launches.
"""


def main() -> int:
    """Write the document."""
    FILE.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
