"""What a PimJob costs more than a plain batch/v1 Job that runs the same file.

Measures, in one run on the cluster of the kubeconfig:

* latency: from the POST of one one-step job to its end, PimJob and plain Job in turn;
* rate: 30 at once, jobs ended per minute;
* API writes per job, Events included, from the API server's own counters;
* the operator's CPU per job and resident memory, from its own /metrics.

Usage: python benchmarks/job_overhead.py [--kubeconfig FILE] [--namespace pim] [--rounds 10]
"""

import argparse
import copy
import json
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import ROOT, Cluster

WRITES = frozenset({"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"})
# Written all the time by components that no job starts.
BACKGROUND = frozenset({"leases", "nodes"})
JOB_TYPE = "installation_check"


@dataclass
class Sample:
    """Seconds from POST to end, one per job, and from the first POST to the last end."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0


@dataclass(frozen=True)
class Kind:
    """One of the two things compared."""

    title: str
    path: str
    manifest: Callable[[str], dict[str, Any]]
    ended: Callable[[dict[str, Any]], bool | None]
    """True if it ended well, False if badly, None if not yet."""


def pimjob(cluster: Cluster) -> Kind:
    """PimJobs of one step."""

    def manifest(name: str) -> dict[str, Any]:
        return {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJob",
            "metadata": {"name": name},
            "spec": {"type": JOB_TYPE, "label": "Benchmark", "user": "benchmark"},
        }

    def ended(found: dict[str, Any]) -> bool | None:
        phase = found.get("status", {}).get("phase")
        return {"Completed": True, "Failed": False, "Stopped": False}.get(phase)

    path = f"/apis/pimjobs.dev/v1alpha1/namespaces/{cluster.namespace}/pimjobs"
    return Kind("PimJob", path, manifest, ended)


def plain_job(cluster: Cluster) -> Kind:
    """Plain Jobs with the pod that the operator makes, running the same job by `run FILE`."""
    template = _pod_template(cluster)

    def manifest(name: str) -> dict[str, Any]:
        # The file comes through the environment: the image has no shell to write
        # one. Each has a name of its own, or they would be one job.
        file = {"name": "JOB_FILE", "value": json.dumps(pimjob(cluster).manifest(name))}
        own = copy.deepcopy(template)
        own["spec"]["containers"][0]["env"].append(file)
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {"backoffLimit": 0, "template": own},
        }

    def ended(found: dict[str, Any]) -> bool | None:
        conditions = {
            c["type"]: c["status"] == "True" for c in found.get("status", {}).get("conditions", [])
        }
        if conditions.get("Complete"):
            return True
        return False if conditions.get("Failed") else None

    return Kind("plain Job", f"/apis/batch/v1/namespaces/{cluster.namespace}/jobs", manifest, ended)


def _pod_template(cluster: Cluster) -> dict[str, Any]:
    """Copy the pod of a real attempt, so that both sides run the same container."""
    kind = pimjob(cluster)
    name = f"bench-template-{uuid.uuid4().hex[:6]}"
    run_all(cluster, kind, [name])
    jobs = cluster.request(
        "GET",
        f"/apis/batch/v1/namespaces/{cluster.namespace}/jobs",
        query={"labelSelector": f"pimjobs.dev/job={name}"},
    )
    spec = jobs["items"][0]["spec"]["template"]["spec"]
    delete(cluster, kind, [name])
    container = spec["containers"][0]
    container["command"] = ["python3", "-c", _RUN_FROM_ENVIRONMENT]
    container["args"] = []
    container["env"] = [e for e in container.get("env", []) if e["name"].endswith("_URL")]
    return {"metadata": {"labels": {"benchmark": "plain"}}, "spec": spec}


_RUN_FROM_ENVIRONMENT = """
import os, pathlib, sys
path = pathlib.Path("/tmp/job.yaml"); path.write_text(os.environ["JOB_FILE"])
sys.argv = ["pimjob-runner", "run", str(path)]
from pimjob_runner.main import main
sys.exit(main())
"""


def run_all(cluster: Cluster, kind: Kind, names: list[str]) -> Sample:
    """Create all, wait until each has ended; fail loudly if one ended badly."""
    began: dict[str, float] = {}
    sample = Sample()
    version = cluster.request("GET", kind.path, query={"limit": 1})["metadata"]["resourceVersion"]
    first = time.monotonic()
    for name in names:
        began[name] = time.monotonic()
        cluster.request("POST", kind.path, kind.manifest(name))
    for found in cluster.watch(kind.path, version):
        name = found["metadata"]["name"]
        if name not in began:
            continue
        verdict = kind.ended(found)
        if verdict is False:
            sys.exit(f"{kind.title} {name} ended badly: {json.dumps(found.get('status'))}")
        if verdict:
            sample.seconds.append(time.monotonic() - began.pop(name))
        if not began:
            break
    sample.wall = time.monotonic() - first
    if began:
        sys.exit(f"{kind.title}: not ended after 5 minutes: {', '.join(began)}")
    return sample


def delete(cluster: Cluster, kind: Kind, names: list[str]) -> None:
    """Delete them and what belongs to them."""
    for name in names:
        cluster.request("DELETE", f"{kind.path}/{name}", {"propagationPolicy": "Background"})


def api_writes(cluster: Cluster) -> float:
    """Return the writes answered since the API server started, background left out."""
    total = 0.0
    for line in cluster.text("/metrics").splitlines():
        if not line.startswith("apiserver_request_total{"):
            continue
        labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
        if labels["verb"] in WRITES and labels["resource"] not in BACKGROUND:
            total += float(line.rsplit(" ", 1)[1])
    return total


def operator_usage(cluster: Cluster) -> tuple[float, float]:
    """CPU seconds since its start, and resident MiB, of the active operator."""
    pods = cluster.request(
        "GET",
        "/api/v1/namespaces/pim/pods",
        query={"labelSelector": "app.kubernetes.io/component=operator"},
    )["items"]
    name = next(p["metadata"]["name"] for p in pods if p["status"]["phase"] == "Running")
    text = cluster.text(f"/api/v1/namespaces/pim/pods/{name}:8080/proxy/metrics")
    values = dict(line.split(" ", 1) for line in text.splitlines() if line.startswith("process_"))
    return (
        float(values["process_cpu_seconds_total"]),
        float(values["process_resident_memory_bytes"]) / 2**20,
    )


@contextmanager
def counted(cluster: Cluster, jobs: int, result: dict[str, float]) -> Iterator[None]:
    """Count API writes and operator CPU per job around a run."""
    writes, (cpu, _) = api_writes(cluster), operator_usage(cluster)
    yield
    _settle(cluster)
    cpu_after, memory = operator_usage(cluster)
    result["writes"] = (api_writes(cluster) - writes) / jobs
    result["operator_ms"] = (cpu_after - cpu) * 1000 / jobs
    result["operator_mib"] = memory


def _settle(cluster: Cluster) -> None:
    """Wait until the writes of the last seconds have all arrived."""
    last = -1.0
    deadline = time.monotonic() + 60
    while (now := api_writes(cluster)) != last and time.monotonic() < deadline:
        last = now
        time.sleep(3)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kubeconfig", type=Path, default=ROOT / ".cluster/kubeconfig")
    parser.add_argument("--namespace", default="pim")
    parser.add_argument("--rounds", type=int, default=10, help="one-by-one rounds (default 10)")
    parser.add_argument("--burst", type=int, default=30, help="jobs at once (default 30)")
    options = parser.parse_args()
    cluster = Cluster(kubeconfig=options.kubeconfig, namespace=options.namespace)
    kinds = [pimjob(cluster), plain_job(cluster)]
    run = uuid.uuid4().hex[:6]
    single = {kind.title: Sample() for kind in kinds}
    for round_number in range(options.rounds):
        for kind in kinds:
            names = [f"bench-{run}-{round_number}"]
            single[kind.title].seconds += run_all(cluster, kind, names).seconds
            delete(cluster, kind, names)
    print(
        f"{'':12}{'one: p50 s':>12}{'max s':>8}{'30: per min':>13}"
        f"{'writes/job':>12}{'operator ms/job':>17}{'operator MiB':>14}"
    )
    for kind in kinds:
        _settle(cluster)
        names = [f"burst-{run}-{n}" for n in range(options.burst)]
        counts: dict[str, float] = {}
        with counted(cluster, options.burst, counts):
            burst = run_all(cluster, kind, names)
        delete(cluster, kind, names)
        one = single[kind.title].seconds
        print(
            f"{kind.title:12}{statistics.median(one):12.2f}{max(one):8.2f}"
            f"{options.burst * 60 / burst.wall:13.1f}{counts['writes']:12.1f}"
            f"{counts['operator_ms']:17.1f}{counts['operator_mib']:14.1f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
