"""`kubectl pimjob profiles`: what the API server itself shows of them, whatever its columns."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob profiles
  kubectl pimjob run profile/daily-products     one of them
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    profiles = parser.add_argument("profiles", nargs="*", metavar="PROFILE", help="names")
    parser.complete(profiles, "profiles")
    arguments.add_output(parser)
