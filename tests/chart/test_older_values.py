"""Upgrades of the chart with the values of the version before this one."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from support.helm import CHART, Helm, Render

OLDER = Path(__file__).with_name("older-values.yaml")
PREVIOUS = Path(__file__).parents[1] / "e2e" / "previous.py"
STAMPING = ("--api-versions", "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")


@pytest.fixture
def reused(tmp_path: Path) -> Path:
    """The chart as `helm upgrade --reuse-values` takes it: its defaults are the older ones."""
    chart = shutil.copytree(CHART, tmp_path / "pimjobs")
    shutil.copyfile(OLDER, chart / "values.yaml")
    return chart


def test_they_are_those_of_the_version_that_is_upgraded_from() -> None:
    (commit,) = re.findall(r'^COMMIT = "(\w+)"', PREVIOUS.read_text(encoding="utf-8"), re.MULTILINE)
    assert commit[:7] in OLDER.read_text(encoding="utf-8").splitlines()[0]


def test_reusing_older_values_is_refused_with_what_to_do_instead(helm: Helm, reused: Path) -> None:
    done = helm("template", "pimjobs", reused)
    assert done.returncode != 0
    assert "missing, with all its defaults" in done.stderr
    assert "Use --reset-then-reuse-values" in done.stderr


def test_it_is_refused_as_well_if_some_new_values_are_given(helm: Helm, reused: Path) -> None:
    done = helm("template", "pimjobs", reused, "--set=notifier.enabled=true")
    assert "Use --reset-then-reuse-values" in done.stderr


def test_whoever_has_a_copy_of_all_older_values_gets_what_is_new(render: Render) -> None:
    older = yaml.safe_load(OLDER.read_text(encoding="utf-8"))
    assert render(older, *STAMPING) == render(None, *STAMPING)
