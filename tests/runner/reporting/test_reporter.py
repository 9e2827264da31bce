"""When and what the reporter writes, and that no API trouble reaches the job."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from fake_api import UID, FakeApi, fake_api

from pimjob_api.phases import StepPhase
from pimjob_runner.engine.control import Control, Intent
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.reporting.kube import PimJobClient
from pimjob_runner.reporting.reporter import Reporter, Timing
from pimjob_runner.sdk import ArtifactFile
from support.control_plane import wait_for

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
QUICK = Timing(period=0.02, heartbeat=60.0, final=0.5, final_retry=0.02)


def progress(processed: int) -> JobProgress:
    step = StepProgress("write", "Write", 0, StepPhase.RUNNING, processed=processed, total=100)
    return JobProgress(steps=(step,))


def processed(report: dict[str, list[dict[str, int]]]) -> int:
    return report["steps"][0]["processed"]


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as api:
        yield api


@contextmanager
def reporting(
    api: FakeApi, control: Control | None = None, timing: Timing = QUICK
) -> Iterator[Reporter]:
    client = PimJobClient(api.server, namespace="pim", name="numbers", uid=UID)
    reporter = Reporter(
        client,
        control or Control(),
        attempt=1,
        files_root=Path("/data"),
        clock=lambda: NOW,
        timing=timing,
    )
    reporter.start()
    try:
        yield reporter
    finally:
        reporter.finish()


def test_a_short_job_writes_exactly_once(api: FakeApi) -> None:
    with reporting(api, timing=Timing()) as reporter:
        for count in range(100):
            reporter.report(progress(count))

    path = "/apis/pimjobs.dev/v1alpha1/namespaces/pim/pimjobs/numbers/status"
    assert api.requests == [f"PATCH {path}?fieldManager=pimjob-runner&force=true"]
    assert processed(api.reports[0]) == 99


def test_a_job_with_nothing_to_say_writes_nothing(api: FakeApi) -> None:
    with reporting(api):
        api.wait_for("GET", 2)

    assert api.reports == []


def test_progress_is_written_at_most_once_a_period(api: FakeApi) -> None:
    period = 0.2
    began = monotonic()
    with reporting(api, timing=Timing(period=period)) as reporter:
        count = 0
        while api.count("PATCH") < 3:
            reporter.report(progress(count))
            count += 1
    lasted = monotonic() - began

    assert len(api.reports) <= lasted / period + 1
    seen = [processed(report) for report in api.reports]
    assert seen == sorted(seen)
    assert seen[-1] == count - 1, "the last word is the last progress"


def test_what_is_urgent_is_written_before_anything_else_is_done(api: FakeApi) -> None:
    with reporting(api, timing=Timing()) as reporter:
        for count in (1, 2):
            reporter.report_now(progress(count))
            assert processed(api.reports[-1]) == count


def test_what_is_urgent_does_not_wait_long_for_an_api_server_that_is_away(api: FakeApi) -> None:
    api.trouble = 503
    with reporting(api, timing=Timing(final=0.1)) as reporter:
        reporter.report_now(progress(1))
        assert api.reports == []
        api.trouble = None


def test_without_news_the_spec_is_read_and_a_heartbeat_written_now_and_then(api: FakeApi) -> None:
    timing = Timing(period=0.02, heartbeat=0.3)
    with reporting(api, timing=timing) as reporter:
        reporter.report(progress(1))
        api.wait_for("PATCH", 3)

    assert api.count("GET") >= 3
    assert api.reports[0] == api.reports[-1], "only heartbeats"


@pytest.mark.parametrize("with_news", [True, False])
def test_what_people_ask_for_comes_back_with_each_answer(api: FakeApi, with_news: bool) -> None:  # noqa: FBT001 - a table's column
    control = Control()
    with reporting(api, control) as reporter:
        api.job["spec"]["desiredState"] = "Stopped"
        if with_news:
            reporter.report(progress(1))
        api.wait_for("PATCH" if with_news else "GET", 2 if not with_news else 1)

    assert control.intent() is Intent.STOP


@pytest.mark.parametrize("with_news", [True, False])
def test_a_closed_gate_comes_back_with_each_answer_and_so_does_its_opening(
    api: FakeApi,
    with_news: bool,  # noqa: FBT001 - a table's column
) -> None:
    control = Control()
    method = "PATCH" if with_news else "GET"
    with reporting(api, control) as reporter:
        for count, gate in enumerate(({"release": "weekly", "attempt": 1}, {}), start=1):
            api.job["status"]["gate"] = gate
            if with_news:
                reporter.report(progress(count))
            api.wait_for(method, api.count(method) + 2 - with_news)
            reporter_took = Intent.MAKE_ROOM if gate else None
            wait_for(lambda wanted=reporter_took: control.intent() is wanted, "the gate")


def test_a_gate_of_another_attempt_is_not_this_ones(api: FakeApi) -> None:
    control = Control()
    with reporting(api, control):
        api.job["status"]["gate"] = {"release": "weekly", "attempt": 7}
        api.wait_for("GET", 3)

    assert control.intent() is None


@pytest.mark.parametrize("trouble", [500, 429, "drop", 403, 422])
def test_trouble_is_overcome_by_the_next_report(api: FakeApi, trouble: int | str) -> None:
    api.trouble = trouble
    with reporting(api) as reporter:
        reporter.report(progress(1))
        api.wait_for("lost" if trouble == "drop" else "PATCH", 3)
        api.trouble = None
        reporter.report(progress(2))
        api.wait_for("PATCH", api.count("PATCH") + 1)

    assert processed(api.reports[-1]) == 2


def test_trouble_is_logged_once_and_its_end_as_well(
    api: FakeApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pimjob_runner")
    api.trouble = 503
    with reporting(api) as reporter:
        reporter.report(progress(1))
        api.wait_for("PATCH", 4)
        api.trouble = None
        api.wait_for("GET", 1)

    assert [record.getMessage() for record in caplog.records] == [
        "The API server does not answer: HTTP 503",
        "Reports get through again.",
    ]


def test_the_last_report_is_tried_again_for_a_bounded_time(api: FakeApi) -> None:
    api.trouble = 500
    with reporting(api, timing=Timing(final=0.4, final_retry=0.02)) as reporter:
        reporter.report(progress(7))
        began = monotonic()
    lasted = monotonic() - began

    assert api.count("PATCH") > 3
    assert 0.4 <= lasted < 3


def test_the_last_report_gets_through_once_the_trouble_is_over(api: FakeApi) -> None:
    api.trouble = 500

    def mend() -> None:
        api.wait_for("PATCH", 3)
        api.trouble = None

    mender = threading.Thread(target=mend)
    with reporting(api, timing=Timing(final=20, final_retry=0.02)) as reporter:
        reporter.report(progress(7))
        mender.start()
    mender.join()

    assert [processed(report) for report in api.reports] == [7]


def test_a_silent_api_server_delays_nobody(api: FakeApi) -> None:
    api.timeout = 0.2
    api.trouble = "hang"
    with reporting(api) as reporter:
        began = monotonic()
        reporter.report(progress(1))
        assert monotonic() - began < 0.1, "report never blocks"
        api.wait_for("lost", 2)


def test_a_connection_that_the_server_closed_is_opened_again_at_once(api: FakeApi) -> None:
    client = PimJobClient(api.server, namespace="pim", name="numbers", uid=UID)
    client.get()
    assert client._connection is not None
    assert client._connection.sock is not None
    client._connection.sock.shutdown(2)

    assert client.get()["metadata"]["uid"] == UID
    client.close()


def test_a_replaced_attempt_does_not_overwrite_the_newer_ones_report(api: FakeApi) -> None:
    with reporting(api) as reporter:
        reporter.report(progress(1))
        api.wait_for("PATCH", 1)
        api.job["status"]["attempts"] = [{"number": 1}, {"number": 2}]
        api.wait_for("GET", 2)
        reporter.report(progress(2))
        api.wait_for("GET", api.count("GET") + 3)

    assert [processed(report) for report in api.reports] == [1]


def test_nothing_more_is_written_once_another_pimjob_has_the_name(api: FakeApi) -> None:
    with reporting(api) as reporter:
        reporter.report(progress(1))
        api.wait_for("PATCH", 1)
        api.job["metadata"] = {**api.job["metadata"], "uid": "another"}
        reporter.report(progress(2))
        api.wait_for("GET", 1)
        reporter.report(progress(3))
        api.wait_for("GET", api.count("GET") + 3)

    assert api.count("PATCH") <= 2


def test_an_abandoned_reporter_says_nothing_more(api: FakeApi) -> None:
    client = PimJobClient(api.server, namespace="pim", name="numbers", uid=UID)
    reporter = Reporter(
        client, Control(), attempt=1, files_root=Path("/data"), clock=lambda: NOW, timing=Timing()
    )
    reporter.start()
    reporter.report(progress(1))
    reporter.abandon()

    assert api.requests == []


class Raised(logging.Handler):
    """Says when something was logged as an exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        assert record.exc_info is not None
        self.event.set()


def test_a_report_that_cannot_be_made_does_not_end_the_reports(
    api: FakeApi, tmp_path: Path
) -> None:
    outside = ArtifactFile("output", "elsewhere.csv", tmp_path / "elsewhere.csv")
    raised, log = Raised(), logging.getLogger("pimjob_runner")
    log.addHandler(raised)
    with reporting(api) as reporter:
        reporter.report(JobProgress(steps=progress(1).steps, artifacts=(outside,)))
        assert raised.event.wait(20)
        reporter.report(progress(2))
        api.wait_for("PATCH", 1)
    log.removeHandler(raised)

    assert processed(api.reports[-1]) == 2
