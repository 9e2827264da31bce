"""The version before this one: its chart and its images, made from the commit that it was."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "dev" / "cluster"))

from layout import layout  # noqa: E402

import images  # noqa: E402 - after the path is set

COMMIT = "27b138b0656f6ecbccef205e95907d773507a466"
"""Raise it with each version that is handed out. It has to be in this repository's history."""


def check_out(folder: Path) -> Path:
    """Lay the previous version's files into a folder; return its chart."""
    archive = ["git", "-C", str(ROOT), "archive", COMMIT]
    done = subprocess.run(archive, capture_output=True, check=False)
    assert done.returncode == 0, (
        f"{done.stderr.decode()}The version before this one is commit {COMMIT}: fetch the whole"
        " history, e.g. git fetch --unshallow."
    )
    subprocess.run(["tar", "--extract", "--directory", folder], input=done.stdout, check=True)
    return folder / "charts" / "pimjobs"


def load_images(folder: Path) -> dict[str, Any]:
    """Build its images into the cluster; return the chart's values that name them."""
    images.build(replace(layout(), checkout=folder), (images.RUNNER, images.OPERATOR))
    found = {"operator": images.OPERATOR.name(folder), "runner": images.RUNNER.name(folder)}
    return {component: {"image": _parts(name)} for component, name in found.items()}


def _parts(name: str) -> dict[str, str]:
    registry, _, rest = name.partition("/")
    repository, _, tag = rest.partition(":")
    return {"registry": registry, "repository": repository, "tag": tag}
