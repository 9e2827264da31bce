"""Formats that are kubectl's own: kubectl prints them, from what it reads itself."""

import json
from collections.abc import Sequence

from pimjob_api.names import API_VERSION, GROUP, KIND_PIMJOB, PLURAL_PIMJOB
from pimjob_cli.job import Job
from pimjob_cli.selection import Selection
from pimjob_cli.session import Session

_RESOURCE = f"{PLURAL_PIMJOB}.{GROUP}"


def by_selector(
    session: Session, output: str, wanted: Selection, *, namespace: str | None, headers: bool = True
) -> int:
    """Print the jobs that selectors alone can tell."""
    where = "--all-namespaces" if namespace is None else f"--namespace={namespace}"
    return _get(session, output, _RESOURCE, where, *wanted.flags(), headers=headers)


def by_name(session: Session, output: str, names: Sequence[str], *, headers: bool = True) -> int:
    """Print jobs; one alone is no list."""
    where = f"--namespace={session.namespace}"
    return _get(session, output, _RESOURCE, *names, where, headers=headers)


def of_jobs(session: Session, output: str, jobs: Sequence[Job], *, headers: bool = True) -> int:
    """Print these jobs, in this order, as a list."""
    if not jobs:
        where = f"--namespace={session.namespace}"
        return _get(session, output, _RESOURCE, where, "--field-selector=metadata.name=")
    items = [
        {
            "apiVersion": API_VERSION,
            "kind": KIND_PIMJOB,
            "metadata": {"name": job.name, "namespace": job.namespace},
        }
        for job in jobs
    ]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    gone = "--ignore-not-found"
    return _get(session, output, "--filename=-", gone, stdin=listed, headers=headers)


def _get(
    session: Session, output: str, *arguments: str, stdin: str | None = None, headers: bool = True
) -> int:
    hidden = [] if headers else ["--no-headers"]
    return session.kubectl.show("get", *arguments, f"--output={output}", *hidden, stdin=stdin)
