"""`kubectl pimjob stop`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob stop my-import --reason 'wrong file'
  kubectl pimjob stop my-import --wait                  until its last chunk is committed
  kubectl pimjob stop --all-users --type=csv_product_import --status=queued,running --yes
  kubectl pimjob stop --name 'daily products' --dry-run=server
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    arguments.add_change(parser, "stop", until="stopped")
