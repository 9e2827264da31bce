"""Rules of the whole project that no linter knows."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pimjob_api import crd

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("crds", "operator", "job_runner", "dev", "tests", "benchmarks")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_a_source_root_is_no_package(root: str) -> None:
    assert not (ROOT / root / "__init__.py").exists()


def test_the_standard_librarys_operator_is_found_from_the_root() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "json.tool"],
        input='{"a": 1}', cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, ["{", '"a":', "1", "}"])


def test_what_the_runner_needs_of_the_contract_costs_no_pydantic() -> None:
    code = (
        "import sys, pimjob_api.names, pimjob_api.phases, pimjob_api.outcome, pimjob_api.bounds,"
        " pimjob_api.text; print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_committed_manifests_are_those_of_the_models() -> None:
    assert crd.stale() == []


def test_committed_job_types_are_those_of_the_runner(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pimjob_runner.main", "types", "--output", tmp_path], check=True
    )
    committed = ROOT / "operator" / "pimjob_operator" / "builtin_types"
    generated = {file.name: file.read_text() for file in tmp_path.glob("*.yaml")}
    assert {file.name: file.read_text() for file in committed.glob("*.yaml")} == generated


@pytest.mark.parametrize("extra", ["operator", "runner", "dev"])
def test_every_dependency_is_locked(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements" / f"{extra}.txt").read_text()
    locked = {
        line.split("==")[0].split("[")[0].lower() for line in lock.splitlines() if "==" in line
    }
    wanted = project["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=~ ]", want)[0].lower() for want in wanted} - {"pimjobs"}
    assert names <= locked


def test_the_runner_does_not_carry_the_operators_dependencies() -> None:
    lock = (ROOT / "requirements" / "runner.txt").read_text()
    for name in ("kopf", "pydantic", "aiohttp", "kubernetes"):
        assert f"\n{name}==" not in f"\n{lock}"


def test_the_project_names_no_machine_path() -> None:
    # Written in two halves, so that this file is no exception to its own rule.
    paths = re.compile("(?<![\\w.])/(?:wo" + "rk|ro" + "ot)/\\w")
    found = [
        str(file.relative_to(ROOT))
        for file in tracked_files()
        if file.suffix not in {".png", ".sum"} and paths.search(file.read_text(errors="replace"))
    ]
    assert found == []
