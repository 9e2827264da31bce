"""The pod that reads the files of a job: what it is made of, and what it sends."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pimjob_cli import files, reader_pod
from pimjob_cli.files import Place
from pimjob_cli.job import Job
from support.control_plane import wait_for
from support.plugin import CSV, IMAGE, PROGRAM, Jobs, Plugin, attempt

TEMPLATE: dict[str, Any] = {
    "restartPolicy": "Never",
    "serviceAccountName": "pimjob-runner",
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 2000},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "pim", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "",
    "containers": [
        {"name": "sidecar", "image": "other"},
        {
            "name": "runner",
            "image": "registry.example.com/own/runner:2",
            "env": [{"name": "PIMJOB_DATABASE_URL", "value": "secret"}],
            "securityContext": {"allowPrivilegeEscalation": False, "runAsUser": 1001},
            "volumeMounts": [{"name": "files", "mountPath": "/own"},
                             {"name": "extra", "mountPath": "/extra"}],
        },
    ],
    "volumes": [
        {"name": "files", "persistentVolumeClaim": {"claimName": "own-claim"}},
        {"name": "extra", "emptyDir": {}},
    ],
}  # fmt: skip


@pytest.mark.cluster
def test_the_pod_passes_the_restricted_standard_and_is_deleted_if_it_does_not_start(
    jobs: Jobs, plugin: Plugin
) -> None:
    restricted = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    jobs.api.patch(f"/api/v1/namespaces/{jobs.namespace}", restricted)
    accounts = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(accounts, {"metadata": {"name": "default"}})
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [CSV]})
    pods = f"/api/v1/namespaces/{jobs.namespace}/pods"
    running = subprocess.Popen(
        [sys.executable, "-m", "pimjob_cli.main", "files", "a", "a.csv", "--timeout=3",
         "--claim=own-claim", f"--namespace={jobs.namespace}"],
        stderr=subprocess.PIPE, text=True, env=plugin.environment, cwd=plugin.home,
    )  # fmt: skip
    [pod] = _pods(jobs)
    _, said = running.communicate()
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"] == {"claimName": "own-claim"}
    assert pod["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] is True
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["activeDeadlineSeconds"] == reader_pod.LIFE_SECONDS
    assert running.returncode == 1
    assert "the pod that reads the files did not start in 3 s: no node has taken it yet" in said
    assert jobs.api.get(pods)["items"] == []
    assert list(plugin.home.glob("a.csv*")) == []


@pytest.mark.cluster
def test_the_pod_runs_where_those_of_the_job_do_and_goes_with_the_job(
    jobs: Jobs, plugin: Plugin
) -> None:
    core = f"/api/v1/namespaces/{jobs.namespace}"
    jobs.api.create(f"{core}/serviceaccounts", {"metadata": {"name": "default"}})
    account = {"metadata": {"name": "pimjob-runner"}, "imagePullSecrets": [{"name": "registry"}]}
    jobs.api.create(f"{core}/serviceaccounts", account)
    made = {"metadata": {"name": "a-1"}, "spec": {"suspend": True, "template": {"spec": TEMPLATE}}}
    jobs.api.create(f"/apis/batch/v1/namespaces/{jobs.namespace}/jobs", made)
    artifact = {**CSV, "url": "file:///own/in/a.csv"}
    attempts = [attempt("a"), attempt("a", 2)]  # the Job of the second is gone
    job = jobs.put("a", {"phase": "Completed", "attempts": attempts, "artifacts": [artifact]})
    with subprocess.Popen(
        [PROGRAM, "files", "a", "a.csv", f"--namespace={jobs.namespace}"],
        stderr=subprocess.PIPE, text=True, env=plugin.environment, cwd=plugin.home,
    ) as running:  # fmt: skip
        [pod] = _pods(jobs)
        jobs.api.delete(f"{jobs.path}/a?propagationPolicy=Background")
        wait_for(lambda: not jobs.api.get(f"{core}/pods")["items"], "the pod to go")
        running.communicate()
    assert pod["metadata"]["ownerReferences"] == [
        {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob", "name": "a",
         "uid": job["metadata"]["uid"]}
    ]  # fmt: skip
    spec, [container] = pod["spec"], pod["spec"]["containers"]
    assert spec["securityContext"] == TEMPLATE["securityContext"]
    assert spec["nodeSelector"] == TEMPLATE["nodeSelector"]
    assert TEMPLATE["tolerations"][0] in spec["tolerations"]
    assert spec["affinity"] == TEMPLATE["affinity"]
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert (spec["serviceAccountName"], spec["automountServiceAccountToken"]) == ("default", False)
    assert [volume["name"] for volume in spec["volumes"]] == ["files"]
    assert spec["volumes"][0]["persistentVolumeClaim"] == {"claimName": "own-claim"}
    assert container["image"] == "registry.example.com/own/runner:2"
    assert container["securityContext"] == TEMPLATE["containers"][1]["securityContext"]
    assert container["volumeMounts"] == [{"name": "files", "mountPath": "/own", "readOnly": True}]
    assert "env" not in container


def test_of_a_job_without_security_contexts_the_pod_has_none() -> None:
    """It would be another user than the one whose files it is to read."""
    body = {"metadata": {"name": "a", "namespace": "pim", "uid": "u"}}
    pod = {"containers": [{"name": "runner", "image": "own"}]}
    spec = reader_pod.manifest("a-files", Job(body), Place(), "own", pod)["spec"]
    assert "securityContext" not in spec
    assert not spec["containers"][0]["securityContext"]


@pytest.mark.cluster
def test_where_no_job_is_left_the_usual_claim_and_the_recorded_image_are_tried(
    jobs: Jobs, plugin: Plugin
) -> None:
    accounts = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(accounts, {"metadata": {"name": "default"}})
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [CSV]})
    with subprocess.Popen(
        [PROGRAM, "files", "a", "a.csv", "--timeout=2", f"--namespace={jobs.namespace}"],
        stderr=subprocess.PIPE, text=True, env=plugin.environment, cwd=plugin.home,
    ) as running:  # fmt: skip
        [pod] = _pods(jobs)
        _, said = running.communicate()
    assert said.startswith(
        "The job's claim cannot be read: no Job of it is left; pimjob-data is tried;"
    )
    assert pod["spec"]["containers"][0]["image"] == IMAGE
    assert pod["spec"]["securityContext"]["runAsUser"] == 65532
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"] == {"claimName": "pimjob-data"}


def _pods(jobs: Jobs) -> list[dict[str, Any]]:
    """Return the pods of the namespace once there are any."""
    path = f"/api/v1/namespaces/{jobs.namespace}/pods"
    return list(wait_for(lambda: jobs.api.get(path)["items"], "a pod", seconds=20))


def test_the_claim_is_the_one_that_the_job_mounts() -> None:
    spec = {
        "volumes": [{"name": "f", "persistentVolumeClaim": {"claimName": "own"}}, {"name": "tmp"}],
        "containers": [
            {"volumeMounts": [{"name": "tmp", "mountPath": "/t"},
                              {"name": "f", "mountPath": "/files"}]}
        ],
    }  # fmt: skip
    assert files.place_in(spec) == Place("own", "/files")
    assert files.place_in({"containers": [{}]}) is None


def send(root: Path, path: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run what runs in the pod."""
    command = [sys.executable, "-c", reader_pod.SEND, str(root), str(path)]
    return subprocess.run(command, capture_output=True, check=False)


def test_what_is_sent_is_the_file_and_its_digest(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "a.bin").write_bytes(content)
    done = send(tmp_path, tmp_path / "a.bin")
    assert done.stdout == content
    assert done.stderr.decode() == f"sha256 {hashlib.sha256(content).hexdigest()}"


def test_a_link_out_of_the_volume_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "data", tmp_path / "secret"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "a.csv").symlink_to(outside)
    done = send(inside, inside / "a.csv")
    assert (done.stdout, done.returncode) == (b"", 1)
    assert b"a link to outside of the volume" in done.stderr


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    done = send(tmp_path, tmp_path / "gone")
    assert done.returncode == 1
    assert b"not sent: No such file or directory" in done.stderr
