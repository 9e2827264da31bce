"""A catalogue in a fresh database, filled by running import jobs as a user would."""

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pimjob_runner.main import main
from pimjob_runner.stores.url import open_database


@dataclass
class Result:
    """What a job came to."""

    outcome: str
    reason: str
    message: str
    counters: dict[str, dict[str, int]]
    samples: list[dict[str, Any]]
    invalid: dict[str, str]
    """Text of the files of refused records, by name."""

    @property
    def of_rows(self) -> list[dict[str, Any]]:
        """Samples about a row; the others are about the file."""
        return [sample for sample in self.samples if "line" in sample]


@dataclass
class Catalogue:
    """Runs import jobs on one database and one files volume."""

    data: Path
    database_url: str
    output: pytest.CaptureFixture[str]
    runs: int = field(default=0)

    def run(self, job_type: str, text: str | bytes, **parameters: Any) -> Result:
        """Import a file."""
        self.runs += 1
        name = f"{job_type}-{self.runs}.csv"
        (self.data / "in").mkdir(parents=True, exist_ok=True)
        raw = text.encode() if isinstance(text, str) else text
        (self.data / "in" / name).write_bytes(raw)
        job = {
            "apiVersion": "pimjobs.dev/v1alpha1",
            "kind": "PimJob",
            "metadata": {"name": f"run-{uuid.uuid4().hex[:8]}"},
            "spec": {
                "type": job_type,
                "parameters": {"source": f"file:///data/in/{name}", **parameters},
            },
        }
        file = self.data / "job.yaml"
        file.write_text(json.dumps(job))
        self.output.readouterr()
        command = ["run", str(file), "--data", str(self.data), "--json"]
        main([*command, "--database", self.database_url])
        return self._result(json.loads(self.output.readouterr().out))

    def products(self) -> dict[str, dict[str, Any]]:
        """Read every product. Associations name products by identifier where they have one."""
        columns = ("identifier", "family", "parent", "enabled", "categories", "groups")
        more = ("associations", "quantified_associations", "raw_values")
        texts = [f"CAST({name} AS TEXT)" for name in (*columns[4:], *more)]
        database = open_database(self.database_url)
        with database.transaction() as transaction:
            sql = f"SELECT {', '.join((*columns[:4], *texts))} FROM product"  # noqa: S608 - constants
            rows = transaction.query(sql)
            uuids = dict(transaction.query("SELECT CAST(uuid AS TEXT), identifier FROM product"))
        database.close()
        found: dict[str, dict[str, Any]] = {
            row[0]: {
                **dict(zip(columns[1:4], (*row[1:3], bool(row[3])), strict=True)),
                **dict(zip((*columns[4:], *more), map(json.loads, row[4:]), strict=True)),
            }
            for row in rows
        }
        for product in found.values():
            for kind in more[:2]:
                product[kind] = {t: _named(targets, uuids) for t, targets in product[kind].items()}
        return found

    def values(self, identifier: str) -> dict[str, Any]:
        """Read the values of one product, the identifier's left out."""
        found: dict[str, Any] = self.products()[identifier]["raw_values"]
        return {code: value for code, value in found.items() if code != "sku"}

    def _result(self, found: dict[str, Any]) -> Result:
        steps = found["status"].get("steps", [])
        artifacts = found["status"].get("artifacts", [])
        return Result(
            outcome=found["outcome"],
            reason=found["reason"],
            message=found["message"],
            counters={step["name"]: step.get("counters", {}) for step in steps},
            samples=[sample for step in steps for sample in step.get("warningSamples", [])],
            invalid={
                artifact["name"]: self._path(artifact["url"]).read_bytes().decode()
                for artifact in artifacts
                if artifact["kind"] == "invalid"
            },
        )

    def _path(self, url: str) -> Path:
        return self.data / url.removeprefix("file:///data/")


def _named(targets: dict[str, Any], uuids: dict[str, str | None]) -> dict[str, Any]:
    """Return targets of one type with products by identifier, if all of them have one."""
    found = targets.get("product_uuids")
    if found is None or not all(uuids.get(uuid) for uuid in found):
        return targets
    named: Any = [uuids[uuid] for uuid in found]
    if isinstance(found, dict):
        named = {uuids[uuid]: amount for uuid, amount in found.items()}
    others = {kind: codes for kind, codes in targets.items() if kind != "product_uuids"}
    return {**others, "products": named}
