"""Does `kubectl pimjob list`."""

from pimjob_cli import arguments, columns, outputs, table
from pimjob_cli.arguments import Options
from pimjob_cli.choice import chosen, namespace_of, nothing_found, selection
from pimjob_cli.errors import UsageError
from pimjob_cli.job import Job
from pimjob_cli.selection import ordered
from pimjob_cli.session import Session, now


def run(session: Session, options: Options) -> int:
    """List."""
    if options.watch:
        from pimjob_cli.actions import watch  # noqa: PLC0415 - start-up time

        return watch.run(session, options)
    if not arguments.is_table(options.output) and options.output != "name":
        return _by_kubectl(session, options)
    jobs, wanted = chosen(session, options)
    jobs = ordered(jobs, options.sort, reverse=options.reverse)
    if options.output == "name":
        for job in jobs:
            session.terminal.print(job.reference)
    elif jobs:
        _print(session, options, jobs)
    else:
        session.terminal.say(nothing_found(session, options, wanted))
    return 0


def _print(session: Session, options: Options, jobs: list[Job]) -> None:
    at, wide, everywhere = now(), options.output == "wide", options.all_namespaces
    rows = [columns.row(job, at, wide=wide, namespaces=everywhere) for job in jobs]
    for line in table.lines(
        columns.headers(wide=wide, namespaces=everywhere),
        rows,
        paint=session.paint,
        show_headers=not options.no_headers,
    ):
        session.terminal.print(line)


def _by_kubectl(session: Session, options: Options) -> int:
    """Let kubectl print, in its own order: to keep another, it would read each job by itself."""
    if options.sort or options.reverse:
        raise UsageError(
            f"--sort and --reverse order tables and names; -o {options.output.partition('=')[0]}"
            " has kubectl's order: by namespace and name"
        )
    wanted = selection(options, lambda: session.user)
    headers = not options.no_headers
    if wanted.is_exact:
        where = namespace_of(session, options)
        return outputs.by_selector(
            session, options.output, wanted, namespace=where, headers=headers
        )
    jobs, _ = chosen(session, options)
    return outputs.of_jobs(session, options.output, jobs, headers=headers)
