"""A runner goes on with what older ones have left: kept checkpoints, see make_checkpoint."""

from pathlib import Path
from typing import Any

import pytest
from import_job import CHUNK, ImportJob
from make_checkpoint import FIXTURES, load

from pimjob_api.phases import OutcomeKind

KEPT = sorted(path.stem for path in FIXTURES.glob("*.sql"))


@pytest.mark.parametrize("name", KEPT)
def test_a_job_that_an_older_runner_began_is_finished_exactly(name: str, tmp_path: Path) -> None:
    undisturbed = ImportJob(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other")
    undisturbed.prepare()
    undisturbed.run(1)
    job = ImportJob(f"sqlite:///{tmp_path / 'kept.db'}", tmp_path / "files")
    load(name, tmp_path / "kept.db", job.files_root)
    before = {step: (phase, processed) for step, phase, processed in steps(job)}

    assert job.run(2).kind is OutcomeKind.COMPLETED

    assert before["import"] == ("Running", CHUNK), "it was in the middle"
    assert before["associations"] == ("Pending", 0)
    assert from_then_on(job.result()) == from_then_on(undisturbed.result())


def from_then_on(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the validation says: that step was done, and older runners said less."""
    return {
        **result,
        "warnings": [row for row in result["warnings"] if "validate" not in row],
        "steps": [row for row in result["steps"] if row[0] != "validate"],
    }


def steps(job: ImportJob) -> list[tuple[str, str, int]]:
    with job.database() as database:
        rows = database.query(
            "SELECT name, phase, processed FROM step_execution WHERE job_id = '5b6e'"
        )
    return [(str(name), str(phase), int(processed)) for name, phase, processed in rows]


def test_there_are_some() -> None:
    assert "checkpoint-v1" in KEPT
