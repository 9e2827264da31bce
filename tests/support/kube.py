"""A real API server for tests: the one of `make cluster`, or of the caller's context."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def kubeconfig() -> Path:
    """Return the kubeconfig of the cluster that tests use."""
    path = Path(os.environ.get("PIMJOBS_KUBECONFIG") or ROOT / ".cluster" / "kubeconfig")
    if not path.exists():
        pytest.fail(f"{path} does not exist; start the cluster with: make cluster")
    return path


def kubectl(*arguments: str, stdin: Any = None, check: bool = True) -> str:
    """Run kubectl; return what it prints, its errors too if `check` is off."""
    done = subprocess.run(
        ["kubectl", f"--kubeconfig={kubeconfig()}", *arguments],
        input=None if stdin is None else yaml.safe_dump(stdin),
        capture_output=True,
        text=True,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout
    return done.stdout + done.stderr


def pimjob(name: str, **spec: Any) -> dict[str, Any]:
    """Return a PimJob manifest."""
    return {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJob",
        "metadata": {"name": name},
        "spec": {"type": "installation_check", **spec},
    }
