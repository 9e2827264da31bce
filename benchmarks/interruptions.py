"""How long people wait when they stop, pause and resume a running import.

On the cluster of `make cluster`, one import after the other in real pods, at the
default report interval:

* stop: from the answer to the patch to phase Stopped, which comes when the pod has left;
* pause: the same to phase Paused;
* resume: from the answer to the first chunk that the next attempt commits, as the
  catalogue's database shows it; beside it the start of the pod alone, from the answer
  to the start of the runner's process.

Usage: python benchmarks/interruptions.py [--rounds 10]
"""

import argparse
import contextlib
import os
import sqlite3
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cluster import ROOT, Cluster

ROWS = 1_000_000
POLL_SECONDS = 0.02
DATA = ROOT / ".cluster/data"
STARTTIME = 19
"""Index of a process's start in its stat, after the name: in clock ticks since the boot."""
ATTRIBUTES = "code;type\nsku;pim_catalog_identifier\n"


class Import:
    """One running import."""

    def __init__(self, cluster: Cluster, **spec: Any) -> None:
        self._cluster = cluster
        self._all = f"/apis/pimjobs.dev/v1alpha1/namespaces/{cluster.namespace}/pimjobs"
        self.name = f"interrupt-{uuid.uuid4().hex[:6]}"
        body = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJob",
            "metadata": {"name": self.name},
            "spec": {"user": "benchmark", **spec},
        }
        made = cluster.request("POST", self._all, body)
        self.uid, self._version = made["metadata"]["uid"], made["metadata"]["resourceVersion"]

    def desire(self, state: str) -> float:
        """Ask for a state; return the time of the answer."""
        path = f"{self._all}/{self.name}"
        self._version = self._cluster.merge(path, {"spec": {"desiredState": state}})["metadata"][
            "resourceVersion"
        ]
        return time.monotonic()

    def wait(self, phase: str) -> dict[str, Any]:
        """Wait for a phase; return the status."""
        for found in self._cluster.watch(self._all, self._version):
            status: dict[str, Any] = found.get("status", {})
            if found["metadata"]["name"] == self.name and status.get("phase") == phase:
                return status
        sys.exit(f"{self.name} did not get to {phase} in five minutes")

    def processed(self) -> int:
        """Return the items that the import step has committed."""
        with contextlib.closing(sqlite3.connect(f"file:{DATA}/catalog.db?mode=ro", uri=True)) as db:
            found = db.execute(
                "SELECT processed FROM step_execution WHERE job_id = ? AND name = 'import'",
                (self.uid,),
            ).fetchone()
        return 0 if found is None else int(found[0])

    def wait_for_items(self, more_than: int) -> float:
        """Wait until more items are committed; return the time."""
        return _until(lambda: self.processed() > more_than)

    def delete(self) -> None:
        """Delete it."""
        self._cluster.request("DELETE", f"{self._all}/{self.name}")


def _until(condition: Callable[[], bool]) -> float:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("Nothing happened for two minutes")
        time.sleep(POLL_SECONDS)
    return time.monotonic()


@contextlib.contextmanager
def running(cluster: Cluster, source: str) -> Iterator[Import]:
    """Start an import and wait until it is at work."""
    job = Import(cluster, type="csv_product_import", parameters={"source": source})
    job.wait_for_items(0)
    yield job
    job.delete()


def write_files() -> None:
    """Write a long file of products, and what it needs."""
    (DATA / "in" / "interrupt-attributes.csv").write_text(ATTRIBUTES, encoding="utf-8")
    with (DATA / "in" / "interrupt.csv").open("w", encoding="utf-8") as file:
        file.write("sku;enabled\n")
        file.writelines(f"interrupt-{n};1\n" for n in range(ROWS))


def process_start(name: str, attempt: int) -> float:
    """Return when the process of a job's attempt began, by the clock of `time.monotonic`."""
    wanted = {f"PIMJOB_NAME={name}".encode(), f"PIMJOB_ATTEMPT={attempt}".encode()}
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted <= set((process / "environ").read_bytes().split(b"\0")):
                # After the name in brackets, which may have any character in it.
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                found.append(int(fields[STARTTIME]) / os.sysconf("SC_CLK_TCK"))
    if found:
        return min(found)
    sys.exit(f"Attempt {attempt} of {name} has no process here")


def one_round(cluster: Cluster, found: dict[str, list[float]]) -> None:
    """Stop one import; pause and resume another."""
    source = "file:///data/in/interrupt.csv"
    with running(cluster, source) as job:
        asked = job.desire("Stopped")
        job.wait("Stopped")
        found["stop"].append(time.monotonic() - asked)
    with running(cluster, source) as job:
        asked = job.desire("Paused")
        job.wait("Paused")
        found["pause"].append(time.monotonic() - asked)
        done = job.processed()
        asked = job.desire("Running")
        found["resume"].append(job.wait_for_items(done) - asked)
        # The reader's process has the same environment, and begins later.
        found["pod start"].append(process_start(job.name, 2) - asked)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kubeconfig", type=Path, default=ROOT / ".cluster/kubeconfig")
    parser.add_argument("--rounds", type=int, default=10, help="default 10")
    options = parser.parse_args()
    cluster = Cluster(kubeconfig=options.kubeconfig, namespace="pim")
    write_files()
    structure = "file:///data/in/interrupt-attributes.csv"
    Import(cluster, type="csv_attribute_import", parameters={"source": structure}).wait("Completed")
    found: dict[str, list[float]] = {"stop": [], "pause": [], "resume": [], "pod start": []}
    for number in range(options.rounds):
        one_round(cluster, found)
        print(f"round {number + 1}: " + ", ".join(f"{k} {v[-1]:.2f} s" for k, v in found.items()),
              flush=True)  # fmt: skip
    for title, seconds in found.items():
        print(f"{title:10} p50 {statistics.median(seconds):6.2f} s   max {max(seconds):6.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
