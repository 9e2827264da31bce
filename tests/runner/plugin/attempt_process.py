"""`pimjob-runner run-attempt`, but with an API server at a given port of this machine."""

import os
import sys

from pimjob_runner.attempt import run_attempt
from pimjob_runner.reporting.kube import ApiServer

if __name__ == "__main__":
    port = int(sys.argv[1])
    sys.exit(run_attempt(os.environ, lambda: ApiServer(host="127.0.0.1", port=port)))
