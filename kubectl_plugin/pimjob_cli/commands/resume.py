"""`kubectl pimjob resume`."""

from pimjob_cli import change_command
from pimjob_cli.arguments import Options, Parser
from pimjob_cli.changes import RESUME
from pimjob_cli.session import Session

EXAMPLES = """\
  kubectl pimjob resume my-import
  kubectl pimjob resume --all-users --status=paused --yes
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    change_command.configure(parser, RESUME)


def run(session: Session, options: Options) -> int:
    """Do it."""
    return change_command.run(session, options, RESUME)
