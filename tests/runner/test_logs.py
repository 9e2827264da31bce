"""What the runner logs: about which job, how much, and never what is secret."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_api import UID, FakeApi, fake_api
from pod import Pod

from pimjob_api.text import without_credentials

SECRET = "hunter2"  # noqa: S105 - what must be found nowhere
DEBUG = {"PIMJOB_LOG_LEVEL": "debug"}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as api:
        yield api


@pytest.fixture
def pod(api: FakeApi, sqlite_url: str, tmp_path: Path) -> Pod:
    return Pod(api, sqlite_url, tmp_path)


def log_of(pod: Pod, **environment: str) -> str:
    with pod.start(**environment) as process:
        return process.communicate()[1]


def records(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines()]


def launch(api: FakeApi, job_type: str, **parameters: Any) -> None:
    api.job["spec"] |= {"type": job_type, "parameters": parameters}


def test_each_line_is_json_and_names_the_job(pod: Pod) -> None:
    found = records(log_of(pod))
    job = {"kind": "PimJob", "namespace": "pim", "name": "numbers", "uid": UID}
    assert {json.dumps(record["object"]) for record in found} == {json.dumps(job)}
    said = [(record["level"], record["message"]) for record in found]
    assert said[0] == ("info", "attempt 1 of numbers holds epoch 1")
    assert ("info", "write: Completed, {'read': 100, 'created': 100}") in said
    assert said[-1] == ("info", "Completed: All steps are done.")


def test_a_console_gets_lines_for_people(pod: Pod) -> None:
    last = log_of(pod, PIMJOB_LOG_FORMAT="console").splitlines()[-1]
    assert last.endswith(
        " INFO    pimjob_runner.attempt Completed: All steps are done. [PimJob pim/numbers]"
    )


def test_a_signal_makes_it_say_more_and_another_one_less(pod: Pod, api: FakeApi) -> None:
    launch(api, "numbers", count=1000, chunk=1, secondsPerChunk=0.02)
    with pod.start() as process:
        api.wait_for("PATCH", 1)
        process.send_signal(signal.SIGUSR1)
        api.wait_for("PATCH", 3)
        process.send_signal(signal.SIGUSR2)
        process.terminate()
        found = records(process.communicate()[1])
    said = [r["level"] for r in found if r["logger"] == "pimjob_runner.reporting.reporter"]
    # Of two more nobody knows whether the signal came before or after.
    assert 1 <= said.count("debug") <= 3 < api.count("PATCH")


def test_no_password_of_the_database_is_said(
    pod: Pod, api: FakeApi, postgres_server: str, postgres_url: str
) -> None:
    """At work, away, and with each mistake that libpq quotes when it sees it."""
    launch(api, "numbers", count=100, chunk=10)
    name = postgres_url.split("///")[1].split("?", maxsplit=1)[0]
    socket = f"host={postgres_server}"
    urls = {
        f"postgresql://postgres:{SECRET}@/{name}?{socket}": "Completed",
        f"postgresql://postgres:{SECRET}@127.0.0.1:1/pim": "DatabaseUnavailable",
        f"postgresql://postgres:{SECRET}@[::1]x/pim": "DatabaseMisconfigured",
        f"postgresql://postgres:{SECRET}%ZZ@127.0.0.1/pim": "DatabaseMisconfigured",
        f"postgresql://postgres:a {SECRET}@127.0.0.1/pim": "DatabaseMisconfigured",
        f"mysql://root:{SECRET}@127.0.0.1/pim": "DatabaseMisconfigured",
    }
    for url, ends in urls.items():
        log = log_of(pod, PIMJOB_DATABASE_URL=url, **DEBUG)
        assert log
        assert SECRET not in log + pod.message.read_text() + json.dumps(api.reports)
        assert ends in pod.message.read_text(), url


@pytest.mark.parametrize(
    ("job_type", "parameters"),
    [
        ("numbers", {"count": SECRET}),
        ("csv_product_import", {"source": f"https://julia:{SECRET}@h.example/x"}),
        ("csv_product_import", {"source": "file:///data/x.csv", "delimiter": SECRET}),
    ],
)
def test_no_value_of_a_parameter_is_said(
    pod: Pod, api: FakeApi, job_type: str, parameters: dict[str, Any]
) -> None:
    launch(api, job_type, **parameters)
    log = log_of(pod, **DEBUG)
    assert "InvalidParameters" in pod.message.read_text()
    assert f"Failed: Parameters of {job_type}: " in log
    assert SECRET not in log + pod.message.read_text() + json.dumps(api.reports)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see postgresql://u:p@h:5432/d for more", "see postgresql://…@h:5432/d for more"),
        ("postgresql://u:p@ss/w@h/d", "postgresql://…@h/d"),
        ("https://token@h/x", "https://…@h/x"),
        ("file:///data/in/a@b.csv", "file:///data/in/a@b.csv"),
        ("mail julia@example.com", "mail julia@example.com"),
    ],
)
def test_credentials_leave_a_url(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
