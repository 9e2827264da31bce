"""`kubectl pimjob retry`."""

from pimjob_cli import change_command
from pimjob_cli.arguments import Options, Parser
from pimjob_cli.changes import RETRY
from pimjob_cli.session import Session

EXAMPLES = """\
  kubectl pimjob retry my-import --wait
  kubectl pimjob retry --status=failed --since=1d
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    change_command.configure(parser, RETRY)


def run(session: Session, options: Options) -> int:
    """Do it."""
    return change_command.run(session, options, RETRY)
