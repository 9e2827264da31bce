"""`kubectl pimjob top`: how fast, what waits, and what takes longest."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob top --all-users -A
  kubectl pimjob top --all-users --slowest=5
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_filters(parser)
    parser.add_argument("--slowest", type=int, default=10, metavar="N",
                        help="how many of the slowest to list (default: 10)")  # fmt: skip
