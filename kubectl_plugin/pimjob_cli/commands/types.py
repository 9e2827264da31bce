"""`kubectl pimjob types`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob types                        all
  kubectl pimjob types csv_product_import     its steps and parameters
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    types = parser.add_argument("types", nargs="*", metavar="TYPE", help="names")
    parser.complete(types, "types")
    arguments.add_output(parser)
