"""`kubectl pimjob resume`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob resume my-import
  kubectl pimjob resume --all-users --status=paused --yes
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_change(parser, "resume", until="running again")
