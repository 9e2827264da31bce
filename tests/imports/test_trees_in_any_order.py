"""A file of a tree whose children come before their parents: read in another order, told in lines.

Chunks are made of as many stretches of the file as they have room for.
"""

from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import OutcomeKind
from pimjob_runner.engine.progress import JobProgress
from pimjob_runner.jobs.imports.structure_types import ENTITIES
from pimjob_runner.testing import TestedJob, fresh_job, killed_at_each_write, small_chunks

(CATEGORIES,) = (each for each in ENTITIES if each.name == "csv_category_import")
CHUNK = 250
ROWS = ["shop;", *(f"c{n};{f'c{n // 2}' if n else 'shop'}" for n in range(12 * CHUNK - 1))]

# Told are: what has no parent (read), or one that is not there (written), and what is cut.
WRONG = """\
code;parent;label-en_US
leaf;twig;"two
lines"
;bough;nameless
twig;bough;Twig
lost;nowhere;Lost
bough;;Bough

;twig;"nameless, too"
other;twig;Other;more
cone;leaf;Cone
knot;limb;Knot
limb;nowhere;Limb
top;;"Top
of all"
"""
TOLD = [
    # In the order in which they are read: limb comes before its child.
    (4, "code", ";bough;nameless"),
    (6, "parent", "lost;nowhere;Lost"),
    (9, "code", ';twig;"nameless, too"'),
    (10, None, "other;twig;Other;more"),
    (13, "parent", "limb;nowhere;Limb"),
    (12, "parent", "knot;limb;Knot"),
]


def import_of(text: str, database_url: str, folder: Path, number: int = 0) -> TestedJob:
    """Return an import into a catalogue without categories."""
    job = fresh_job(
        CATEGORIES,
        folder / str(number),
        {"source": "file:///data/in/tree.csv"},
        database_url=database_url,
        job_id=f"job-{number}",
    )
    uploads = job.files_root / "in"
    uploads.mkdir(exist_ok=True)
    (uploads / "tree.csv").write_text(text)
    with job.database() as database, database.transaction() as transaction:
        transaction.execute("DELETE FROM category")
    return job


def categories(job: TestedJob) -> list[tuple[Any, ...]]:
    return job.query("SELECT code, CAST(data AS TEXT) FROM category ORDER BY code")


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]], ids=["ordered", "reversed"])
def test_each_chunk_is_full_whatever_the_order(
    database_url: str, tmp_path: Path, rows: list[str]
) -> None:
    job = import_of("code;parent\n" + "\n".join(rows), database_url, tmp_path)
    committed: set[int] = set()

    def listen(progress: JobProgress) -> None:
        committed.update(step.processed for step in progress.steps if step.name == "import")

    with small_chunks(CHUNK):
        assert job.run(listener=listen).kind is OutcomeKind.COMPLETED

    assert sorted(committed) == [n * CHUNK for n in range(13)]
    assert job.left().counters["import"] == {"read": len(ROWS), "created": len(ROWS)}
    assert len(categories(job)) == len(ROWS)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1_000])
def test_what_is_wrong_is_told_with_its_line_wherever_chunks_end(
    database_url: str, tmp_path: Path, chunk: int
) -> None:
    job = import_of(WRONG, database_url, tmp_path)

    with small_chunks(chunk):
        assert job.run().kind is OutcomeKind.COMPLETED

    left = job.left()
    told = [(line, column, record) for _, line, column, _, _, record in left.warnings]
    assert told == TOLD
    refused = "".join(f"{record}\n" for *_, record in TOLD)
    assert left.files["invalid-import.csv"].decode() == f"code;parent;label-en_US\n{refused}"
    assert left.counters["import"] == {"read": 11, "created": 5, "invalid": 6}
    assert [code for code, _ in categories(job)] == ["bough", "cone", "leaf", "top", "twig"]


def test_killed_at_each_write_it_leaves_the_same(database_url: str, tmp_path: Path) -> None:
    def result(job: TestedJob) -> Any:
        left = job.left()
        # How often a tasklet runs is up to it.
        return categories(job), left.warnings, left.files, left.counters["import"]

    with small_chunks(4):
        points = killed_at_each_write(
            lambda number: import_of(WRONG, database_url, tmp_path, number), result
        )

    assert points.count("commit") > 6
