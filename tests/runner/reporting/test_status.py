"""What a report says, and that the API server can take the largest one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from large_progress import largest

from pimjob_api import bounds
from pimjob_api.names import STATUS_BYTES
from pimjob_api.phases import StepPhase
from pimjob_api.pimjob_status import PimJobStatus
from pimjob_runner.engine.progress import JobProgress, StepProgress
from pimjob_runner.reporting.status import status_of
from pimjob_runner.sdk import ArtifactFile, ItemWarning

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = Path("/data")


def step(name: str, phase: StepPhase, **values: object) -> StepProgress:
    return StepProgress(name, name.capitalize(), 0, phase, **values)  # type: ignore[arg-type] # a table's values


def test_a_report_in_full(tmp_path: Path) -> None:
    refused = tmp_path / "executions" / "4a5f" / "epoch-1" / "invalid import.csv"
    refused.parent.mkdir(parents=True)
    refused.write_text("sku\nx\n")
    download = StepProgress(
        "download", "Download", 0, StepPhase.COMPLETED, started_at=NOW, ended_at=NOW
    )
    importing = StepProgress(
        "import",
        "Import products",
        1,
        StepPhase.RUNNING,
        total=1_000,
        processed=421,
        counters={"read": 421, "created": 420, "invalid": 1},
        warnings=1,
        samples=[ItemWarning("is not a number", line=3, column="weight", value="heavy")],
        active_seconds=12.7,
        eta_seconds=81,
        started_at=NOW,
    )
    progress = JobProgress(
        steps=(download, importing), artifacts=(ArtifactFile("invalid", refused.name, refused),)
    )

    assert status_of(progress, files_root=tmp_path, now=NOW) == {
        "heartbeatTime": "2026-01-02T03:04:05Z",
        "warnings": 1,
        "activeSeconds": 12,
        "step": "2/2 import",
        "progress": "42%",
        "etaSeconds": 81,
        "steps": [
            {
                "name": "download",
                "label": "Download",
                "phase": "Completed",
                "trackable": False,
                "processed": 0,
                "warnings": 0,
                "activeSeconds": 0,
                "startTime": "2026-01-02T03:04:05Z",
                "endTime": "2026-01-02T03:04:05Z",
            },
            {
                "name": "import",
                "label": "Import products",
                "phase": "Running",
                "trackable": True,
                "total": 1_000,
                "processed": 421,
                "counters": {"created": 420, "invalid": 1, "read": 421},
                "warnings": 1,
                "warningSamples": [
                    {
                        "line": 3,
                        "column": "weight",
                        "value": "heavy",
                        "reason": "is not a number",
                    }
                ],
                "activeSeconds": 12,
                "etaSeconds": 81,
                "startTime": "2026-01-02T03:04:05Z",
            },
        ],
        "artifacts": [
            {
                "kind": "invalid",
                "name": "invalid import.csv",
                "url": "file:///data/executions/4a5f/epoch-1/invalid%20import.csv",
                "bytes": 6,
            }
        ],
    }


@pytest.mark.parametrize(
    ("importing", "shown"),
    [
        (step("import", StepPhase.PENDING), None),
        (step("import", StepPhase.RUNNING, processed=5), None),
        (step("import", StepPhase.RUNNING, processed=0, total=0), None),
        (step("import", StepPhase.RUNNING, processed=0, total=9), "0%"),
        (step("import", StepPhase.RUNNING, processed=9, total=9), "99%"),
        (step("import", StepPhase.RUNNING, processed=11, total=9), "99%"),
        (step("download", StepPhase.RUNNING, share=0.429), "42%"),
        (step("download", StepPhase.RUNNING, share=1.0), "99%"),
        (step("import", StepPhase.PAUSED, processed=4, total=8), "50%"),
        (step("import", StepPhase.COMPLETED), "100%"),
    ],
)
def test_progress_is_the_share_of_the_current_step(
    importing: StepProgress, shown: str | None
) -> None:
    progress = JobProgress(steps=(importing,))

    assert status_of(progress, files_root=DATA, now=NOW).get("progress") == shown


def test_a_share_is_trackable_and_no_item() -> None:
    download = step("download", StepPhase.RUNNING, share=0.5, eta_seconds=7)
    status = status_of(JobProgress(steps=(download,)), files_root=DATA, now=NOW)
    assert (status["progress"], status["etaSeconds"]) == ("50%", 7)
    [told] = status["steps"]
    assert (told["trackable"], told["processed"], "total" in told) == (True, 0, False)


def test_a_file_whose_url_is_too_long_is_left_out() -> None:
    """The API server would refuse the whole report."""
    short, long = (ArtifactFile("input", n, DATA / n) for n in ("in.csv", "x" * bounds.URL))

    status = status_of(JobProgress(steps=(), artifacts=(long, short)), files_root=DATA, now=NOW)

    assert [artifact["name"] for artifact in status["artifacts"]] == ["in.csv"]


def test_the_largest_report_is_within_the_models_bounds_and_the_budget() -> None:
    status = status_of(largest(), files_root=DATA, now=NOW)

    PimJobStatus.model_validate(status)
    size = len(json.dumps(status, ensure_ascii=False, separators=(",", ":")).encode())
    assert size < STATUS_BYTES * 0.75, "the rest is the operator's"
