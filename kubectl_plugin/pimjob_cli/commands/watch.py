"""`kubectl pimjob watch`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob watch                        your jobs; Ctrl-C ends
  kubectl pimjob watch my-import              all about one, until it has ended
  kubectl pimjob watch a b c                  several, until all have ended
  kubectl pimjob watch --all-users --status=running,starting
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    jobs = parser.add_argument("jobs", nargs="*", metavar="JOB", help="names; without, by filters")
    parser.complete(jobs, "jobs")
    arguments.add_filters(parser)
    arguments.add_sort(parser)
    parser.set_defaults(no_headers=False, output="table")
