"""A day in the life, with a Prometheus that has scraped it all."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.control_plane import Api, wait_for
from support.day import Day
from support.kubelet import kubelet
from support.operator_process import OperatorProcess, operator_process
from support.place import Place
from support.prometheus import Prometheus, prometheus

SCRAPE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class ObservedDay:
    """What is left of it: both servers still run. Times in seconds since the epoch."""

    prometheus: Prometheus
    operator: OperatorProcess
    namespace: str
    began: float
    ended: float


@contextmanager
def observed_day(
    server: tuple[Api, Path],
    folder: Path,
    *,
    seconds: float,
    rules: list[dict[str, Any]],
    scrape: float = SCRAPE_SECONDS,
) -> Iterator[ObservedDay]:
    """Play a day whose long jobs work so many seconds."""
    api, kubeconfig = server
    place = Place(api, f"day-{uuid.uuid4().hex[:8]}")
    api.create("/api/v1/namespaces", {"metadata": {"name": place.namespace}})
    account = {"metadata": {"name": "pimjob-runner"}}
    api.create(place.path("serviceaccounts"), account)
    files, metrics = folder / "files", folder / "prometheus"
    files.mkdir()
    metrics.mkdir()
    settings = {
        "watch_namespaces": place.namespace,
        "sweep_seconds": "10",
        "profile_metrics": "true",
    }
    with (
        operator_process(kubeconfig, folder / "operator.log", "day", **settings) as operator,
        prometheus(
            metrics, [f"127.0.0.1:{operator.port}"], seconds=scrape, rules=rules
        ) as scraping,
        kubelet(place, kubeconfig.with_name("apiserver.crt"), files) as running,
    ):
        began = time.time()
        operator.wait("active")
        wait_for(lambda: scraping.value("max(pimjob_operator_leader)") == 1, "a scrape")
        Day(place, running, files, seconds).play()
        time.sleep(3 * scrape)
        yield ObservedDay(
            prometheus=scraping,
            operator=operator,
            namespace=place.namespace,
            began=began,
            ended=time.time(),
        )
