"""Does `kubectl pimjob get`."""

from pimjob_cli import arguments, columns, detail, outputs, table
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.session import Session, now


def run(session: Session, options: Options) -> int:
    """Show."""
    names = arguments.references(options.jobs, "pimjob")
    headers = not options.no_headers
    if not arguments.is_table(options.output) and options.output != "name":
        return outputs.by_name(session, options.output, names, headers=headers)
    jobs, at = named(session, names), now()
    if options.output == "name":
        found = [job.reference for job in jobs]
    elif options.output == "wide":
        rows = [columns.row(job, at, wide=True) for job in jobs]
        found = table.lines(
            columns.headers(wide=True), rows, paint=session.paint, show_headers=headers
        )
    else:
        width = session.terminal.width()
        shown = [detail.lines(job, at, paint=session.paint, width=width) for job in jobs]
        found = [
            line for place, lines in enumerate(shown) for line in ([""] if place else []) + [*lines]
        ]
    for line in found:
        session.terminal.print(line)
    return 0
