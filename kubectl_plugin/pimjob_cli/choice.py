"""Reads the jobs that a command is about."""

from collections.abc import Callable, Sequence

from pimjob_cli import paths, text
from pimjob_cli.arguments import Options
from pimjob_cli.job import Job
from pimjob_cli.selection import Selection
from pimjob_cli.session import Session, now


def namespace_of(session: Session, options: Options) -> str | None:
    """Return the namespace to read; None for all."""
    return None if options.all_namespaces else session.namespace


def selection(options: Options, own: Callable[[], str]) -> Selection:
    """Return the filters; `own` is asked for the user if nobody else's jobs are wanted."""
    mine = not (options.all_users or options.user)
    return Selection(
        words=tuple(" ".join(options.name).split()),
        types=tuple(options.type),
        users=(own(),) if mine else tuple(options.user),
        phases=tuple(options.status),
        profiles=tuple(options.profile),
        since=options.since,
        labels=options.selector or "",
    )


def chosen(session: Session, options: Options) -> tuple[list[Job], Selection]:
    """Return the jobs that the filters choose, and the filters."""
    wanted = selection(options, lambda: session.user)
    path, at = paths.jobs(namespace_of(session, options)), now()
    found = [Job(body) for body in session.api.items(path, **wanted.query())]
    return [job for job in found if wanted.keeps(job, at)], wanted


def named(session: Session, names: Sequence[str]) -> list[Job]:
    """Return jobs by name. Raises ServerError for the first that is not there."""
    return [Job(session.api.get(paths.job(session.namespace, name))) for name in names]


def nothing_found(session: Session, options: Options, wanted: Selection) -> str:
    """Say what was looked for, and how to see more."""
    where = "" if options.all_namespaces else f" in namespace {session.namespace}"
    whose = f" of {' or '.join(map(text.clean, wanted.users))}" if wanted.users else ""
    own = not options.user and not options.all_users
    more = ". --all-users shows everybody's" if own else ""
    return f"No jobs{whose} found{where}{more}."
