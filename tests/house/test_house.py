"""Rules of the whole project that no linter knows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pimjob_api import crd

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = (
    *("crds", "kube", "operator", "notifier", "job_runner", "kubectl_plugin"),
    *("dev", "tests", "benchmarks"),
)


def run(
    *command: str | Path, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in the root, where a wrong package would be found first."""
    # Set by `make`, it would hide what these tests look for.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return subprocess.run(
        command,
        input=stdin,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=inherited | environment,
    )


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_a_source_root_is_no_package(root: str) -> None:
    assert not (ROOT / root / "__init__.py").exists()


@pytest.mark.parametrize("module", ["json.tool", "venv", "pip", "pytest"])
def test_the_standard_librarys_operator_is_found_from_the_root(module: str) -> None:
    done = run(sys.executable, "-m", module, "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_json_tool_works_from_the_root() -> None:
    done = run(sys.executable, "-m", "json.tool", "--compact", stdin='{"a": 1}')
    assert (done.returncode, done.stdout) == (0, '{"a":1}\n')


def test_what_the_runner_reads_of_the_contract_costs_no_pydantic() -> None:
    modules = [f"pimjob_api.{name}" for name in ("bounds", "names", "outcome", "phases", "text")]
    done = run(
        sys.executable, "-c", f"import sys, {', '.join(modules)}; print(*sys.modules, sep='\\n')"
    )
    imported = set(done.stdout.split())
    assert set(modules) <= imported
    assert not imported & {"pydantic", "pydantic_core", "yaml", "kopf", "kubernetes"}


def test_imports_follow_the_arrows() -> None:
    done = run(Path(sys.executable).with_name("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_committed_manifests_are_those_of_the_models() -> None:
    assert crd.stale() == []


def test_committed_job_types_are_those_of_the_runner(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "pimjob_runner.main", "types", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    committed = ROOT / "operator" / "pimjob_operator" / "builtin_types"
    generated = {file.name: file.read_text() for file in tmp_path.glob("*.yaml")}
    assert {file.name: file.read_text() for file in committed.glob("*.yaml")} == generated


def tracked_texts() -> dict[str, str]:
    """The project's text files, as git knows them."""
    names = run("git", "ls-files", "-z").stdout.split("\0")
    files = {name: ROOT / name for name in names if name and (ROOT / name).is_file()}
    contents = {name: file.read_bytes() for name, file in files.items()}
    return {name: raw.decode() for name, raw in contents.items() if b"\0" not in raw}


def test_the_project_names_no_machine_path() -> None:
    # In two halves, so that this file is no exception to its own rule.
    path = re.compile("(?<![\\w.$}])/(?:wo" + "rk|ro" + "ot|ho" + "me)/\\w")
    assert [name for name, text in tracked_texts().items() if path.search(text)] == []


def test_what_machines_read_names_no_host_of_some_network() -> None:
    """Package registries and proxies are the business of the machine, not of the project."""
    # The last two name formats; nobody calls them.
    ours = {"127.0.0.1", "kubernetes.default.svc", "example.com", "json-schema.org", "www.w3.org"}
    host = re.compile(r"(?:https?|ssh|git)://(?:[^/\s@]+@)?([\w-]+(?:\.[\w-]+)+)")
    found = {
        (name, match)
        for name, text in tracked_texts().items()
        if not name.endswith(".md") and name != "LICENSE"
        for match in host.findall(text)
    }
    # The domain `example` is reserved for examples.
    strange = {pair for pair in found if pair[1] not in ours and not pair[1].endswith(".example")}
    assert strange == set()


def test_decisions_that_are_referred_to_exist() -> None:
    there = {file.name[:4] for file in (ROOT / "docs" / "decisions").glob("*.md")}
    named = {n for text in tracked_texts().values() for n in re.findall(r"decisions/(\d{4})", text)}
    assert named - there == set()
    assert named


@pytest.mark.parametrize("document", ["guarantees.md", "security.md"])
def test_tests_that_prove_a_sentence_exist(document: str) -> None:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE)
    ]
    assert missing == []
    assert named
