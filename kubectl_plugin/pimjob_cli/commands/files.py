"""`kubectl pimjob files`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser

EXAMPLES = """\
  kubectl pimjob files my-import                         a list
  kubectl pimjob files my-import invalid.csv             download one, into this folder
  kubectl pimjob files my-import --kind=invalid --to=/tmp
  kubectl pimjob files my-import invalid.csv --to=- | head

Files are read by `kubectl exec` in the job's pod while it runs, else in a pod that is started
for it, mounts the claim read-only and is deleted afterwards. That takes the permissions to
create, get and delete pods, and to create pods/exec.
"""
_KINDS = ("input", "output", "invalid", "log")


def configure(parser: Parser) -> None:
    """Say what it takes."""
    job = parser.add_argument("job", metavar="JOB", help="its name")
    parser.complete(job, "jobs")
    names = parser.add_argument("files", nargs="*", metavar="FILE", help="download these")
    parser.complete(names, "files")
    parser.add_argument("--kind", choices=_KINDS, help="download those of a kind")
    parser.add_argument("--all", action="store_true", help="download all")
    parser.add_argument("--to", default=".", metavar="FOLDER", help="where to; - prints one file")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--claim", metavar="NAME", help="the files claim (default: the job's)")
    parser.add_argument("--image", help="of the pod that reads (default: the job's last)")
    arguments.add_timeout(parser, "how long the pod may take to start (default: 2m)")
    parser.add_argument("--no-headers", action="store_true", help="of the table")
