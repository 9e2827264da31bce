"""Imports that last long enough to be interrupted, on a fast machine too."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jobs import Jobs, counters

from support.kube import kubectl

ROWS = 400_000
TYPE = "pimjobtype/csv-product-import"
WHILE_POLLED = "500m"
"""CPU with which an import outlasts a wish that a runner reads within two seconds."""
WHILE_UPGRADED = "150m"
"""And one with which it outlasts what takes a cluster many seconds."""


@dataclass(frozen=True)
class LongImport:
    """A PimJob that creates as many products as there are rows, and how their names begin."""

    jobs: Jobs
    name: str
    prefix: str
    rows: int
    text: str

    @classmethod
    def create(cls, jobs: Jobs, *, rows: int = ROWS, **spec: Any) -> "LongImport":
        """Create one that nothing slows down."""
        prefix = uuid.uuid4().hex[:6]
        lines = "".join(f"{prefix}-{n};Name {n};{n}\n" for n in range(rows))
        text = f"sku;name-en_US;stock\n{lines}"
        parameters = {"source": jobs.write(f"{prefix}.csv", text)}
        name = jobs.create(type="csv_product_import", parameters=parameters, **spec)
        return cls(jobs, name, prefix, rows, text)

    @classmethod
    def at_work(cls, jobs: Jobs, *, cpu: str = WHILE_POLLED, **spec: Any) -> "LongImport":
        """Create one and see it import: its first attempt has so little CPU, the next have all."""
        with resources({"requests": {"cpu": "50m"}, "limits": {"cpu": cpu}}):
            made = cls.create(jobs, **spec)
            jobs.wait(made.name, "step", "3/4 import", seconds=180)
        return made

    def products(self) -> int:
        """Count the products that there are."""
        return self.jobs.products(self.prefix)

    def assert_done_once(self, *, seconds: int = 180) -> dict[str, Any]:
        """Wait for the end, assert that nothing was lost or done twice; return the status."""
        status = self.jobs.wait(self.name, "phase", "Completed", seconds=seconds)
        assert counters(status, "import") == {"created": self.rows, "read": self.rows}
        assert self.products() == self.rows
        return status


@contextmanager
def resources(found: dict[str, dict[str, str]]) -> Iterator[None]:
    """Give attempts of product imports that begin meanwhile other resources than the default."""
    _set_resources(found)
    try:
        yield
    finally:
        _set_resources(None)


def _set_resources(found: dict[str, dict[str, str]] | None) -> None:
    kubectl("patch", TYPE, "--type=merge", "-p", json.dumps({"spec": {"resources": found}}))
