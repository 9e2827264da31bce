"""`make dashboards`: docs/dashboards/*.svg, drawn from what a Prometheus has scraped of a day.

Plays the day of the tests, longer: a real operator, API server and Prometheus, real runners. Each
panel is drawn from the answer to its own query; how it looks is not Grafana's, what it shows is.
"""

import argparse
import io
import json
import math
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from support.control_plane import ROOT, control_plane
from support.dashboards import Query, queries_of
from support.day import LONG, SHORT
from support.install import install_contract
from support.observed import ObservedDay, observed_day

BOARDS = ROOT / "charts" / "pimjobs" / "files" / "dashboards"
TARGET = ROOT / "docs" / "dashboards"
POINTS = 100
CELL = (0.62, 0.42)
"""Inches of a cell of Grafana's grid."""
ROWS_OF_A_TABLE = 9
Series = list[dict[str, Any]]


def draw(file: Path, day: ObservedDay) -> Figure:
    """Draw a dashboard."""
    board = json.loads(file.read_text(encoding="utf-8"))
    asked: dict[str, list[Query]] = {}
    for query in queries_of(file):
        asked.setdefault(query.panel, []).append(query)
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"])
    figure = Figure(figsize=(24 * CELL[0], height * CELL[1] + 0.4))
    total = figure.get_figheight()
    figure.suptitle(board["title"], x=0.01, y=1 - 0.12 / total, ha="left", size=13, weight="bold")
    for panel in board["panels"]:
        place = panel["gridPos"]
        top = 1 - (0.4 + place["y"] * CELL[1]) / total
        if panel["type"] == "row":
            figure.text(0.01, top - 0.22 / total, panel["title"], size=11, weight="bold")
            continue
        axes = figure.add_axes((
            place["x"] / 24 + 0.03,
            top - (place["h"] * CELL[1] - 0.75) / total - 0.3 / total,
            place["w"] / 24 - 0.045,
            (place["h"] * CELL[1] - 0.75) / total,
        ))  # fmt: skip
        axes.set_title(panel["title"], loc="left", size=8)
        _KINDS[panel["type"]](axes, panel, asked[panel["title"]], day)
    return figure


def _draw_number(
    axes: Axes, _panel: dict[str, Any], queries: list[Query], day: ObservedDay
) -> None:
    # As it was in the middle of the day: at its end nothing runs.
    found = _range(day, queries[0])
    values = [float(text) for one in found for _, text in one["values"]]
    axes.axis("off")
    shown = _with_unit(values[len(values) // 2], queries[0].unit) if values else "none"
    axes.text(0.5, 0.4, shown, ha="center", va="center", size=18)


def _draw_table(axes: Axes, _panel: dict[str, Any], queries: list[Query], day: ObservedDay) -> None:
    axes.axis("off")
    for number, one in enumerate(day.prometheus.query(_filled(day, queries[0]))[:ROWS_OF_A_TABLE]):
        labels = ", ".join(value for key, value in one["metric"].items() if key != "namespace")
        line = f"{_with_unit(float(one['value'][1]), queries[0].unit)}   {labels}"
        axes.text(0, 0.95 - number * 0.12, line, size=7, va="top")


def _draw_lines(axes: Axes, panel: dict[str, Any], queries: list[Query], day: ObservedDay) -> None:
    lines: dict[str, list[tuple[float, float]]] = {}
    for query in queries:
        for one in _range(day, query):
            name = re.sub(r"{{(\w+)}}", lambda m, o=one: o["metric"][m[1]], query.legend)  # type: ignore[misc]
            points = [(float(t), float(v)) for t, v in one["values"]]
            if any(value > 0 for _, value in points):
                lines[name] = points
    if "stacking" in panel["fieldConfig"]["defaults"]["custom"] and lines:
        times = sorted({t for points in lines.values() for t, _ in points})
        values = [[dict(points).get(t, 0.0) for t in times] for points in lines.values()]
        axes.stackplot([_time(t) for t in times], values, labels=list(lines), alpha=0.7)
    else:
        for name, points in lines.items():
            broken = _with_gaps(points, _step(day))
            axes.plot([_time(t) for t, _ in broken], [v for _, v in broken], label=name, lw=1)
    unit = queries[0].unit
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _with_unit(value, unit)))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlim(_time(day.began), _time(day.ended))
    axes.set_ylim(0, axes.get_ylim()[1] * 1.2)
    axes.tick_params(labelsize=6)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: f"{(x - mpl.dates.date2num(_time(day.began))) * 1440:.1f} min")
    )
    axes.grid(lw=0.3)
    if lines:
        axes.legend(fontsize=6, loc="upper left", frameon=False, ncols=2)


_KINDS = {"stat": _draw_number, "table": _draw_table, "timeseries": _draw_lines}


def _filled(day: ObservedDay, query: Query) -> str:
    return query.of(day.namespace, f"{SHORT}|{LONG.name}", "15s")


def _range(day: ObservedDay, query: Query) -> Series:
    return day.prometheus.query_range(_filled(day, query), day.began, day.ended, _step(day))


def _step(day: ObservedDay) -> float:
    return (day.ended - day.began) / POINTS


def _with_gaps(points: list[tuple[float, float]], step: float) -> list[tuple[float, float]]:
    """Return points, and one that is no number where some are missing: no line is drawn there."""
    broken = points[:1]
    for time, value in points[1:]:
        if time - broken[-1][0] > 1.5 * step:
            broken.append((broken[-1][0] + step, math.nan))
        broken.append((time, value))
    return broken


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _with_unit(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.1%}"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    ending = {"s": " s", "ops": "/s"}.get(unit, "")
    # Numbers of things are extrapolated by Prometheus: 2.04 jobs have failed.
    return f"{value:.3g}{ending}" if ending or value < 1 else f"{value:.0f}"


def _save(figure: Figure, file: Path) -> None:
    """Write a picture without what nobody sees: hundredths of a point, who has drawn it."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = re.sub(r"<!DOCTYPE[^>]*>|<metadata>.*</metadata>", "", drawn.getvalue(), flags=re.DOTALL)
    text = re.sub(r"\n(?=[LQCz])", " ", re.sub(r"(\d\.\d)\d+", r"\1", text))
    file.write_text(text, encoding="utf-8")


def main() -> int:
    """Play the day and draw every dashboard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40, help="how long a long job works (40)")
    options = parser.parse_args()
    # The same answers make the same file; texts stay texts.
    mpl.rcParams |= {"svg.hashsalt": "pimjobs", "svg.fonttype": "none", "font.family": "sans-serif"}
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pimjobs-day-") as name:
        folder = Path(name)
        (folder / "control-plane").mkdir()
        with control_plane(folder / "control-plane") as server:
            install_contract(server[0])
            print(f"  Playing a day; long jobs work {options.seconds:.0f} s each ...")
            with observed_day(server, folder, seconds=options.seconds, rules=[]) as day:
                print(f"  Played: {day.ended - day.began:.0f} s. Drawing ...")
                for file in sorted(BOARDS.glob("*.json")):
                    picture = TARGET / f"{file.stem}.svg"
                    _save(draw(file, day), picture)
                    print(f"  {picture.relative_to(ROOT)}: {picture.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
