"""A notifier in a cluster tells a receiver in a pod, and nobody inside unless that is allowed."""

import base64
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from jobs import Jobs

from support.control_plane import wait_for
from support.helm import CHART, program
from support.kube import kubeconfig, kubectl
from support.restricted import restricted_pod
from support.signatures import signature

pytestmark = pytest.mark.cluster

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
# One of the ports that the notifier's NetworkPolicy lets out; here the receiver is a plain one.
PORT = 6443
RECEIVER = """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        print(json.dumps({"headers": headers, "body": body}))
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("", %d), Handler).serve_forever()
"""


def helm(*arguments: str) -> str:
    command = [program(), *arguments, "--namespace=pim", f"--kubeconfig={kubeconfig()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"helm {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def image() -> str:
    """The operator's image: there is a Python in it."""
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    return kubectl("-n", "pim", "get", "deployment/pimjobs-operator", "-o", path)


@pytest.fixture
def receiver(jobs: Jobs, image: str) -> Iterator[str]:
    """A pod that prints what it gets; yields its address."""
    container = {
        "name": "receiver",
        "image": image,
        "command": ["python3", "-u", "-c", RECEIVER % PORT],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "receiver", "namespace": jobs.namespace},
        "spec": restricted_pod(container, terminationGracePeriodSeconds=0),
    }
    kubectl("apply", "-f", "-", stdin=pod)
    try:
        kubectl("-n", jobs.namespace, "wait", "pod/receiver", "--for=condition=Ready")
        path = "jsonpath={.status.podIP}"
        yield kubectl("-n", jobs.namespace, "get", "pod/receiver", "-o", path)
    finally:
        kubectl("-n", jobs.namespace, "delete", "pod/receiver")


@pytest.fixture
def rule(jobs: Jobs, receiver: str) -> Iterator[str]:
    """A PimNotifier that tells the receiver, and its Secret; yields its name."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "pimjob-notifications", "namespace": jobs.namespace},
        "stringData": {"erp": KEY},
    }
    webhook = {"url": f"http://{receiver}:{PORT}/hooks", "signingKey": {"key": "erp"}}
    notifier = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimNotifier",
        "metadata": {"name": "erp", "namespace": jobs.namespace},
        "spec": {"events": ["Completed"], "webhook": webhook},
    }
    for manifest in (secret, notifier):
        kubectl("apply", "-f", "-", stdin=manifest)
    yield "erp"
    kubectl("-n", jobs.namespace, "delete", "pimnotifier/erp", "secret/pimjob-notifications")
    kubectl("-n", jobs.namespace, "delete", "pimnotifications", "--all")


def set_notifier(*, enabled: bool, allowed: tuple[str, ...] = ()) -> None:
    """Switch it on or off, and say to which inside addresses it may connect."""
    values = (
        f"--set=notifier.enabled={json.dumps(enabled)}",
        f"--set-json=notifier.allowedCIDRs={json.dumps(allowed)}",
    )
    helm("upgrade", "pimjobs", str(CHART), "--reuse-values", *values, "--wait", "--timeout=120s")


def told(jobs: Jobs, name: str) -> dict[str, Any] | None:
    """Return the PimNotification about a job."""
    found = json.loads(kubectl("-n", jobs.namespace, "get", "pimnotifications", "-o", "json"))
    items = (item for item in found["items"] if item["spec"]["subject"]["name"] == name)
    return next(items, None)


def state(jobs: Jobs, name: str) -> str:
    return str((told(jobs, name) or {}).get("status", {}).get("state", ""))


@pytest.mark.usefixtures("rule")
def test_a_pod_is_told_when_its_address_is_allowed_and_not_before(
    jobs: Jobs, receiver: str
) -> None:
    set_notifier(enabled=True)
    try:
        name = jobs.create()
        jobs.wait(name, "phase", "Completed", seconds=120)
        wait_for(lambda: state(jobs, name) == "Pending", "an attempt")
        found = told(jobs, name)
        assert found is not None
        assert found["status"]["lastError"].startswith("Not connected: ")

        set_notifier(enabled=True, allowed=(f"{receiver}/32",))
        wait_for(lambda: state(jobs, name) == "Sent", "the notification", seconds=120)
        lines = kubectl("-n", jobs.namespace, "logs", "pod/receiver").splitlines()
        requests = [json.loads(line) for line in lines if line.startswith("{")]
        [request] = [one for one in requests if found["spec"]["id"] in one["body"]]
        headers, body = request["headers"], request["body"].encode()
        assert headers["webhook-id"] == found["spec"]["id"]
        signed = signature(KEY, headers["webhook-id"], headers["webhook-timestamp"], body)
        assert headers["webhook-signature"] == signed
        assert json.loads(body)["data"]["name"] == name
    finally:
        set_notifier(enabled=False)
