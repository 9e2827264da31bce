"""`kubectl pimjob get`, also called `describe`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob get my-import
  kubectl pimjob get my-import other-import -o wide        a table
  kubectl pimjob get my-import -o jsonpath='{.status.phase}'
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    jobs = parser.add_argument("jobs", nargs="+", metavar="JOB", help="names")
    parser.complete(jobs, "jobs")
    arguments.add_output(parser)
