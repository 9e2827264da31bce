"""Dashboards are as the code makes them, and as Grafana and its users expect them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_notifier.metrics import DEFINITIONS as NOTIFIERS
from pimjob_operator.metrics import DEFINITIONS
from support.control_plane import ROOT
from support.dashboards import panels_of
from support.helm import rendered

ALL = (*DEFINITIONS, *NOTIFIERS)
FILES = sorted((ROOT / "charts" / "pimjobs" / "files" / "dashboards").glob("*.json"))
UNITS = {"short", "s", "ops", "percentunit", "bytes"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Of the process, by its client library; of volumes, by the kubelet.
OTHERS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
_METRIC = re.compile(r"\bpimjob_[a-z_]+\b")


def dashboard(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def sources(value: Any) -> Iterator[Any]:
    """Yield every data source that is named anywhere."""
    if isinstance(value, dict):
        yield from (found for key, found in value.items() if key == "datasource")
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from sources(item)


@pytest.mark.parametrize("script", ["metrics_document", "dashboards"])
def test_what_is_generated_is_what_the_code_says(script: str) -> None:
    file = ROOT / "dev" / "observability" / f"{script}.py"
    # Scripts import the modules beside them.
    command = [sys.executable, str(file), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_belongs_to_no_installation(file: Path) -> None:
    model = dashboard(file)
    assert list(sources(model))
    assert all(found == SOURCE for found in sources(model))
    assert model["templating"]["list"][0]["type"] == "datasource"
    assert "id" not in model
    assert model["uid"] == f"pimjobs-{file.stem}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_panel_says_what_it_shows(file: Path) -> None:
    panels = list(panels_of(file))
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["targets"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_panel_lies_on_another(file: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard(file)["panels"]:
        x, y, width, height = (panel["gridPos"][key] for key in "xywh")
        cells = {(x + dx, y + dy) for dx in range(width) for dy in range(height)}
        assert x + width <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_queries_are_those_of_a_dashboard(file: Path) -> None:
    """Windows of rates follow the zoom, and every query follows the variables."""
    names = {one["name"] for one in dashboard(file)["templating"]["list"]} - {"datasource"}
    for panel in panels_of(file):
        for target in panel["targets"]:
            assert not re.search(r"rate\([^[]*\[(?!\$__rate_interval)", target["expr"])
            used = set(re.findall(r"\$(namespace|type)", target["expr"]))
            assert used <= names, panel["title"]
            jobs = re.search(r"pimjob_(?!operator|build|releases)", target["expr"])
            assert used or not (names and jobs), panel["title"]


def written() -> Iterator[tuple[str, str]]:
    """Yield what names metrics: dashboards, documents, alerts."""
    for file in [*FILES, *(ROOT / "docs").rglob("*.md")]:
        yield file.name, file.read_text(encoding="utf-8")
    notifies = {"notifier": {"enabled": True}}
    for one in rendered(notifies, "--api-versions", "monitoring.coreos.com/v1/PrometheusRule"):
        if one["kind"] == "PrometheusRule":
            yield "alerts", json.dumps(one)


def test_only_metrics_that_the_code_has_are_named_anywhere() -> None:
    endings = {"counter": ("",), "gauge": ("",), "histogram": ("", "_bucket", "_count", "_sum")}
    known = {one.name + ending for one in ALL for ending in endings[one.kind]}
    # What is no metric: packages, and the prefix of all of them.
    words = {
        f"pimjob_{word}"
        for word in ("api", "cli", "execution", "kube", "notifier", "operator", "runner")
    }
    strange = {
        (where, name)
        for where, text in written()
        for name in _METRIC.findall(text)
        if name not in known | words and not name.endswith("_")
    }
    assert strange == set()


def test_each_metric_is_shown_or_watched_somewhere() -> None:
    shown = " ".join(
        text for where, text in written() if where.endswith(".json") or where == "alerts"
    )
    assert [one.name for one in DEFINITIONS if one.name not in shown] == []


def config_maps(values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    objects = rendered(values)
    component = "app.kubernetes.io/component"
    return [o for o in objects if o["metadata"].get("labels", {}).get(component) == "dashboard"]


def test_dashboards_are_config_maps_with_the_label_of_the_sidecar() -> None:
    found = config_maps()
    assert {one["kind"] for one in found} == {"ConfigMap"}
    assert [one["metadata"]["name"] for one in found] == [f"pimjobs-{file.stem}" for file in FILES]
    for one, file in zip(found, FILES, strict=True):
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert json.loads(one["data"][f"pimjobs-{file.name}"]) == dashboard(file)


def test_they_can_be_left_out_and_labelled() -> None:
    assert config_maps({"dashboards": {"enabled": False}}) == []
    own = {"labels": {"team": "pim"}, "annotations": {"grafana_folder": "PimJobs"}}
    for one in config_maps({"dashboards": own}):
        assert one["metadata"]["labels"]["team"] == "pim"
        assert one["metadata"]["annotations"] == own["annotations"]
