"""Draws the dashboards from Prometheus' data: where each panel is and what it shows. Grafana's own rendering looks otherwise.

    preview.py ROOT PROMETHEUS_PORT SINCE AT SCRAPE_SECONDS FOLDER    needs matplotlib
"""

import hashlib
import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from canvas import CARD, FAINT, FRAME, LINK, WORDS, Box, Canvas
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from moment import Line, Moment
from processes import JSON, Prometheus
from questions import Span
from values import PALETTE, by_thresholds, clock, color, mapped, overridden, text

WIDTH, UNIT, GAP, TOP = 1680, 38, 8, 96
# What is wrong right before the moment, and what led to it.
LONGEST = 30 * 60


class Page:
    """One dashboard at one moment; `opened` are the closed rows that somebody opened."""

    def __init__(self, dashboard: JSON, prometheus: Prometheus, moment: Moment, opened: tuple[str, ...] = ()) -> None:
        self.dashboard, self.prometheus, self.moment = dashboard, prometheus, moment
        self.panels = list(shown(dashboard, opened))
        rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in self.panels)
        self.canvas = Canvas(WIDTH, TOP + rows * UNIT + GAP)
        self.events = [
            (annotation["iconColor"], moment.events(prometheus, annotation))
            for annotation in dashboard["annotations"]["list"]
            if annotation["enable"]
        ]

    def draw(self, path: Path) -> None:
        self._heading()
        for panel in self.panels:
            place = panel["gridPos"]
            column = (WIDTH - 2 * GAP) / 24
            box = Box(GAP + place["x"] * column, TOP + place["y"] * UNIT, place["w"] * column, place["h"] * UNIT)
            box = box.inside(GAP / 2, GAP / 2, GAP / 2, GAP / 2)
            if panel["type"] == "row":
                mark = "›" if panel["collapsed"] else "⌄"
                self.canvas.write(box.x + 4, box.y + box.height / 2, f"{mark}  {panel['title']}", 14, bold=True)
                continue
            self.canvas.box(box, CARD, FRAME, rounded=3)
            self.canvas.write(box.x + 10, box.y + 17, panel["title"], 12.5, bold=True, width=box.width - 20)
            DRAWERS[panel["type"]](self, panel, box.inside(10, 34, 10, 8))
        self.canvas.save(path)

    def _heading(self) -> None:
        self.canvas.write(16, 24, self.dashboard["title"].replace(" / ", "  ›  "), 17, bold=True)
        note = f"{clock(self.moment.since)} to {clock(self.moment.at)} UTC   ·   a preview from Prometheus’ data, not Grafana’s rendering"
        self.canvas.write(WIDTH - 16, 24, note, 12, FAINT, "right")
        x = 16.0
        for variable in self.dashboard["templating"]["list"]:
            if variable.get("hide"):
                continue
            value = (variable.get("current") or {}).get("text") or "Prometheus"
            value = self.moment.component if variable["name"] == "component" and not variable["multi"] else value
            value = self.moment.job if variable["name"] == "job" and self.moment.job else value
            value = value[0] if isinstance(value, list) else value
            wide = self.canvas.width_of(variable["label"], 12), self.canvas.width_of(value, 12)
            self.canvas.box(Box(x, 48, sum(wide) + 36, 30), CARD, FRAME, rounded=2)
            self.canvas.write(x + 9, 63, variable["label"], 12, LINK)
            self.canvas.write(x + wide[0] + 24, 63, value, 12)
            x += sum(wide) + 44

    def _nothing(self, panel: JSON, box: Box) -> None:
        words = panel["fieldConfig"]["defaults"]["noValue"]
        self.canvas.write(box.x + box.width / 2, box.y + box.height / 2, words, 12.5, FAINT, "center", width=box.width)

    def stat(self, panel: JSON, box: Box) -> None:
        found = self.moment.values(self.prometheus, panel)
        if not found:
            return self._nothing(panel, box)
        is_name = panel["options"]["textMode"] == "name"
        wide = box.width / len(found)
        for index, (name, _, _, value) in enumerate(found):
            field = overridden(panel, name)
            part = Box(box.x + index * wide, box.y, wide - (4 if index < len(found) - 1 else 0), box.height)
            fill = self._color(value, field)
            if fill is not None:
                self.canvas.box(part, fill, rounded=3)
            words = name if is_name else text(value, field, self.moment.at)
            size = 27.0
            while self.canvas.width_of(words, size, True) > part.width - 12 and size > 12:
                size -= 1
            middle = part.y + part.height / 2
            has_name = len(found) > 1 and not is_name
            self.canvas.write(
                part.x + part.width / 2, middle - (9 if has_name else 0), words, size, "white", "center", True
            )
            if has_name:
                self.canvas.write(
                    part.x + part.width / 2, middle + 20, name, 11.5, "white", "center", width=part.width - 8
                )

    def _color(self, value: float, field: JSON) -> str | None:
        found = mapped(value, field.get("mappings", []))
        if found is not None:
            return color(found["color"])
        if field["color"]["mode"] == "fixed":
            return color(field["color"]["fixedColor"])
        return color(by_thresholds(value, field["thresholds"]))

    def _time_axis(self, axes: Axes, width: float) -> None:
        since, at = self.moment.since, self.moment.at
        axes.set_xlim(since, at)
        most = min(8, width / 50)
        apart = next((one for one in (60, 120, 300, 600, 900, 1800, 3600) if (at - since) / one <= most), 7200)
        first = math.ceil(since / apart) * apart
        axes.set_xticks([first + apart * index for index in range(int((at - first) / apart) + 1)])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))

    def _mark_events(self, axes: Axes) -> None:
        """As Grafana does: a line where something begins, an area as long as it lasts."""
        for name, spans in self.events:
            for since, until in spans:
                axes.axvline(since, color=color(name), linewidth=1, linestyle=(0, (3, 3)), alpha=0.8)
                if until > since:
                    axes.axvspan(since, until, color=color(name), alpha=0.1, linewidth=0)

    def timeseries(self, panel: JSON, box: Box) -> None:
        found = self.moment.lines(self.prometheus, panel)
        if not found:
            return self._nothing(panel, box)
        shares = 0.5 if box.width < 600 else 0.42 if box.width < 1000 else 0.3
        graph = box.inside(62, 4, box.width * shares + 14, 24)
        axes = self.canvas.axes(graph)
        custom = panel["fieldConfig"]["defaults"]["custom"]
        is_stacked = custom["stacking"]["mode"] == "normal"
        below: dict[float, float] = {}
        drawn = []
        for index, line in enumerate(found):
            field = overridden(panel, line.name)
            chosen = field["color"]["fixedColor"] if field["color"]["mode"] == "fixed" else None
            shade = (color(chosen) if chosen else None) or PALETTE[index % len(PALETTE)]
            drawn.append((line, shade, field))
            values = line.values
            if is_stacked:
                floor = [below.get(at, 0.0) for at in line.times]
                values = [value + under for value, under in zip(values, floor)]
                below.update(zip(line.times, values))
                if custom["drawStyle"] == "bars":
                    axes.bar(line.times, line.values, self.moment.step * 0.9, floor, color=shade, alpha=0.7)
                else:
                    axes.fill_between(line.times, floor, values, color=shade, alpha=0.55, linewidth=0)
            elif custom["drawStyle"] == "bars":
                axes.bar(line.times, values, self.moment.step * 0.9, color=shade, alpha=0.7)
            if custom["drawStyle"] != "bars":
                is_dashed = "lineStyle" in field["custom"] and field["custom"]["lineStyle"]["fill"] == "dash"
                for times, part in pieces(line.times, values, self.moment.step):
                    axes.plot(times, part, "--" if is_dashed else "-", color=shade, linewidth=1.3)
        values = [value for line in found for value in line.values if not math.isnan(value)]
        self._value_axis(axes, panel, custom, min(values), max(values))
        self._time_axis(axes, graph.width)
        self._mark_events(axes)
        beside = Box(graph.x + graph.width + 16, box.y, box.x + box.width - graph.x - graph.width - 16, box.height)
        self._legend(drawn, beside)

    def _value_axis(self, axes: Axes, panel: JSON, custom: JSON, least: float, most: float) -> None:
        defaults = panel["fieldConfig"]["defaults"]
        if custom.get("scaleDistribution", {}).get("type") == "log":
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=5))
            axes.minorticks_off()
        else:
            high, soft = axes.get_ylim()[1], custom.get("axisSoftMin")
            low = axes.get_ylim()[0] if soft is None or least < soft else soft
            high = min(high, 1.02 * defaults["max"]) if defaults.get("max") is not None else high
            axes.set_ylim(low, 1 if least == most == 0 else high)
            axes.yaxis.set_major_locator(MaxNLocator(4))
        if custom.get("thresholdsStyle", {}).get("mode") == "dashed":
            for step in defaults["thresholds"]["steps"][1:]:
                axes.axhline(step["value"], color=color(step["color"]), linewidth=1.2, linestyle="--")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: text(value, {**defaults, "mappings": []})))

    def _legend(self, drawn: list[tuple[Line, str, JSON]], box: Box) -> None:
        """Names with their last and largest value, as many as there is room for."""
        room = int(box.height // 20) - 1
        columns = (box.width - 70, box.width)
        self.canvas.write(box.x + columns[0], box.y + 8, "Last", 11, LINK, "right")
        self.canvas.write(box.x + columns[1], box.y + 8, "Max", 11, LINK, "right")
        shown = drawn if len(drawn) <= room else drawn[: room - 1]
        for index, (line, shade, field) in enumerate(shown):
            y = box.y + 28 + index * 20
            values = [value for value in line.values if not math.isnan(value)]
            self.canvas.box(Box(box.x, y - 2, 12, 4), shade, rounded=1)
            self.canvas.write(box.x + 18, y, line.name, 11, width=columns[0] - 18 - 66)
            for column, value in zip(columns, (values[-1], max(values))):
                self.canvas.write(box.x + column, y, text(value, field), 11, align="right", width=64)
        if len(shown) < len(drawn):
            y = box.y + 28 + len(shown) * 20
            self.canvas.write(box.x + 18, y, f"and {len(drawn) - len(shown)} more", 11, FAINT)

    def timeline(self, panel: JSON, box: Box) -> None:
        found = self.moment.lines(self.prometheus, panel)
        if not found:
            return self._nothing(panel, box)
        room = int((box.height - 46) // 16)
        shown, wide = found[:room], min(300, box.width * 0.34)
        graph = box.inside(wide, 2, 6, 44)
        axes = self.canvas.axes(graph)
        axes.grid(False)
        fields = panel["fieldConfig"]["defaults"]
        states: dict[str, str] = {}
        for row, line in enumerate(shown):
            for since, until, value in lasting(line, self.moment.step):
                shade = self._color(value, fields) or CARD
                states.setdefault(text(value, fields), shade)
                axes.barh(row, until - since, 0.8, since, color=shade, alpha=0.85, linewidth=0)
            y = graph.y + (row + 0.5) * graph.height / len(shown)
            self.canvas.write(graph.x - 8, y, line.name, 11, FAINT, "right", width=wide - 10)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_yticks([])
        self._time_axis(axes, graph.width)
        x = graph.x
        for words, shade in states.items():
            self.canvas.box(Box(x, box.y + box.height - 10, 12, 5), shade, rounded=1)
            self.canvas.write(x + 17, box.y + box.height - 8, words, 11)
            x += 30 + self.canvas.width_of(words, 11)
        if len(shown) < len(found):
            words = f"1 to {len(shown)} of {len(found)}"
            self.canvas.write(box.x + box.width, box.y + box.height - 8, words, 11, FAINT, "right")

    def heatmap(self, panel: JSON, box: Box) -> None:
        bounds = sorted(self.moment.lines(self.prometheus, panel), key=lambda one: float(one.name))
        if not bounds:
            return self._nothing(panel, box)
        longest = max((one.times for one in bounds), key=len)
        rows, below = [], dict.fromkeys(longest, 0.0)
        for one in bounds:
            here = {**dict.fromkeys(longest, 0.0), **dict(zip(one.times, one.values))}
            rows.append([here[at] - below[at] if here[at] - below[at] > 1e-9 else math.nan for at in longest])
            below = here
        axes = self.canvas.axes(box.inside(62, 4, 8, 24))
        axes.grid(False)
        most = max((value for row in rows for value in row if not math.isnan(value)), default=1)
        axes.pcolormesh(
            longest, range(len(rows)), rows, cmap="Oranges_r", norm=LogNorm(0.3, max(most, 1)), shading="nearest"
        )
        seconds = {"unit": "s"}
        names = ["+Inf" if math.isinf(float(one.name)) else text(float(one.name), seconds) for one in bounds]
        axes.set_yticks(range(len(rows)), names)
        self._time_axis(axes, box.width)

    def table(self, panel: JSON, box: Box) -> None:
        headings, rows = self.moment.cells(self.prometheus, panel)
        if not rows:
            return self._nothing(panel, box)
        fields = {heading: overridden(panel, heading) for heading in headings}

        def words(row: dict[str, float | str], heading: str) -> str:
            value = row.get(heading, "–")
            return value if isinstance(value, str) else text(value, fields[heading], self.moment.at)

        need = [
            max(self.canvas.width_of(one, 12) for one in [heading + "  ", *(words(row, heading) for row in rows)]) + 24
            for heading in headings
        ]
        scale = box.width / sum(need)
        widths = [wide * scale for wide in need]
        room = int((box.height - 30) // 26)
        shown = rows if len(rows) <= room else rows[: room - 1]
        for index in range(len(shown) + 1):
            y, x = box.y + 28 * min(index, 1) + 26 * max(index - 1, 0), box.x
            if index:
                self.canvas.box(Box(box.x, y, box.width, 0.7), FRAME)
            for heading, wide in zip(headings, widths):
                if not index:
                    self.canvas.write(x + 8, y + 12, heading, 12, LINK, width=wide - 12)
                else:
                    self._cell(words(shown[index - 1], heading), shown[index - 1].get(heading), fields[heading], Box(x, y, wide, 26))
                x += wide
        if len(shown) < len(rows):
            y = box.y + 28 + 26 * len(shown) + 12
            self.canvas.write(box.x + 8, y, f"and {len(rows) - len(shown)} more, below", 12, FAINT)

    def _cell(self, words: str, value: float | str | None, field: JSON, box: Box) -> None:
        shade = WORDS
        kind = (field["custom"].get("cellOptions") or {}).get("type")
        if value is not None and kind in ("color-background", "color-text"):
            found = mapped(value, field.get("mappings", []))
            fill = color(found["color"]) if found else None
            if found is None and isinstance(value, float):
                fill = color(by_thresholds(value, field["thresholds"]))
            if kind == "color-background" and fill is not None:
                self.canvas.box(box.inside(0, 1, 0, 0), fill)
                shade = "white"
            elif fill is not None:
                shade = fill
        elif field.get("links") and value is not None:
            shade = LINK
        self.canvas.write(box.x + 8, box.y + 13, words, 12, shade, width=box.width - 12)


DRAWERS: dict[str, Callable[[Page, JSON, Box], None]] = {
    "stat": Page.stat,
    "timeseries": Page.timeseries,
    "state-timeline": Page.timeline,
    "heatmap": Page.heatmap,
    "table": Page.table,
}


def pieces(times: list[float], values: list[float], step: int) -> list[tuple[list[float], list[float]]]:
    """A line without the gaps in it."""
    result: list[tuple[list[float], list[float]]] = []
    for at, value in zip(times, values):
        if not result or at - result[-1][0][-1] > 1.5 * step:
            result.append(([], []))
        result[-1][0].append(at)
        result[-1][1].append(value)
    return result


def lasting(line: Line, step: int) -> list[tuple[float, float, float]]:
    """From when until when a series had a value."""
    result: list[tuple[float, float, float]] = []
    for at, value in zip(line.times, line.values):
        if result and result[-1][2] == value and result[-1][1] >= at:
            result[-1] = (result[-1][0], at + step, value)
        else:
            result.append((at, at + step, value))
    return result


def shown(dashboard: JSON, opened: tuple[str, ...]) -> list[JSON]:
    """The panels in their places once these rows are opened."""
    result, down = [], 0
    for panel in dashboard["panels"]:
        place = {**panel["gridPos"], "y": panel["gridPos"]["y"] + down}
        is_opened = panel["type"] == "row" and panel["collapsed"] and panel["title"] in opened
        result.append({**panel, "gridPos": place, "collapsed": panel.get("collapsed") and not is_opened})
        if is_opened:
            for one in panel["panels"]:
                result.append({**one, "gridPos": {**one["gridPos"], "y": one["gridPos"]["y"] + down}})
            down += max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panel["panels"]) - panel["gridPos"]["y"] - 1
    return result


def only(dashboard: JSON, heading: str) -> JSON:
    """The dashboard with nothing but one of its closed rows."""
    row = next(panel for panel in dashboard["panels"] if panel["title"] == heading)
    up = row["gridPos"]["y"]
    panels = [{**one, "gridPos": {**one["gridPos"], "y": one["gridPos"]["y"] - up}} for one in [row, *row["panels"]]]
    return {**dashboard, "panels": [{**panels[0], "collapsed": False}, *panels[1:]]}


def first(prometheus: Prometheus, at: float, *queries: str) -> dict[str, str]:
    """The component, with its job, that the first query with an answer finds."""
    found = [series["metric"] for query in queries for series in prometheus.query(query, at)]
    return {name: found[0][name] for name in ("component", "job")} if found else {}


def draw(dashboards: Path, prometheus: Prometheus, span: Span, folder: Path, scrape_seconds: int = 15) -> None:
    """Pictures of the dashboards when most was wrong, one of measurements, and what they were drawn from."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = Moment(span.worst, max(span.start, span.worst - LONGEST), scrape_seconds=scrape_seconds)
    by = "by (job, component)"
    failures = f'sum {by} (increase(health_check_failures_total{{result=~"failure|timeout"}}[10m])) > 0'
    spoilt = f"max {by} (health_component_drill_active) == 1 or max {by} (health_component_suppressed) == 1"
    any_at_all = f"topk(1, count {by} (health_check_status))"
    failing = first(prometheus, span.worst, f"topk(1, {failures} unless on (job, component) ({spoilt}))", any_at_all)
    kinds = "health_(disk|file|heartbeat|http|memory|postgres|redis|runtime|tls)_.+"
    measured = first(prometheus, span.worst, f'topk(1, count {by} (count {by[:-1]}, __name__) ({{__name__=~"{kinds}"}})))')
    files = {path.stem: json.loads(path.read_text()) for path in sorted(dashboards.glob("*.json"))}
    # Minutes are no 30 days: budgets would look absurd.
    del files["health-objectives"]
    # Somebody comes from the overview to the component that fails, with its job chosen.
    about = {"health-component": replace(moment, **failing)}
    pages = {name: Page(one, prometheus, about.get(name, moment)) for name, one in files.items()}
    part = only(files["health-component"], "Measurements")
    pages["health-component-measurements"] = Page(part, prometheus, replace(moment, **measured))
    drawn = {}
    for name, page in pages.items():
        page.draw(folder / f"{name}.png")
        source = f"{page.dashboard['uid']}.json"
        drawn[f"{name}.png"] = {source: hashlib.sha256((dashboards / source).read_bytes()).hexdigest()}
    (folder / "drawn-from.json").write_text(json.dumps(drawn, indent=2) + "\n")


def main(root: str, port: str, since: str, at: str, scrape_seconds: str, folder: str) -> None:
    span = Span(float(since), float(at), float(at))
    draw(Path(root) / "dashboards", Prometheus(int(port)), span, Path(folder), int(scrape_seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
