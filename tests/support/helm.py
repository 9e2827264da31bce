"""Helm, built as the cluster's programs are, and the chart."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
