"""The notifier with the permissions that the chart gives it, and no others."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.control_plane import Api
from support.helm import CHART, program
from support.notifier_process import notifier_process
from support.outbox import Outbox
from support.receivers import receiver

pytestmark = pytest.mark.cluster

RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces"


def rendered(namespace: str) -> list[dict[str, Any]]:
    """Return the chart's objects for a notifier of one namespace."""
    values = {"notifier": {"enabled": True}, "watchNamespaces": [namespace]}
    command = [program(), "template", "pimjobs", CHART, f"--namespace={namespace}", "--values=-"]
    done = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.fixture
def kubeconfig(server: tuple[Api, Path], outbox: Outbox, tmp_path: Path) -> Path:
    """A kubeconfig with the token of the chart's ServiceAccount, which has the chart's Roles."""
    (api, administrators), namespace = server, outbox.place.namespace
    for one in rendered(namespace):
        name, kind = one["metadata"]["name"], one["kind"]
        if kind in {"Role", "RoleBinding"} and name.startswith("pimjobs-notifier"):
            api.create(f"{RBAC}/{namespace}/{kind.lower()}s", one)
    account = {"metadata": {"name": "pimjobs-notifier"}}
    api.create(outbox.place.path("serviceaccounts"), account)
    path = outbox.place.path("serviceaccounts", "pimjobs-notifier")
    token = api.create(f"{path}/token", {"spec": {}})["status"]["token"]
    config = yaml.safe_load(administrators.read_text())
    config["users"][0]["user"] = {"token": token}
    cluster = config["clusters"][0]["cluster"]
    authority = administrators.parent / cluster.pop("certificate-authority")
    cluster["certificate-authority-data"] = base64.b64encode(authority.read_bytes()).decode()
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    return file


def test_it_delivers_and_removes_and_reads_no_secret_but_those_that_are_named(
    kubeconfig: Path, outbox: Outbox, tmp_path: Path
) -> None:
    place = outbox.place
    other = {"metadata": {"name": "database"}, "stringData": {"url": "https://a.example/"}}
    place.api.create(place.path("secrets"), other)
    theirs = {"urlFrom": {"name": "database", "key": "url"}, "signingKey": {"key": "erp"}}
    with receiver() as found:
        delivered = outbox.reader(found).put()
        curious = outbox.put(outbox.notifier(webhook=theirs))
        times = {"keep_sent_seconds": "1", "sweep_seconds": "0.2"}
        with notifier_process(kubeconfig, tmp_path / "log", place, **times):
            status = curious.wait("Pending")
            delivered.wait_until_removed()
    assert status["lastError"] == (
        "The Secret database may not be read: add it to notifier.secretNames."
    )
    assert found.ids() == [delivered.change]
