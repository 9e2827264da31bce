"""`kubectl pimjob stop`."""

from pimjob_cli import change_command
from pimjob_cli.arguments import Options, Parser
from pimjob_cli.changes import STOP
from pimjob_cli.session import Session

EXAMPLES = """\
  kubectl pimjob stop my-import --reason 'wrong file'
  kubectl pimjob stop my-import --wait                  until its last chunk is committed
  kubectl pimjob stop --all-users --type=csv_product_import --status=queued,running --yes
  kubectl pimjob stop --name 'daily products' --dry-run=server
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    change_command.configure(parser, STOP)


def run(session: Session, options: Options) -> int:
    """Do it."""
    return change_command.run(session, options, STOP)
