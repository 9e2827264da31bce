"""A Prometheus of the tests' own, which scrapes what it is given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

from support.control_plane import free_port, process, wait_for

Series = dict[str, Any]


class Prometheus:
    """A running server."""

    def __init__(self, port: int, log: Path) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(retries=False)
        self.log = log

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._pool.request("GET", f"{self._url}/-/ready").status == 200)
        except urllib3.exceptions.HTTPError:
            return False

    def query(self, expr: str) -> list[Series]:
        """Return the series that a query finds now; fail if it is none."""
        found: list[Series] = self._get("query", query=expr)["result"]
        return found

    def query_range(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """Return the series that a query finds between two times, in seconds since the epoch."""
        query = {"query": expr, "start": start, "end": end, "step": step}
        found: list[Series] = self._get("query_range", **query)["result"]
        return found

    def value(self, expr: str) -> float | None:
        """Return the only value that a query finds, None if there is none."""
        found = self.query(expr)
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None

    def targets(self) -> list[dict[str, Any]]:
        """Return what it scrapes."""
        found: list[dict[str, Any]] = self._get("targets")["activeTargets"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return its rules, with how each went."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str, **query: str | float) -> dict[str, Any]:
        answer = self._pool.request("GET", f"{self._url}/api/v1/{what}", fields=query)
        assert answer.status == 200, f"{query}: {answer.data.decode()}"
        found: dict[str, Any] = answer.json()["data"]
        return found


@contextmanager
def prometheus(
    folder: Path, targets: list[str], *, seconds: float, rules: list[dict[str, Any]] | None = None
) -> Iterator[Prometheus]:
    """Run one that scrapes every so many seconds, for as long as the block lasts."""
    period = f"{int(seconds * 1000)}ms"
    (folder / "rules.yaml").write_text(json.dumps({"groups": rules or []}))
    config = {
        "global": {"scrape_interval": period, "scrape_timeout": period,
                   "evaluation_interval": period},
        "rule_files": ["rules.yaml"],
        # As the chart's ServiceMonitor: the labels of jobs are theirs.
        "scrape_configs": [{"job_name": "pimjobs", "honor_labels": True,
                            "static_configs": [{"targets": targets, "labels": {"pod": "a"}}]}],
    }  # fmt: skip
    (folder / "prometheus.yaml").write_text(json.dumps(config))
    port = free_port()
    flags = (
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    )
    with process(folder / "prometheus.log", "prometheus", *flags):
        made = Prometheus(port, folder / "prometheus.log")
        wait_for(made.ready, f"Prometheus; see {made.log}")
        yield made
