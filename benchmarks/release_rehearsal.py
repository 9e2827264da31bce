"""A release with many running imports: how long until all have paused, and until all run again.

On the cluster of `make cluster`: starts imports that write to one catalogue, closes a
gate once all of them run, opens it when the release is drained, and waits for their
ends. Then each row must have been created exactly once.

Usage: python benchmarks/release_rehearsal.py [--jobs 30] [--rows 60000] [--image NEW]

--image   what the type names while the gate is closed, as a release would; it must be
          loaded in the cluster. It is taken back at the end.
"""

import argparse
import contextlib
import sqlite3
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cluster import ROOT, Cluster

API = "/apis/pimjobs.dev/v1alpha1"
DATA = ROOT / ".cluster/data"
TYPE = f"{API}/pimjobtypes/csv-product-import"
ATTRIBUTES = "code;type\nsku;pim_catalog_identifier\n"


class Rehearsal:
    """The jobs of one rehearsal, by their label."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.run = uuid.uuid4().hex[:6]
        self.path = f"{API}/namespaces/{cluster.namespace}/pimjobs"
        self.releases = f"{API}/namespaces/{cluster.namespace}/pimreleases"

    def start(self, number: int, kind: str, source: str) -> None:
        """Start one job."""
        body = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJob",
            "metadata": {"name": f"release-{self.run}-{number}", "labels": {"rehearsal": self.run}},
            "spec": {"type": kind, "parameters": {"source": f"file:///data/in/{source}"}},
        }
        self.cluster.request("POST", self.path, body)

    def statuses(self) -> list[dict[str, Any]]:
        """Return the status of each job."""
        query = {"labelSelector": f"rehearsal={self.run}"}
        found = self.cluster.request("GET", self.path, query=query)["items"]
        return [job.get("status", {}) for job in found]

    def phases(self) -> Counter[str]:
        """Count jobs by phase."""
        return Counter(status.get("phase", "") for status in self.statuses())

    def release(self) -> dict[str, Any]:
        """Read the release."""
        found: dict[str, Any] = self.cluster.request("GET", f"{self.releases}/{self.run}")
        return found.get("status", {})

    def close_gate(self) -> None:
        """Begin the release."""
        body = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimRelease",
            "metadata": {"name": self.run},
            "spec": {"selector": {"matchLabels": {"rehearsal": self.run}}},
        }
        self.cluster.request("POST", self.releases, body)

    def open_gate(self) -> None:
        """End the release."""
        self.cluster.merge(f"{self.releases}/{self.run}", {"spec": {"gate": "Open"}})


def until(condition: Callable[[], bool], what: str, seconds: float = 900) -> float:
    """Wait; return how long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            sys.exit(f"Not within {seconds:.0f} s: {what}")
        time.sleep(0.2)
    return time.monotonic() - began


@contextlib.contextmanager
def new_image(cluster: Cluster, image: str | None) -> Iterator[None]:
    """Let the type name another image."""
    if image is not None:
        cluster.merge(TYPE, {"spec": {"image": image}})
    try:
        yield
    finally:
        if image is not None:
            cluster.merge(TYPE, {"spec": {"image": None}})


def is_drained(status: dict[str, Any]) -> bool:
    """Whether none of the jobs runs."""
    found = {c["type"]: c["status"] for c in status.get("conditions", [])}
    return found.get("Drained") == "True"


def write_files(run: str, jobs: int, rows: int) -> None:
    """Write a file for each job."""
    (DATA / "in" / f"{run}-attributes.csv").write_text(ATTRIBUTES, encoding="utf-8")
    for job in range(jobs):
        with (DATA / "in" / f"{run}-{job}.csv").open("w", encoding="utf-8") as file:
            file.write("sku;enabled\n")
            file.writelines(f"{run}-{job}-{n};1\n" for n in range(rows))


def check(run: str, statuses: list[dict[str, Any]], wanted: int) -> None:
    """Fail unless each row was created once and never touched again."""
    with contextlib.closing(sqlite3.connect(f"file:{DATA}/catalog.db?mode=ro", uri=True)) as db:
        found = db.execute(
            "SELECT count(*), max(version) FROM product WHERE identifier LIKE ?", (f"{run}-%",)
        ).fetchone()
    counted = sum(
        step["counters"]["created"]
        for status in statuses
        for step in status["steps"]
        if step["name"] == "import"
    )
    print(f"rows {wanted}, products {found[0]}, counted {counted}, done twice {counted - wanted}")
    if (found, counted) != ((wanted, 1), wanted):
        sys.exit("The data is not what it must be.")


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kubeconfig", type=Path, default=ROOT / ".cluster/kubeconfig")
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--image")
    options = parser.parse_args()
    cluster = Cluster(kubeconfig=options.kubeconfig, namespace="pim")
    rehearsal, jobs = Rehearsal(cluster), options.jobs
    write_files(rehearsal.run, jobs, options.rows)
    rehearsal.start(jobs, "csv_attribute_import", f"{rehearsal.run}-attributes.csv")
    until(lambda: rehearsal.phases()["Completed"] == 1, "the attributes")
    for job in range(jobs):
        rehearsal.start(job, "csv_product_import", f"{rehearsal.run}-{job}.csv")
    until(lambda: rehearsal.phases()["Running"] == jobs, f"{jobs} running jobs")
    rehearsal.close_gate()
    drained = until(lambda: is_drained(rehearsal.release()), "drained")
    print(f"all paused after {drained:.1f} s: {dict(rehearsal.phases())}", flush=True)
    with new_image(cluster, options.image):
        rehearsal.open_gate()
        again = until(lambda: not {"Paused", "Starting"} & set(rehearsal.phases()), "all running")
        print(f"all run again after {again:.1f} s: {dict(rehearsal.phases())}", flush=True)
        until(lambda: rehearsal.phases()["Completed"] == jobs + 1, "the ends")
    statuses = [s for s in rehearsal.statuses() if len(s.get("steps", ())) > 3]
    images = Counter(status["attempts"][-1]["image"] for status in statuses)
    print(f"last attempts on {dict(images)}")
    check(rehearsal.run, statuses, jobs * options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
