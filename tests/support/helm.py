"""Helm, built as the cluster's programs are, and the chart."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "pimjobs"

sys.path.insert(0, str(ROOT / "dev" / "cluster"))

import binaries  # noqa: E402 - after the path is set
import checks  # noqa: E402 - after the path is set
from layout import layout  # noqa: E402

Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., list[dict[str, Any]]]


def program() -> Path:
    """Return helm, building it if need be."""
    return binaries.tools(layout()) / "helm"


def kubeconform() -> Path:
    """Return kubeconform, building it if need be."""
    return checks.kubeconform(layout())


def monitoring_crds() -> Path:
    """Return the folder with the CRDs of the Prometheus Operator, generating them if need be."""
    return checks.monitoring_crds(layout())


def run(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run helm; what it says is in the answer, whether it fails or not."""
    return subprocess.run(
        [program(), *arguments], input=stdin, capture_output=True, text=True, check=False
    )


def rendered(
    values: dict[str, Any] | None = None, *arguments: str, chart: Path = CHART
) -> list[dict[str, Any]]:
    """Return the objects that a chart makes of values."""
    release = ("pimjobs", chart, "--namespace", "pim")
    done = run("template", *release, "--values=-", *arguments, stdin=json.dumps(values or {}))
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]
