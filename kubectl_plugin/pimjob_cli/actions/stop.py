"""Does `kubectl pimjob stop`."""

from pimjob_cli import change_command
from pimjob_cli.arguments import Options
from pimjob_cli.changes import STOP
from pimjob_cli.session import Session


def run(session: Session, options: Options) -> int:
    """Do it."""
    return change_command.run(session, options, STOP)
