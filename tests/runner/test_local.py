"""`pimjob-runner run FILE.yaml`: the same job without a cluster."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from runs import Job

from pimjob_runner.main import main


def pimjob(folder: Path, *, name: str = "numbers", **spec: Any) -> Path:
    file = folder / "job.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "pimjobs.dev/v1alpha1",
                "kind": "PimJob",
                "metadata": {"name": name},
                "spec": {"type": "numbers", "parameters": {"count": 100, "chunk": 10}, **spec},
            }
        )
    )
    return file


@pytest.fixture(autouse=True)
def _signals_as_before() -> Any:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def run(file: Path, *options: str) -> int:
    return main(["run", str(file), "--data", str(file.parent / "data"), *options])


def executions(file: Path) -> list[tuple[Any, ...]]:
    job = Job(f"sqlite:///{file.parent / 'data' / 'catalog.db'}", file.parent)
    return job.query("SELECT attempt, phase FROM job_execution ORDER BY started_at, attempt DESC")


def test_a_job_runs_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pimjob(tmp_path, parameters={"count": 100, "refuseEvery": 25})

    assert run(file) == 0

    out, err = capsys.readouterr()
    (path,) = (tmp_path / "data").glob("executions/local-*/epoch-1/invalid-write.csv")
    assert re.sub(r"\d\.\d  ", "0.0  ", out).splitlines() == [
        "Completed: All steps are done.",
        "  step               phase       processed  warnings  seconds  counters",
        "  Note               Completed           0         0      0.0  noted 1",
        (
            "  Write the numbers  Completed         100         4      0.0"
            "  created 96, invalid 4, read 100"
        ),
        "    line 2, column number, value '0': is refused",
        "    line 27, column number, value '25': is refused",
        "    line 52, column number, value '50': is refused",
        "  Note               Completed           0         0      0.0  noted 1",
        f"  invalid file: {path}",
    ]
    assert "2/3 Write the numbers: 100%" in err, "a progress bar"


def test_the_result_as_json_has_the_form_of_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(pimjob(tmp_path), "--json") == 0

    out, err = capsys.readouterr()
    said = json.loads(out)
    assert (said["outcome"], said["reason"]) == ("Completed", "Completed")
    assert said["status"]["steps"][1]["counters"] == {"created": 100, "read": 100}
    assert err == ""


def test_a_completed_job_run_again_is_a_new_execution(tmp_path: Path) -> None:
    file = pimjob(tmp_path)

    assert [run(file), run(file)] == [0, 0]

    assert executions(file) == [(1, "Completed"), (1, "Completed")]


def test_a_paused_job_is_gone_on_with_by_the_same_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pimjob(tmp_path, desiredState="Paused")
    assert run(file) == 130
    assert f"Go on with: pimjob-runner run {file}" in capsys.readouterr().out

    pimjob(tmp_path, label="the label does not matter")

    assert run(file) == 0
    assert executions(file) == [(2, "Completed")]


@pytest.mark.parametrize("change", [{"name": "other"}, {"parameters": {"count": 7}}])
def test_another_name_or_other_parameters_are_another_job(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    file = pimjob(tmp_path, desiredState="Paused")
    run(file)
    pimjob(tmp_path, **change)

    assert run(file) == 0
    assert sorted(executions(file)) == [(1, "Completed"), (1, "Paused")]


def test_restart_begins_anew(tmp_path: Path) -> None:
    file = pimjob(tmp_path, desiredState="Paused")
    run(file)
    pimjob(tmp_path)

    assert run(file, "--restart") == 0
    assert sorted(executions(file)) == [(1, "Completed"), (1, "Paused")]


def test_a_failed_job_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(pimjob(tmp_path, parameters={"count": 100, "failAt": 40})) == 1

    assert "Failed: Number 40 cannot be read." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "job.yaml: No such file or directory."),
        ("a: [", "job.yaml is not YAML: "),
        ("- 1", "must hold one object of apiVersion pimjobs.dev/v1alpha1, kind PimJob."),
        ("apiVersion: v1\nkind: Pod", "must hold one object of apiVersion pimjobs.dev/v1alpha1"),
        ("apiVersion: pimjobs.dev/v1alpha1\nkind: PimJob", "spec.type is missing"),
        (
            "apiVersion: pimjobs.dev/v1alpha1\nkind: PimJob\nspec: {type: numbers}",
            "metadata.name is missing.",
        ),
    ],
)
def test_a_file_that_is_no_pimjob_exits_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    file = tmp_path / "job.yaml"
    if text is not None:
        file.write_text(text)

    assert run(file) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pimjob-runner: ")
    assert message in err


def test_a_database_that_is_away_exits_1_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql:///pim?host={tmp_path}"

    assert run(pimjob(tmp_path), "--database", url) == 1

    assert capsys.readouterr().err.startswith("pimjob-runner: PostgreSQL does not answer: ")


def test_a_second_run_of_a_running_job_takes_it_over(tmp_path: Path) -> None:
    file = pimjob(tmp_path, parameters={"count": 100_000, "chunk": 10, "secondsPerChunk": 0.02})
    command = [sys.executable, "-m", "pimjob_runner.main", "run", str(file), "--json"]
    command += ["--data", str(tmp_path / "data")]
    plugin = str(Path(sys.modules["runs"].__file__ or "").parent)
    job = Job(f"sqlite:///{tmp_path / 'data' / 'catalog.db'}", tmp_path)
    with subprocess.Popen(
        command, env={"PYTHONPATH": plugin}, text=True, stdout=subprocess.PIPE
    ) as first:
        while not _is_writing(job):
            assert first.poll() is None
        pimjob(tmp_path, parameters={"count": 100_000, "chunk": 10, "secondsPerChunk": 0.02})
        with subprocess.Popen(
            command, env={"PYTHONPATH": plugin}, text=True, stdout=subprocess.PIPE
        ) as second:
            output, _ = first.communicate()
            second.send_signal(signal.SIGINT)
            second.communicate()

    assert first.returncode == 1
    assert json.loads(output)["outcome"] == "Superseded"
    assert second.returncode == 130


def _is_writing(job: Job) -> bool:
    path = Path(job.database_url.removeprefix("sqlite:///"))
    return (
        path.exists()
        and bool(job.query("SELECT 1 FROM sqlite_master WHERE name = 'number'"))
        and bool(job.query("SELECT 1 FROM number LIMIT 1"))
    )


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "pimjob-runner run import.yaml --data ./data" in capsys.readouterr().out
