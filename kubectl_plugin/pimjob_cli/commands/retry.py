"""`kubectl pimjob retry`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob retry my-import --wait
  kubectl pimjob retry --status=failed --since=1d
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_change(parser, "retry", until="running again")
