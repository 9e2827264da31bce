"""How long `kubectl pimjob` takes, beside the bare interpreter and plain kubectl.

Against an API server of its own (etcd, kube-apiserver) with 1,000 PimJobs, each with a status of
four steps. What is compared takes turns; medians and the fastest are shown, since the fastest
says what it costs and the median what the machine was like.

Usage: PYTHONPATH=tests python benchmarks/kubectl_plugin.py [--jobs 1000] [--rounds 10]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from support.control_plane import control_plane
from support.install import install_contract
from support.plugin import PROGRAM, Jobs, Plugin, attempt

COMPLETION = str(Path(PROGRAM).with_name("kubectl_complete-pimjob"))
BUILD = Path(__file__).resolve().parents[1] / "dev" / "plugin" / "build.py"
NAMES = ("download", "validate", "import", "associations")


def status(name: str) -> dict[str, Any]:
    """Return a status as large as an import's."""
    counters = {"read": 4200, "created": 4000, "updated": 150, "unchanged": 38, "invalid": 12}
    warning = {"line": 3, "column": "price", "value": "abc", "reason": "is no number"}
    steps = [
        {
            "name": step, "label": f"The step {step}", "phase": "Completed", "trackable": True,
            "total": 10000, "processed": 4200, "counters": counters, "warnings": 12,
            "warningSamples": [warning] * 3, "activeSeconds": 40,
        }
        for step in NAMES
    ]  # fmt: skip
    return {
        "phase": "Running", "step": "3/4 Import products", "progress": "42%", "etaSeconds": 81,
        "warnings": 12, "attemptCount": 1, "steps": steps, "attempts": [attempt(name)],
    }  # fmt: skip


def seconds(plugin: Plugin, command: list[str], expected: int) -> float:
    """Run it; return how long it took."""
    begun = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, env=plugin.environment, check=False
    )
    took = time.perf_counter() - begun
    if done.returncode or len(done.stdout.splitlines()) < expected:
        raise SystemExit(f"{command}: {done.stderr}{done.stdout[:400]}")
    return took


def compare(plugin: Plugin, rounds: int, commands: dict[str, tuple[list[str], int]]) -> None:
    """Run each in turn, and print how long they took beside the first."""
    took: dict[str, list[float]] = {title: [] for title in commands}
    for _ in range(rounds):
        for title, (command, expected) in commands.items():
            took[title].append(seconds(plugin, command, expected))
    first = next(iter(took.values()))
    for title, found in took.items():
        median, least = statistics.median(found) * 1000, min(found) * 1000
        more = least - min(first) * 1000
        ratio = statistics.median(found) / statistics.median(first)
        print(
            f"{title:<44}{median:8.0f} ms median {least:8.0f} ms fastest"
            f" {more:+7.0f} ms {ratio:6.2f} x"
        )
    print()


def fill(jobs: Jobs, count: int) -> None:
    """Create PimJobs."""
    jobs.put_many(count)
    for n in range(count):
        jobs.report(f"job-{n:03d}", status(f"job-{n:03d}"))


def run(plugin: Plugin, count: int, rounds: int, single: str) -> None:
    """Measure everything."""
    where = [f"--namespace={plugin.namespace}"]
    start_up = {
        "python -c pass": ([sys.executable, "-c", "pass"], 0),
        "help": ([PROGRAM, "--help"], 10),
        "help of list": ([PROGRAM, "list", "--help"], 10),
        "TAB at a flag": ([COMPLETION, "list", "--st"], 1),
        "TAB at a phase": ([COMPLETION, "list", "--status", "r"], 1),
        "the single file: help of list": ([sys.executable, single, "list", "--help"], 10),
        "the single file: TAB": ([sys.executable, single, "__complete", "list", "--st"], 1),
    }
    compare(plugin, rounds * 3, start_up)
    lists = {
        f"kubectl get pimjobs ({count})": (["kubectl", "get", "pimjobs", *where], count),
        f"kubectl pimjob list ({count})": ([PROGRAM, "list", "--all-users", *where], count),
        "kubectl pimjob list --name job-00": (
            [PROGRAM, "list", "--all-users", "--name=job-00", *where], 10,
        ),
    }  # fmt: skip
    compare(plugin, rounds, lists)
    single_jobs = {
        "kubectl get pimjob NAME": (["kubectl", "get", "pimjob", "job-001", *where], 1),
        "kubectl pimjob get NAME": ([PROGRAM, "get", "job-001", *where], 20),
        "TAB at a name": ([COMPLETION, "get", *where, "job-00"], 10),
    }
    compare(plugin, rounds, single_jobs)
    begun = time.perf_counter()
    done = plugin("stop", "--all-users", "--yes")
    took = time.perf_counter() - begun
    said = len(done.out.splitlines())
    print(f"stop of {said} jobs by a filter: {took:.1f} s, {said / took:.0f} a second")


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, control_plane(Path(folder)) as (api, kubeconfig):
        install_contract(api)
        api.create("/api/v1/namespaces", {"metadata": {"name": "bench"}})
        jobs = Jobs(api, "bench")
        fill(jobs, options.jobs)
        subprocess.run(
            [sys.executable, BUILD, f"--output={folder}"], check=True, capture_output=True
        )
        plugin = Plugin(kubeconfig, "bench", Path(folder))
        run(plugin, options.jobs, options.rounds, str(Path(folder) / "kubectl-pimjob"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
