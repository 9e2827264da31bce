"""The report is right, however often it is killed and resumed."""

import tomllib
from pathlib import Path

import family_report
from family_report import FAMILY_REPORT
from pimjob_runner.catalogue.schema import prepare
from pimjob_runner.testing import TestedJob, fresh_job, killed_at_each_write, small_chunks

FAMILIES = {"boots": 2, "sandals": 0, "shoes": 3}
REPORT = b"family;products\r\nboots;2\r\nsandals;0\r\nshoes;3\r\n"


def a_job(folder: Path, fewest: int = 1) -> TestedJob:
    """A job on a catalogue with some products, not yet run."""
    job = fresh_job(FAMILY_REPORT, folder, {"fewest": fewest})
    with job.database() as database:
        prepare(database)
        with database.transaction() as transaction:
            for family, products in FAMILIES.items():
                transaction.execute("INSERT INTO family (code, data) VALUES (?, '{}')", (family,))
                for number in range(products):
                    transaction.execute(
                        "INSERT INTO product (uuid, identifier, family, enabled, categories,"
                        " groups, associations, quantified_associations, raw_values, version)"
                        " VALUES (?, ?, ?, true, '[]', '[]', '{}', '{}', '{}', 1)",
                        (f"{family}-{number}", f"{family}-{number}", family),
                    )
    return job


def test_it_counts_the_products_of_each_family(tmp_path: Path) -> None:
    job = a_job(tmp_path / "job")

    assert job.run().kind.value == "Completed"

    left = job.left()
    assert left.files == {"family-report.csv": REPORT}
    assert left.counters == {"count": {"read": 3, "counted": 3}, "write": {"families": 3}}
    assert [value for _, _, _, value, *_ in left.warnings] == ["sandals: 0"]


def test_killed_at_each_write_and_resumed_it_leaves_the_same(tmp_path: Path) -> None:
    with small_chunks(2):
        points = killed_at_each_write(lambda number: a_job(tmp_path / str(number)))

    assert {"statement", "commit", "write", "rename"}.issubset(points)


def test_a_runner_finds_it() -> None:
    project = Path(family_report.__file__).parents[1] / "pyproject.toml"
    points = tomllib.loads(project.read_text())["project"]["entry-points"]
    assert points["pimjob_runner.job_types"] == {"family_report": "family_report:FAMILY_REPORT"}
    assert FAMILY_REPORT.name == "family_report"
