"""`kubectl pimjob pause`."""

from pimjob_cli import change_command
from pimjob_cli.arguments import Options, Parser
from pimjob_cli.changes import PAUSE
from pimjob_cli.session import Session

EXAMPLES = """\
  kubectl pimjob pause my-import other-import --reason 'database maintenance'
  kubectl pimjob pause --all-users --status=running --yes --wait
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    change_command.configure(parser, PAUSE)


def run(session: Session, options: Options) -> int:
    """Do it."""
    return change_command.run(session, options, PAUSE)
