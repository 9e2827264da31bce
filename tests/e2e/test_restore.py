"""A catalogue from its backup: a job goes on from the checkpoint in it, each row is there once."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from jobs import Jobs, counters

from conftest import ATTRIBUTES, ROOT, install
from imports import ROWS, WHILE_UPGRADED, LongImport
from support.control_plane import wait_for
from support.kube import kubectl

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        os.environ.get("PIMJOBS_TEST_RESTORE") != "1",
        reason="it replaces whole catalogues: make test-restore",
    ),
]
EXAMPLES = ROOT / "docs" / "examples" / "backup"
GATE = "restore"


@dataclass
class Catalogue:
    """A namespace with a database of its own, and how that is copied and put back."""

    jobs: Jobs
    database: str

    def back_up(self) -> None:
        if self.database == "sqlite":
            self._run("sqlite-backup")
        else:
            self._postgres("pg_dump", "--format=custom", "--file=/tmp/catalogue.dump")

    def restore(self) -> None:
        if self.database == "sqlite":
            self._run("sqlite-restore")
        else:
            options = ("--clean", "--if-exists", "--single-transaction", "--dbname=postgres")
            self._postgres("pg_restore", *options, "/tmp/catalogue.dump")  # noqa: S108 - a pod's

    def products(self, prefix: str) -> int:
        if self.database == "sqlite":
            return self.jobs.products(prefix)
        sql = "SELECT count(*) FROM product WHERE identifier LIKE %s"
        with psycopg.connect(install("postgres")) as connection:
            (count,) = connection.execute(sql, (f"{prefix}%",)).fetchone() or (0,)
        return int(count)

    def gate(self, state: str) -> None:
        """Close or open a release's gate; wait until no job runs while it is closed."""
        release = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimRelease",
            "metadata": {"name": GATE},
            "spec": {"gate": state, "reason": "restore"},
        }
        self._kubectl("apply", "-f", "-", stdin=release)
        if state == "Closed":
            self._kubectl("wait", f"pimrelease/{GATE}", "--for=condition=Drained", "--timeout=60s")

    def _run(self, example: str) -> None:
        """Run the example with the image of the runner."""
        operator = json.loads(kubectl("-n", "pim", "get", "deploy/pimjobs-operator", "-o", "json"))
        environment = operator["spec"]["template"]["spec"]["containers"][0]["env"]
        image = next(v["value"] for v in environment if v["name"] == "PIMJOB_RUNNER_IMAGE")
        text = (EXAMPLES / f"{example}.yaml").read_text(encoding="utf-8")
        file = self.jobs.data / f"{example}.yaml"
        file.write_text(text.replace("image: RUNNER_IMAGE", f"image: {image}"), encoding="utf-8")
        self._kubectl("apply", "-f", str(file))
        job = "catalogue-" + example.removeprefix("sqlite-")
        self._kubectl("wait", f"job/{job}", "--for=condition=Complete", "--timeout=120s")
        self._kubectl("delete", f"job/{job}")

    def _postgres(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs beside the server."""
        pod = ("-n", "pim", "exec", "deployment/postgres", "--")
        where = ("env", "PGPASSWORD=pim", f"/usr/lib/postgresql/15/bin/{program}")
        server = ("--host=127.0.0.1", "--username=pim")
        database = () if program == "pg_restore" else ("--dbname=postgres",)
        kubectl(*pod, *where, *server, *database, *arguments)

    def _kubectl(self, *arguments: str, stdin: Any = None) -> str:
        return kubectl("-n", self.jobs.namespace, *arguments, stdin=stdin)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    """An installed namespace of each kind, with the attributes of products."""
    name = f"pim-restore-{request.param}"
    database = ("--database", install("postgres")) if request.param == "postgresql" else ()
    install("namespace", name, *database)
    jobs = Jobs(name, ROOT / ".cluster" / "data" / name)
    source = jobs.write("attributes.csv", ATTRIBUTES)
    done = jobs.create(type="csv_attribute_import", parameters={"source": source})
    jobs.wait(done, "phase", "Completed")
    yield Catalogue(jobs, request.param)
    print(jobs.describe())  # noqa: T201 - pytest shows it with a failure
    kubectl("delete", "namespace", name, "--timeout=120s")
    kubectl("delete", f"pv/pimjob-data-{name}")
    shutil.rmtree(jobs.data)


def processed(jobs: Jobs, name: str) -> int:
    steps = jobs.get(name)["status"]["steps"]
    return sum(step.get("processed", 0) for step in steps if step["name"] == "import")


def test_a_job_goes_on_from_the_checkpoint_of_a_backup(catalogue: Catalogue) -> None:
    """The backup is made while it runs; what was done after it is lost with the catalogue."""
    jobs = catalogue.jobs
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)
    name, prefix = work.name, work.prefix
    wait_for(lambda: processed(jobs, name) > 0, "some rows")
    catalogue.back_up()
    copied = processed(jobs, name)
    wait_for(lambda: processed(jobs, name) > copied, "more rows than are in the backup")
    catalogue.gate("Closed")
    jobs.wait(name, "phase", "Paused")
    lost = catalogue.products(prefix)

    catalogue.restore()
    assert 0 < catalogue.products(prefix) < lost < ROWS
    catalogue.gate("Open")
    status = jobs.wait(name, "phase", "Completed", seconds=240)
    assert counters(status, "import") == {"created": ROWS, "read": ROWS}
    assert catalogue.products(prefix) == ROWS


def test_a_pimjob_applied_anew_begins_anew_and_does_nothing_twice(catalogue: Catalogue) -> None:
    """As in another cluster: it is another object, and rows that are there stay as they are."""
    jobs = catalogue.jobs
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED)
    name, prefix = work.name, work.prefix
    wait_for(lambda: processed(jobs, name) > 0, "some rows")
    jobs.patch(name, desiredState="Paused")
    jobs.wait(name, "phase", "Paused")
    kept = jobs.get(name)
    there = catalogue.products(prefix)
    assert 0 < there < ROWS
    catalogue.back_up()
    kubectl("-n", jobs.namespace, "delete", "pimjob", name, "--timeout=60s")
    catalogue.restore()

    again = {key: kept[key] for key in ("apiVersion", "kind", "spec")}
    again["spec"] |= {"desiredState": "Running"}
    kubectl("-n", jobs.namespace, "apply", "-f", "-", stdin=again | {"metadata": {"name": name}})
    status = jobs.wait(name, "phase", "Completed", seconds=240)
    assert counters(status, "import") == {
        "created": ROWS - there,
        "read": ROWS,
        "unchanged": there,
    }
    assert catalogue.products(prefix) == ROWS
