"""The reporter and the real API server: what it accepts, merges, refuses and returns."""

import base64
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from large_progress import largest

from pimjob_api.names import GROUP, PLURAL_PIMJOB, VERSION
from pimjob_api.phases import StepPhase
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.reporting.kube import ApiRefusedError, ApiServer, PimJobClient
from pimjob_runner.reporting.reporter import Reporter
from pimjob_runner.reporting.status import status_of

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KUBECONFIG = Path(__file__).parents[3] / ".cluster" / "kubeconfig"


@dataclass(frozen=True)
class Place:
    """A namespace of the test's own, and a runner's rights in it."""

    namespace: str
    server: ApiServer
    objects: client.CustomObjectsApi

    def create(self, name: str) -> dict[str, Any]:
        # A type that nobody has: the operator leaves such a job alone.
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "PimJob",
            "metadata": {"name": name},
            "spec": {"type": "type_of_a_test", "parameters": {}},
        }
        made: dict[str, Any] = self.objects.create_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL_PIMJOB, body
        )
        return made

    def read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.objects.get_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL_PIMJOB, name
        )
        return found

    def patch(self, name: str, spec: dict[str, Any]) -> None:
        self.objects.patch_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL_PIMJOB, name, {"spec": spec}
        )

    def delete(self, name: str) -> None:
        self.objects.delete_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL_PIMJOB, name
        )

    def client(self, job: dict[str, Any]) -> PimJobClient:
        meta = job["metadata"]
        return PimJobClient(
            self.server, namespace=meta["namespace"], name=meta["name"], uid=meta["uid"]
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    path = None if os.environ.get("CLUSTER") == "current" else str(KUBECONFIG)
    api = config.new_client_from_config(path)
    core, namespace = client.CoreV1Api(api), f"test-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": namespace}})
    try:
        folder = tmp_path_factory.mktemp("server")
        token = _runner_token(api, namespace)
        yield Place(namespace, _server(api, token, folder), client.CustomObjectsApi(api))
    finally:
        core.delete_namespace(namespace)
        api.close()


def _runner_token(api: client.ApiClient, namespace: str) -> str:
    core, rbac = client.CoreV1Api(api), client.RbacAuthorizationV1Api(api)
    meta = {"metadata": {"name": "runner"}}
    core.create_namespaced_service_account(namespace, meta)
    rules = [
        {"apiGroups": [GROUP], "resources": [PLURAL_PIMJOB], "verbs": ["get"]},
        {"apiGroups": [GROUP], "resources": [f"{PLURAL_PIMJOB}/status"], "verbs": ["patch"]},
    ]
    rbac.create_namespaced_role(namespace, {**meta, "rules": rules})
    rbac.create_namespaced_role_binding(
        namespace,
        {
            **meta,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "runner"},
            "subjects": [{"kind": "ServiceAccount", "name": "runner", "namespace": namespace}],
        },
    )
    request = {"spec": {"audiences": []}}
    return str(
        core.create_namespaced_service_account_token("runner", namespace, request).status.token
    )


def _server(api: client.ApiClient, token: str, folder: Path) -> ApiServer:
    (folder / "token").write_text(token)
    authority = Path(api.configuration.ssl_ca_cert)
    (folder / "ca.crt").write_bytes(authority.read_bytes())
    host, _, port = api.configuration.host.removeprefix("https://").partition(":")
    return ApiServer(
        host=host,
        port=int(port or 443),
        certificate_authority=folder / "ca.crt",
        token=folder / "token",
    )


def progress(phase: StepPhase, processed: int) -> JobProgress:
    return JobProgress(
        steps=(
            StepProgress("download", "Download", 0, StepPhase.COMPLETED),
            StepProgress("import", "Import", 1, phase, processed=processed, total=10),
        )
    )


def test_reports_are_owned_by_the_runner_and_replace_only_its_fields(place: Place) -> None:
    job = place.create("owned")
    runner = place.client(job)
    first = status_of(progress(StepPhase.RUNNING, 4), files_root=Path("/data"), now=NOW)
    runner.apply_status(first | {"etaSeconds": 7})
    last = status_of(progress(StepPhase.COMPLETED, 10), files_root=Path("/data"), now=NOW)
    runner.apply_status(last)
    runner.close()

    found = place.read("owned")
    assert {name: found["status"][name] for name in last} == last
    assert "etaSeconds" not in found["status"], "what is no longer said is gone"
    (owned,) = [m for m in found["metadata"]["managedFields"] if m["manager"] == "pimjob-runner"]
    assert (owned["operation"], owned["subresource"]) == ("Apply", "status")


def test_a_wish_comes_back_with_the_answer_to_a_report(place: Place) -> None:
    job, control = place.create("wish"), Control()
    reporter = Reporter(
        place.client(job), control, attempt=1, files_root=Path("/data"), clock=lambda: NOW
    )
    reporter.start()
    place.patch("wish", {"desiredState": "Stopped"})
    reporter.report(progress(StepPhase.RUNNING, 4))
    reporter.finish()

    assert control.intent() is Intent.STOP


def test_the_largest_report_is_accepted_whole(place: Place) -> None:
    job = place.create("largest")
    runner = place.client(job)
    status = status_of(largest(), files_root=Path("/data"), now=NOW)

    answer = runner.apply_status(status)
    runner.close()

    assert {name: answer["status"][name] for name in status} == status


def test_a_pimjob_made_anew_under_the_same_name_is_not_taken_for_the_old_one(place: Place) -> None:
    runner = place.client(place.create("again"))
    place.delete("again")
    place.create("again")

    for attempt in (runner.get, lambda: runner.apply_status({"warnings": 1})):
        with pytest.raises(ApiRefusedError, match="another one has its name"):
            attempt()
    runner.close()


def test_a_pimjob_that_is_gone_is_not_found(place: Place) -> None:
    runner = place.client(place.create("gone"))
    place.delete("gone")

    with pytest.raises(ApiRefusedError) as raised:
        runner.get()
    runner.close()

    assert raised.value.status == 404


def test_a_wrong_token_is_refused_and_a_new_one_is_read_from_the_file(
    place: Place, tmp_path: Path
) -> None:
    job = place.create("token")
    assert place.server.token is not None
    token = tmp_path / "token"
    token.write_text(base64.b64encode(b"nonsense").decode())
    server = ApiServer(
        host=place.server.host,
        port=place.server.port,
        certificate_authority=place.server.certificate_authority,
        token=token,
    )
    runner = PimJobClient(
        server, namespace=place.namespace, name="token", uid=job["metadata"]["uid"]
    )
    with pytest.raises(ApiRefusedError) as raised:
        runner.get()
    assert raised.value.status == 401

    token.write_text(place.server.token.read_text())

    assert runner.get()["metadata"]["name"] == "token"
    runner.close()
