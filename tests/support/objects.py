"""Objects of Kubernetes as the watches deliver them, for tests of what is kept of them."""

from typing import Any

from pimjob_operator.cache import Cache


def pimjob(
    version: int, phase: str = "Running", uid: str = "u", name: str = "a", **status: Any
) -> dict[str, Any]:
    """Return a PimJob; its runner has done something."""
    steps = [{"name": "import", "processed": 7, "warningSamples": [{"reason": "long"}]}]
    return {
        "metadata": {
            "name": name,
            "namespace": "ns",
            "uid": uid,
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"team": "x"},
            "managedFields": [{"manager": "m"}],
        },
        "spec": {"type": "some_type", "label": "some words", "parameters": {"source": "file"}},
        "status": {"phase": phase, "steps": steps, "artifacts": [{"name": "x"}], **status},
    }


def child(
    version: int,
    kind: str = "Pod",
    uid: str = "c",
    job: tuple[str, str] = ("a-1", "j"),
    owner: tuple[str, str] = ("a", "u"),
    **status: Any,
) -> dict[str, Any]:
    """Return a Job of a PimJob, or a Pod of such a Job. `owner` and `job`: name and UID."""
    of_pod = {"apiVersion": "batch/v1", "kind": "Job", "name": job[0], "uid": job[1]}
    of_job = {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob"}
    controller = of_pod if kind == "Pod" else {**of_job, "name": owner[0], "uid": owner[1]}
    return {
        "metadata": {
            "name": f"{job[0]}-xyz" if kind == "Pod" else job[0],
            "namespace": "ns",
            "uid": uid,
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"pimjobs.dev/job-uid": owner[1]},
            "ownerReferences": [{**controller, "controller": True}],
        },
        "spec": {"template": {"spec": {"containers": [{"image": "runner:1"}]}}},
        "status": status,
    }


def kept_pods(cache: Cache, job: str = "j") -> dict[str, dict[str, Any]]:
    """Return the Pods that are kept of a Job, by UID."""
    return {pod.uid: pod.unpacked() for pod in cache.pods.of(job)}
