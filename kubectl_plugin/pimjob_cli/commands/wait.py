"""`kubectl pimjob wait`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Options, Parser
from pimjob_cli.choice import named
from pimjob_cli.session import Session
from pimjob_cli.waiting import EXIT_CODES, wait_for_end

EXAMPLES = f"""\
  kubectl pimjob wait my-import --timeout=30m
  kubectl pimjob wait $(kubectl pimjob list --status=running -o name)

{EXIT_CODES}"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    jobs = parser.add_argument("jobs", nargs="+", metavar="JOB", help="names")
    parser.complete(jobs, "jobs-to-wait")
    arguments.add_timeout(parser, "how long (default: for ever)")


def run(session: Session, options: Options) -> int:
    """Wait."""
    names = arguments.references(options.jobs, "pimjob")
    return wait_for_end(session, named(session, names), options.timeout)
