"""The queries of dashboards, as Grafana would ask them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RATE_INTERVAL = "10s"


@dataclass(frozen=True)
class Query:
    """One query of a panel."""

    panel: str
    number: int
    expr: str
    legend: str
    unit: str

    def of(self, namespace: str, job_type: str, interval: str = RATE_INTERVAL) -> str:
        """Return it with its variables filled in."""
        filled = self.expr.replace("$namespace", namespace).replace("$type", job_type)
        return filled.replace("$__rate_interval", interval)


def panels_of(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the panels of a dashboard that ask something."""
    for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
        if panel["type"] != "row":
            yield panel


def queries_of(file: Path) -> Iterator[Query]:
    """Yield the queries of a dashboard."""
    for panel in panels_of(file):
        for number, target in enumerate(panel["targets"]):
            unit = panel["fieldConfig"]["defaults"]["unit"]
            yield Query(panel["title"], number, target["expr"], target["legendFormat"], unit)
