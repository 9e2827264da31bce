"""Namespaces for jobs on the installed cluster, and what is shown when a test fails."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.kube import kubectl

sys.path.insert(0, str(Path(__file__).parent))
from jobs import Jobs

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "pim-e2e"
ATTRIBUTES = """\
code;type;localizable
sku;pim_catalog_identifier;0
name;pim_catalog_text;1
stock;pim_catalog_number;0
"""


def install(*arguments: str) -> str:
    """Run the installer."""
    command = [sys.executable, str(ROOT / "dev" / "install" / "install.py"), *arguments]
    environment = {"PYTHONSAFEPATH": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**_environment(), **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def _environment() -> dict[str, str]:
    import os  # noqa: PLC0415 - only here

    return dict(os.environ)


@pytest.fixture(scope="session")
def e2e_namespace() -> Path:
    """A namespace with an embedded catalogue of its own; returns its files volume."""
    install("namespace", NAMESPACE)
    data = ROOT / ".cluster" / "data" / NAMESPACE
    jobs = Jobs(NAMESPACE, data)
    source = jobs.write("attributes.csv", ATTRIBUTES)
    name = jobs.create(type="csv_attribute_import", parameters={"source": source})
    jobs.wait(name, "phase", "Completed")
    return data


@pytest.fixture
def jobs(e2e_namespace: Path, request: pytest.FixtureRequest) -> Iterator[Jobs]:
    """PimJobs of the namespace; those that a test has made are deleted after it."""
    made = Jobs(NAMESPACE, e2e_namespace)
    yield made
    if getattr(request.node, "failed", False):
        print(made.describe())  # noqa: T201 - pytest shows it with the failure
    for name in made.made:
        kubectl("-n", NAMESPACE, "delete", "pimjob", name, "--wait=false")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:  # noqa: ARG001 - pytest's signature
    """Remember a failure for the fixtures that show what was going on."""
    report = yield
    if report.failed:
        item.failed = True  # type: ignore[attr-defined] # our own mark
    return report
