"""Candidates for TAB that have to be looked up."""

import argparse
from collections.abc import Iterator, Sequence

from pimjob_api.names import type_object_name
from pimjob_api.phases import Phase
from pimjob_cli import arguments, paths
from pimjob_cli.errors import CliError
from pimjob_cli.job import Job
from pimjob_cli.kubectl import Kubectl
from pimjob_cli.selection import Selection
from pimjob_cli.session import Session
from pimjob_cli.terminal import terminal
from pimjob_cli.text import clean_line

MOST = 500
"""Jobs that are offered; more would be a list, not a choice."""

_LIVE = (Phase.QUEUED, Phase.STARTING, Phase.RUNNING, Phase.PAUSING, Phase.PAUSED)
_BY_VERB: dict[str, tuple[Phase, ...]] = {
    "jobs": (),
    "jobs-to-stop": _LIVE,
    "jobs-to-pause": _LIVE[:-1],
    "jobs-to-resume": (Phase.PAUSING, Phase.PAUSED),
    "jobs-to-retry": (Phase.FAILED,),
    "jobs-to-wait": (*_LIVE, Phase.STOPPING),
}
"""The phases in which a command has something to do; the API server looks for them."""


def candidates(what: str, flags: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return lines for what an argument is about.

    `flags` are those of the command line so far with their values, `words` what is left of it.
    """
    options = _known(flags)
    kubectl = Kubectl(arguments.passed_on(options), quiet=True)
    if what == "contexts":
        return kubectl.run("config", "get-contexts", "--output=name").stdout.splitlines()
    with Session(terminal(), kubectl, options.namespace) as session:
        return [clean_line(line) for line in _look_up(session, what, words)]


def _known(flags: Sequence[str]) -> argparse.Namespace:
    """Return kubectl's flags of a command line."""
    parser = arguments.Parser("")
    arguments.add_kubectl_flags(parser)
    return parser.parse_known_args(list(flags))[0]


def _look_up(session: Session, what: str, words: Sequence[str]) -> Iterator[str]:
    if what in _BY_VERB:
        query = Selection(phases=_BY_VERB[what]).query()
        page = session.api.get(paths.jobs(session.namespace), limit=str(MOST), **query)
        jobs = [Job(body) for body in page["items"]]
        refused = {"jobs-to-stop": "stoppable", "jobs-to-pause": "pausable"}.get(what, "")
        jobs = [job for job in jobs if job.status.get(refused) is not False]
        yield from (f"{job.name}\t{job.phase}, {job.label}" for job in jobs)
    elif what == "types":
        yield from _types(session)
    elif what == "runnable":
        yield from _types(session)
        yield from (
            f"profile/{name}" for name in _names(session, paths.profiles(session.namespace))
        )
    elif what == "parameters":
        yield from _parameters(session, words)
    elif what in {"steps", "files"} and words:
        job = Job(session.api.get(paths.job(session.namespace, words[0])))
        yield from (found["name"] for found in (job.steps if what == "steps" else job.artifacts))
    else:
        places = {
            "namespaces": "/api/v1/namespaces",
            "profiles": paths.profiles(session.namespace),
            "releases": paths.releases(session.namespace),
        }
        yield from _names(session, places[what])


def _names(session: Session, path: str) -> list[str]:
    try:
        return [item["metadata"]["name"] for item in session.api.items(path)]
    except CliError:
        return []


def _types(session: Session) -> Iterator[str]:
    for item in session.api.items(paths.TYPES):
        yield f"{item['metadata']['name'].replace('-', '_')}\t{item['spec']['label']}"


def _parameters(session: Session, words: Sequence[str]) -> Iterator[str]:
    from pimjob_cli import job_types  # noqa: PLC0415 - start-up time

    found = session.api.get(paths.job_type(type_object_name(words[0])))
    for name, schema in job_types.parameters_of(found).items():
        yield f"{name}=\t{schema.get('description', '')}"
