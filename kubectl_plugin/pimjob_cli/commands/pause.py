"""`kubectl pimjob pause`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob pause my-import other-import --reason 'database maintenance'
  kubectl pimjob pause --all-users --status=running --yes --wait
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_change(parser, "pause", until="paused")
