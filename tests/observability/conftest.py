"""A day of real jobs, scraped by a real Prometheus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.control_plane import Api
from support.helm import rendered
from support.observed import ObservedDay, observed_day

DAY_SECONDS = 9
"""How long a long job works: it must not be done before it is paused, on a slow machine either."""

FEWER = {"alerts": {"rules": {"PimPlatformFailures": {"jobs": 5}}}}
"""A day has eleven jobs, and those that end before the first scrape are none to Prometheus."""


@pytest.fixture(scope="module")
def day(
    server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObservedDay]:
    """What is left of a day: both servers still answer."""
    objects = rendered(FEWER, "--api-versions", "monitoring.coreos.com/v1/PrometheusRule")
    (rules,) = [one["spec"]["groups"] for one in objects if one["kind"] == "PrometheusRule"]
    folder = tmp_path_factory.mktemp("day")
    with observed_day(server, folder, seconds=DAY_SECONDS, rules=rules) as found:
        yield found
