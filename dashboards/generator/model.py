"""Grafana's classic dashboard model (schemaVersion 42): panels, variables, annotations and the grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

DATASOURCE: JSON = {"type": "prometheus", "uid": "${datasource}"}

GREEN, YELLOW, GREY, RED, BLUE = "green", "yellow", "text", "red", "blue"

# Statuses as numbers, so that the largest is the worst.
STATUSES = [("healthy", GREEN), ("degraded", YELLOW), ("unknown", GREY), ("unhealthy", RED)]


def mapping(values: list[tuple[int, str, str]]) -> list[JSON]:
    """Numbers as words, in colours."""
    options = {str(number): {"text": text, "color": color, "index": number} for number, text, color in values}
    return [{"type": "value", "options": options}]


STATUS_MAPPING = mapping([(number, text, color) for number, (text, color) in enumerate(STATUSES)])


def thresholds(*steps: tuple[float | None, str]) -> JSON:
    """Colours from values on; the first value is None."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}


PLAIN = thresholds((None, GREEN))


@dataclass
class Query:
    """A query of a panel; `instant` for tables and single values."""

    expression: str
    legend: str = ""
    instant: bool = False
    format: str = "time_series"
    exemplars: bool = False

    def json(self, index: int) -> JSON:
        result: JSON = {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expression,
            "legendFormat": self.legend or "__auto",
            "format": self.format,
            "instant": self.instant,
            "range": not self.instant,
        }
        if self.exemplars:
            result["exemplar"] = True
        return result


@dataclass
class Panel:
    """A panel: what it is for, what it asks, and how it looks."""

    kind: str
    title: str
    description: str
    unit: str
    queries: list[Query]
    no_data: str
    width: int = 12
    height: int = 8
    options: JSON = field(default_factory=dict)
    custom: JSON = field(default_factory=dict)
    mappings: list[JSON] = field(default_factory=list)
    thresholds: JSON = field(default_factory=lambda: PLAIN)
    color: str = "palette-classic"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    overrides: list[JSON] = field(default_factory=list)
    transformations: list[JSON] = field(default_factory=list)
    # The shortest step, for what is expensive.
    interval: str = ""

    def json(self, number: int, x: int, y: int) -> JSON:
        defaults: JSON = {
            "unit": self.unit,
            "noValue": self.no_data,
            "mappings": self.mappings,
            "thresholds": self.thresholds,
            "color": {"mode": self.color},
            "custom": self.custom,
        }
        for key, value in (("decimals", self.decimals), ("min", self.minimum), ("max", self.maximum)):
            if value is not None:
                defaults[key] = value
        more: JSON = {"interval": self.interval} if self.interval else {}
        return {
            **more,
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults, "overrides": self.overrides},
            "options": self.options,
            "targets": [query.json(index) for index, query in enumerate(self.queries)],
            "transformations": self.transformations,
        }


@dataclass
class Row:
    """A heading, and the panels under it from left to right."""

    title: str
    panels: list[Panel]


@dataclass
class Variable:
    """A choice at the top of the dashboard, filled by a query."""

    name: str
    label: str
    query: str
    # What All stands for; `.*` also takes series that lack the label.
    all_value: str = ".+"

    def json(self) -> JSON:
        return {
            "name": self.name,
            "label": self.label,
            "type": "query",
            "datasource": DATASOURCE,
            "query": {"query": self.query, "refId": f"variable-{self.name}"},
            "definition": self.query,
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": self.all_value,
            "current": {"text": ["All"], "value": ["$__all"], "selected": True},
            "options": [],
            "hide": 0,
            "skipUrlSync": False,
        }


@dataclass
class Annotation:
    """Vertical lines where a query has a value."""

    name: str
    expression: str
    title: str
    text: str
    tags: str
    color: str
    is_on: bool = False

    def json(self) -> JSON:
        return {
            "name": self.name,
            "datasource": DATASOURCE,
            "enable": self.is_on,
            "hide": False,
            "iconColor": self.color,
            "expr": self.expression,
            "step": "60s",
            "titleFormat": self.title,
            "textFormat": self.text,
            "tagKeys": self.tags,
        }


@dataclass
class Dashboard:
    """A dashboard: one question, answered in rows."""

    uid: str
    title: str
    description: str
    variables: list[Variable]
    annotations: list[Annotation]
    rows: list[Row]
    time_from: str = "now-6h"
    refresh: str = "30s"

    def json(self) -> JSON:
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["health"],
            "schemaVersion": 42,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": self.refresh,
            "timezone": "browser",
            "fiscalYearStartMonth": 0,
            "time": {"from": self.time_from, "to": "now"},
            "timepicker": {},
            "links": [
                {
                    "type": "dashboards",
                    "title": "Health",
                    "tags": ["health"],
                    "asDropdown": False,
                    "includeVars": True,
                    "keepTime": True,
                    "targetBlank": False,
                    "icon": "external link",
                    "tooltip": "",
                    "url": "",
                }
            ],
            "annotations": {"list": [annotation.json() for annotation in self.annotations]},
            "templating": {"list": [self.datasource(), *(variable.json() for variable in self.variables)]},
            "panels": self.grid(),
        }

    @staticmethod
    def datasource() -> JSON:
        return {
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
            "refresh": 1,
            "regex": "",
            "multi": False,
            "includeAll": False,
            "current": {},
            "options": [],
            "hide": 0,
            "skipUrlSync": False,
        }

    def grid(self) -> list[JSON]:
        """Panels from left to right, 24 columns wide, a new line where the next doesn't fit."""
        result: list[JSON] = []
        y = 0
        for row in self.rows:
            result.append(
                {
                    "id": len(result) + 1,
                    "type": "row",
                    "title": row.title,
                    "collapsed": False,
                    "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
                    "panels": [],
                }
            )
            y += 1
            x = line = 0
            for panel in row.panels:
                if x + panel.width > 24:
                    y, x, line = y + line, 0, 0
                result.append(panel.json(len(result) + 1, x, y))
                x, line = x + panel.width, max(line, panel.height)
            y += line
        return result
