"""`kubectl pimjob releases`: list, status, close and open."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob releases                                    all gates, with counts
  kubectl pimjob releases close weekly --reason 'version 7' --deadline=30m --wait --timeout=10m
  kubectl pimjob releases status weekly
  kubectl pimjob releases open weekly

exit codes of close --wait: 0 none of the jobs runs, 5 timed out
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    parser.add_argument("action", nargs="?", choices=("list", "status", "close", "open"),
                        default="list", help="default: list")  # fmt: skip
    release = parser.add_argument("releases", nargs="*", metavar="RELEASE", help="names")
    parser.complete(release, "releases")
    parser.add_argument("--reason", metavar="TEXT", help="close: what it is about")
    parser.add_argument("--deadline", metavar="TIME", help="close: opens by itself after it (1h)")
    parser.add_argument("--jobs", metavar="LABEL=VALUE", action="append", default=[],
                        help="close: a new gate concerns only jobs with these labels")  # fmt: skip
    parser.add_argument("--wait", action="store_true", help="close: until none of the jobs runs")
    arguments.add_timeout(parser, "how long --wait waits (default: for ever)")
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="in all namespaces")
    parser.add_argument("--no-headers", action="store_true", help="of the table")
