"""`kubectl pimjob wait`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser
from pimjob_cli.exit_codes import EXIT_CODES

EXAMPLES = f"""\
  kubectl pimjob wait my-import --timeout=30m
  kubectl pimjob wait $(kubectl pimjob list --status=running -o name)

{EXIT_CODES}"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    jobs = parser.add_argument("jobs", nargs="*", metavar="JOB", help="names; without, nothing")
    parser.complete(jobs, "jobs-to-wait")
    arguments.add_timeout(parser, "how long (default: for ever)")
