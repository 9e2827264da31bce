"""`kubectl pimjob list`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob list                                your jobs, the newest first
  kubectl pimjob list --all-users --status=running,paused
  kubectl pimjob list --name 'daily products' --since=7d --sort=warnings --reverse
  kubectl pimjob list -A --all-users -o custom-columns=NAME:.metadata.name,AT:.status.progress
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_filters(parser)
    arguments.add_sort(parser)
    arguments.add_output(parser)
    parser.add_argument("-w", "--watch", action="store_true", help="as `kubectl pimjob watch`")
    parser.set_defaults(jobs=[])
