"""What the operator logs: about which object, how much, and never what is secret."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_operator.settings import SettingsError, read_settings
from support.control_plane import Api, wait_for
from support.operator_process import OperatorProcess, operator_process
from support.place import Place

SECRET = "hunter2"  # noqa: S105 - what must be found nowhere
pytestmark = pytest.mark.cluster


@pytest.fixture
def logging_operator(
    server: tuple[Api, Path], place: Place, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """An operator that logs JSON, for a place of its own."""
    settings = {"watch_namespaces": place.namespace, "log_format": "json"}
    log = tmp_path / "log"
    with operator_process(server[1], log, f"logs-{place.namespace}", **settings) as running:
        running.wait("active")
        yield running


def records(operator: OperatorProcess) -> list[dict[str, Any]]:
    lines = operator.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_signal_makes_it_say_more_about_which_object_and_nothing_secret(
    place: Place, logging_operator: OperatorProcess
) -> None:
    """A job whose parameters fit, one whose parameters do not, and all that is asked for them."""
    logging_operator.process.send_signal(signal.SIGUSR1)
    uid = place.launch("fits", parameters={"source": f"https://julia:{SECRET}@h.example/x"})
    place.wait("fits", "Starting")
    place.launch("wrong", parameters={"count": SECRET, "source": SECRET})
    wrong = place.wait("wrong", "Failed", "InvalidParameters")
    wait_for(lambda: place.events("wrong"), "the Event")
    assert SECRET not in json.dumps([wrong, place.events("wrong")])
    found = records(logging_operator)
    about = {"kind": "PimJob", "namespace": place.namespace, "name": "fits", "uid": uid}
    mine = [record for record in found if record.get("object") == about]
    assert any("create attempt 1" in record["message"] for record in mine)
    created = f"POST /apis/batch/v1/namespaces/{place.namespace}/jobs: 201"
    assert any(record["message"].startswith(created) for record in mine)
    assert SECRET not in logging_operator.log.read_text(encoding="utf-8")

    logging_operator.process.send_signal(signal.SIGUSR2)
    # Whatever was under way when the signal came has been said by then.
    place.launch("between")
    place.wait("between", "Starting")
    before = len(records(logging_operator))
    place.launch("quiet")
    place.wait("quiet", "Starting")
    assert [r for r in records(logging_operator)[before:] if r["level"] == "debug"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIMJOB_LOG_LEVEL", "loud"),
        ("PIMJOB_LOG_FORMAT", "xml"),
        ("PIMJOB_PROFILE_METRICS", "maybe"),
    ],
)
def test_a_setting_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be one of .*, not '{value}'"):
        read_settings({"PIMJOB_RUNNER_IMAGE": "a", name: value})
