"""What dashboards are put together from: panels of Grafana, each with its query.

Grafana 10 or newer reads it (schema 39). A data source is always the variable's: a dashboard
knows no installation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel. `queries` by the legend of what they find; `unit` as Grafana names it."""

    title: str
    about: str
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    height: int = 7
    stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """A heading, and the panels below it."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """One dashboard. `variables`: by name, the labels to choose from and whether only one."""

    name: str
    title: str
    about: str
    rows: Sequence[Row]
    variables: dict[str, bool]

    def model(self) -> dict[str, Any]:
        """Return it as Grafana reads it."""
        return {
            "uid": f"pimjobs-{self.name}",
            "title": self.title,
            "description": self.about,
            "tags": ["pimjobs"],
            "schemaVersion": 39,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "links": [{"type": "dashboards", "title": "PimJobs", "tags": ["pimjobs"],
                       "asDropdown": True, "includeVars": True, "keepTime": True}],
            "templating": {
                "list": [_source(), *(_variable(*one) for one in self.variables.items())]
            },
            "panels": _laid_out(self.rows),
        }  # fmt: skip


def _source() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
    }


def _variable(name: str, single: bool) -> dict[str, Any]:  # noqa: FBT001 - a dictionary's value
    query = f"label_values(pimjob_jobs, {name})"
    chosen = {} if single else {"allValue": ".*", "current": {"text": "All", "value": "$__all"}}
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": not single,
        "includeAll": not single,
        **chosen,
    }


def _laid_out(rows: Sequence[Row]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        made.append({"id": len(made) + 1, "type": "row", "title": row.title,
                     "collapsed": False, "panels": [], "gridPos": place})  # fmt: skip
        top, left, height = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, height = top + height, 0, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            made.append({"id": len(made) + 1, "gridPos": place, **_panel(panel)})
            left, height = left + panel.width, max(height, panel.height)
        top += height
    return made


def _panel(panel: Panel) -> dict[str, Any]:
    instant = panel.kind != "timeseries"
    custom = {"fillOpacity": 10, "lineWidth": 1, "showPoints": "never"}
    if panel.stacked:
        custom |= {"fillOpacity": 60, "stacking": {"mode": "normal", "group": "A"}}
    options: dict[str, Any] = {"legend": {"displayMode": "list", "placement": "bottom"},
                               "tooltip": {"mode": "multi", "sort": "desc"}}  # fmt: skip
    if panel.kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    elif panel.kind == "table":
        options = {"showHeader": True}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "custom": {} if instant else custom,
                "noValue": "none",
                # Prometheus extrapolates: 2.04 jobs have failed.
                **({"decimals": 0} if panel.unit == "short" and instant else {}),
            },
            "overrides": [],
        },
        "options": options,
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": SOURCE,
                "expr": expr,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
                **({"format": "table"} if panel.kind == "table" else {}),
            }
            for number, (legend, expr) in enumerate(panel.queries.items())
        ],
        **({"transformations": [{"id": "organize", "options": {"excludeByName": {"Time": True}}}]}
           if panel.kind == "table" else {}),
    }  # fmt: skip
