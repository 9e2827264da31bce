"""Does `kubectl pimjob wait`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Options
from pimjob_cli.choice import named
from pimjob_cli.session import Session
from pimjob_cli.waiting import wait_for_end


def run(session: Session, options: Options) -> int:
    """Wait."""
    names = arguments.references(options.jobs, "pimjob")
    if not names:  # as of `wait $(kubectl pimjob list … -o name)` where none is found
        session.terminal.say("No jobs to wait for.")
        return 0
    return wait_for_end(session, named(session, names), options.timeout)
