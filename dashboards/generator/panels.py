"""The kinds of panels that the dashboards are made of, each with its settled look."""

from __future__ import annotations

from typing import Any

from .expressions import SERVICE, TARGET, select
from .model import GREEN, JSON, PLAIN, RED, STATUS_MAPPING, STATUSES, Panel, Query, thresholds

LEGEND: JSON = {"displayMode": "table", "placement": "right", "showLegend": True, "calcs": ["lastNotNull", "max"]}
LIST_LEGEND: JSON = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
STATUS_THRESHOLDS = thresholds(*((number or None, color) for number, (_, color) in enumerate(STATUSES)))


def stat(title: str, description: str, unit: str, queries: list[Query], no_data: str, **more: Any) -> Panel:
    """Large values, the newest of each series."""
    look = {
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return Panel(
        "stat", title, description, unit, queries, no_data,
        **{"options": look, "color": "thresholds", "width": 4, "height": 4, **more},
    )  # fmt: skip


def status_stat(title: str, description: str, query: Query, no_data: str, **more: Any) -> Panel:
    """A status as a coloured word."""
    more = {"mappings": STATUS_MAPPING, "thresholds": STATUS_THRESHOLDS, **more}
    return stat(title, description, "none", [query], no_data, **more)


def exporters_down() -> Panel:
    """Those that were scraped within a day, and can't be now: nothing else on a dashboard shows what they saw."""
    known = f"last_over_time({select('health_exporter_build_info', SERVICE)}[1d])"
    return stat(
        "Exporters down",
        "Known from the last day, and not to be scraped now. What they see is missing from all dashboards.",
        "none",
        [
            Query(
                f"count({select('up', TARGET)} == 0 and on (job, instance) {known}) or vector(0)", "Down", instant=True
            )
        ],
        "Prometheus doesn't answer",
        width=3,
        thresholds=thresholds((None, GREEN), (1, RED)),
    )


def lines(title: str, description: str, unit: str, queries: list[Query], no_data: str, **more: Any) -> Panel:
    """Lines over time; `stacked` fills them one above the other, `bars` draws bars."""
    stacked, bars, legend = more.pop("stacked", False), more.pop("bars", False), more.pop("legend", LEGEND)
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 60 if stacked or bars else 0,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "axisPlacement": "auto",
        "axisSoftMin": 0,
        **more.pop("custom", {}),
    }
    options = {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    return Panel(
        "timeseries", title, description, unit, queries, no_data,
        **{"options": options, "custom": custom, **more},
    )  # fmt: skip


def line_of(name: str, color: str) -> JSON:
    """An override that draws a limit as a dashed line."""
    return {
        "matcher": {"id": "byRegexp", "options": f"/^{name}/"},
        "properties": [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": color}},
        ],
    }


def timeline(title: str, description: str, query: Query, no_data: str, **more: Any) -> Panel:
    """States over time, a row for each series."""
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.85,
        "perPage": 20,
        "legend": LIST_LEGEND,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel(
        "state-timeline", title, description, "none", [query], no_data,
        **{
            "options": options,
            "custom": {"lineWidth": 0, "fillOpacity": 80, "spanNulls": False},
            "mappings": STATUS_MAPPING,
            "thresholds": STATUS_THRESHOLDS,
            "color": "thresholds",
            **more,
        },
    )  # fmt: skip


def heatmap(title: str, description: str, query: Query, no_data: str, **more: Any) -> Panel:
    """The buckets of a histogram over time."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "mode": "scheme",
            "scheme": "Oranges",
            "exponent": 0.5,
            "steps": 64,
            "fill": "dark-orange",
            "reverse": False,
            "scale": "exponential",
        },
        "yAxis": {"unit": "s", "axisPlacement": "left", "reverse": False},
        "rowsFrame": {"layout": "auto"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False},
    }
    return Panel("heatmap", title, description, "short", [query], no_data, **{"options": options, **more})


def table(
    title: str, description: str, queries: list[Query], no_data: str, columns: dict[str, str], **more: Any
) -> Panel:
    """Instant values side by side: `columns` in order, from the field to its heading; all others are left out."""
    transformations = [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
        {
            "id": "organize",
            "options": {
                "indexByName": {name: index for index, name in enumerate(columns)},
                "renameByName": columns,
                "excludeByName": {},
            },
        },
    ]
    # A cell without a value is no table without rows; and a version such as 1.10 is no number.
    cells = [
        {
            "matcher": {"id": "byType", "options": "string"},
            "properties": [{"id": "unit", "value": "string"}, {"id": "noValue", "value": "–"}],
        },
        {"matcher": {"id": "byType", "options": "number"}, "properties": [{"id": "noValue", "value": "–"}]},
    ]
    more["overrides"] = cells + more.get("overrides", [])
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
    }
    return Panel(
        "table", title, description, more.pop("unit", "none"), queries, no_data,
        **{
            "options": options,
            "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "filterable": True},
            "transformations": transformations,
            "thresholds": PLAIN,
            "color": "thresholds",
            **more,
        },
    )  # fmt: skip


def column(name: str, **properties: Any) -> JSON:
    """An override for one column of a table, by its heading."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def status_column(name: str) -> JSON:
    """A column that shows a status as a coloured word."""
    return column(
        name,
        mappings=STATUS_MAPPING,
        thresholds=STATUS_THRESHOLDS,
        custom__cellOptions={"type": "color-background", "mode": "basic"},
    )


def link(title: str, url: str) -> list[JSON]:
    """A link from a cell."""
    return [{"title": title, "url": url, "targetBlank": False}]
