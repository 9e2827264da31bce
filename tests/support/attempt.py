"""`pimjob-runner run-attempt` as in a pod, but with the API server of the tests.

Arguments: host, port, file of its authority, file of a token.
"""

import os
import sys
from pathlib import Path

from pimjob_runner.attempt import run_attempt
from pimjob_runner.reporting.kube import ApiServer

if __name__ == "__main__":
    host, port, authority, token = sys.argv[1:]
    server = ApiServer(
        host=host, port=int(port), certificate_authority=Path(authority), token=Path(token)
    )
    sys.exit(run_attempt(os.environ, lambda: server))
