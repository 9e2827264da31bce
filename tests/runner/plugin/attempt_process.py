"""`pimjob-runner run-attempt`, but with an API server at a given place, as HOST:PORT."""

import os
import sys

from pimjob_runner.attempt import run_attempt
from pimjob_runner.reporting.kube import ApiServer

if __name__ == "__main__":
    host, port = sys.argv[1].split(":")
    sys.exit(run_attempt(os.environ, lambda: ApiServer(host=host, port=int(port))))
