"""A version is the same wherever it stands."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
_IMAGE = re.compile(r"pimjobs/(?:operator|runner|notifier):([\w.-]+)")


def test_chart_and_images_have_the_version_of_the_project() -> None:
    chart = yaml.safe_load((ROOT / "charts" / "pimjobs" / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)


def test_documents_build_images_of_this_version() -> None:
    """The chart takes images of its own version where none is named."""
    documents = (file for file in (ROOT / "docs").rglob("*.md") if file.parent.name != "decisions")
    named = {tag for file in documents for tag in _IMAGE.findall(file.read_text(encoding="utf-8"))}
    assert named == {VERSION}
