"""`kubectl pimjob logs`."""

from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob logs my-import                    all attempts whose pods are there
  kubectl pimjob logs my-import -f                 to its end, from attempt to attempt
  kubectl pimjob logs my-import --attempt=2 --step=import

A pod's log goes with the pod. Of an attempt without one, what is recorded of its end is said
on standard error.
"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    job = parser.add_argument("job", metavar="JOB", help="its name")
    parser.complete(job, "jobs")
    parser.add_argument("-f", "--follow", action="store_true", help="also what is still to come")
    parser.add_argument("--attempt", type=int, metavar="N", help="of one attempt")
    step = parser.add_argument("--step", metavar="NAME", help="of one step")
    parser.complete(step, "steps")
    parser.add_argument("--tail", type=int, metavar="N", help="the last N lines of each attempt")
    parser.add_argument("--timestamps", action="store_true", help="with the time of each line")
