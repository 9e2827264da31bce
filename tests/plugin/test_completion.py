"""What TAB offers, asked of kubectl itself: the four shells ask it the same."""

import subprocess

import pytest

from pimjob_cli.command_line import COMMANDS
from pimjob_cli.completion import complete
from support.plugin import Jobs, Plugin

NO_FILES = ":4"


def offered(plugin: Plugin, *words: str) -> list[str]:
    """Return the candidates that kubectl would show, without their descriptions."""
    done = subprocess.run(
        ["kubectl", "__complete", "pimjob", *words],
        capture_output=True, text=True, check=True, env=plugin.environment,
    )  # fmt: skip
    *lines, directive = done.stdout.splitlines()
    assert directive == NO_FILES
    return [line.split("\t")[0] for line in lines]


@pytest.mark.cluster
def test_commands(plugin: Plugin) -> None:
    assert offered(plugin, "") == list(COMMANDS)
    assert offered(plugin, "re") == ["resume", "retry", "releases"]


@pytest.mark.cluster
def test_names_of_jobs_that_the_command_is_for(jobs: Jobs, plugin: Plugin) -> None:
    for phase in ("Running", "Paused", "Failed", "Completed"):
        jobs.put(f"job-{phase.lower()}", {"phase": phase})
    jobs.put("job-fixed", {"phase": "Running", "stoppable": False})
    where = ["-n", plugin.namespace]
    assert offered(plugin, *where, "stop", "job-") == ["job-paused", "job-running"]
    assert offered(plugin, "resume", *where, "") == ["job-paused"]
    assert offered(plugin, "retry", *where, "j") == ["job-failed"]
    assert offered(plugin, "stop", "-An", plugin.namespace, "") == ["job-paused", "job-running"]
    assert offered(plugin, "stop", f"-yAn{plugin.namespace}", "") == ["job-paused", "job-running"]
    assert offered(plugin, "get", *where, "job-paused", "job-") == [
        "job-completed", "job-failed", "job-fixed", "job-running",
    ]  # fmt: skip


@pytest.mark.cluster
def test_types_parameters_namespaces_and_contexts(plugin: Plugin) -> None:
    assert offered(plugin, "run", "csv_product_") == [
        "csv_product_import", "csv_product_model_import",
    ]  # fmt: skip
    assert "source=" in offered(plugin, "run", "csv_product_import", "-p", "")
    assert "source=" in offered(plugin, "run", "--label", "A b", "csv_product_import", "-p", "")
    assert plugin.namespace in offered(plugin, "list", "-n", "plugin-")
    assert plugin.namespace in offered(plugin, "list", "-An", "plugin-")
    assert offered(plugin, "list", "--context", "") == ["test"]


@pytest.mark.cluster
def test_files_and_steps_of_a_job(jobs: Jobs, plugin: Plugin) -> None:
    csv = {"kind": "input", "name": "a.csv", "url": "file:///data/a.csv"}
    jobs.put("a", {"phase": "Running", "steps": [{"name": "import"}], "artifacts": [csv]})
    where = ["-n", plugin.namespace]
    assert offered(plugin, "files", *where, "a", "") == ["a.csv"]
    assert offered(plugin, "logs", *where, "a", "--step", "") == ["import"]


@pytest.mark.cluster
def test_a_cluster_that_is_away_is_no_noise(plugin: Plugin) -> None:
    done = subprocess.run(
        ["kubectl_complete-pimjob", "get", "--context", "nowhere", ""],
        capture_output=True, text=True, check=True, env=plugin.environment,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (":4\n", "")


@pytest.mark.parametrize(
    ("before", "begun", "found"),
    [
        (["list"], "--sin", ["--since\tlaunched in the last 2h, 7d"]),
        (["list", "--status"], "running,com", ["running,Completed"]),
        (["list"], "--status=pau", ["--status=Pausing", "--status=Paused"]),
        (["list", "--sort"], "p", ["phase", "progress"]),
        (["list"], "", []),
        (["releases"], "cl", ["close"]),
        (["nothing"], "", []),
        (["-n"], "", []),
    ],
)  # fmt: skip
def test_flags_and_their_values(before: list[str], begun: str, found: list[str]) -> None:
    lines, _ = complete(before, begun)
    assert lines == found


def test_a_flag_that_takes_a_file_leaves_it_to_the_shell() -> None:
    assert complete(["run", "--from-file"], "")[1] == 0
