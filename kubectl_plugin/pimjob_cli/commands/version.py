"""`kubectl pimjob version`: of this command, the operator and the CRDs, and whether they fit."""

from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob version
  kubectl pimjob version --client
  kubectl pimjob version -o json

Warns where the operator is of another version, or the CRDs lack a field that this command writes.
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    parser.add_argument("--client", action="store_true", help="of this command only")
    parser.add_argument("-o", "--output", choices=("json",), default="", help="as data")
