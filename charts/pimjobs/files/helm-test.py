"""`helm test`: submits a PimJob, waits until it has ended, shows it, and removes it."""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

IDENTITY = Path("/var/run/secrets/kubernetes.io/serviceaccount")
NAMESPACE = os.environ["NAMESPACE"]
NAME = os.environ["NAME"]
SECONDS = float(os.environ["TIMEOUT_SECONDS"])
JOBS = f"/apis/pimjobs.dev/v1alpha1/namespaces/{NAMESPACE}/pimjobs"
ENDED = {"Completed", "Failed", "Stopped"}


def call(method: str, path: str, body: dict | None = None, *, missing: bool = False) -> dict:
    """Ask the API server; fail with what it says, unless what is asked for may be missing."""
    # The address and not the name: the cluster's DNS is not what is tested.
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    host = f"{host}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    request = urllib.request.Request(
        f"https://{host}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {(IDENTITY / 'token').read_text()}",
            "Content-Type": "application/json",
        },
    )
    trusted = ssl.create_default_context(cafile=str(IDENTITY / "ca.crt"))
    try:
        with urllib.request.urlopen(request, timeout=10, context=trusted) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if missing and error.code == HTTPStatus.NOT_FOUND:
            return {}
        sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}")


def main() -> None:
    """Run one job of the smallest type."""
    job = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": NAME},
        "spec": {"type": "installation_check", "label": "helm test"},
    }
    path = f"{JOBS}/{NAME}"
    # Of a test that was killed.
    call("DELETE", path, missing=True)
    call("POST", JOBS, job)
    status: dict = {}
    shown = ""
    deadline = time.monotonic() + SECONDS
    try:
        while status.get("phase") not in ENDED and time.monotonic() < deadline:
            # A few polls: a watch would be longer than the test.
            time.sleep(0.5)
            status = call("GET", path).get("status") or {}
            line = f"{status.get('phase', 'not seen by the operator')} {status.get('message', '')}"
            if line != shown:
                print(line, flush=True)
                shown = line
    finally:
        call("DELETE", path, missing=True)
    if status.get("phase") != "Completed":
        print(json.dumps(status, indent=2))
        sys.exit(f"The PimJob did not complete in {SECONDS:g} s. See the operator's log.")


main()
