"""Draws the dashboards from Prometheus' data: where each panel is and what it shows. Grafana's own rendering looks otherwise."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle
from processes import JSON, Prometheus
from questions import Span, substituted

COLORS = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "red": "#f2495c",
    "text": "#8e8e8e",
    "dark-red": "#c4162a",
    "blue": "#5794f2",
}
UNIT, COLUMNS = 0.42, 24
BACKGROUND, FOREGROUND, FRAME = "#111217", "#d8d9da", "#2c3235"


def legend(template: str, labels: dict[str, str]) -> str:
    if template == "__auto":
        return ", ".join(f"{key}={value}" for key, value in labels.items() if key != "__name__")
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: labels.get(match[1], ""), template)


def color_of(value: float, thresholds: JSON) -> str:
    chosen = "text"
    for step in thresholds["steps"]:
        if step["value"] is None or value >= step["value"]:
            chosen = step["color"]
    return COLORS.get(chosen, chosen)


def text_of(value: float, defaults: JSON) -> str:
    """A value as a person reads it."""
    for mapping in defaults["mappings"]:
        if f"{value:g}" in mapping["options"]:
            return mapping["options"][f"{value:g}"]["text"]
    unit = defaults["unit"]
    if math.isnan(value):
        return "-"
    if unit == "percentunit":
        return f"{100 * value:.2f} %"
    if unit == "bytes":
        return f"{value / 1024 / 1024:.1f} MiB"
    if unit == "dateTimeFromNow":
        return "a while ago"
    if unit == "s":
        return f"{value / 86400:.0f} d" if value > 86400 else f"{value:.3g} s"
    return f"{value:.4g}"


class Preview:
    """One dashboard as a picture."""

    def __init__(self, dashboard: JSON, prometheus: Prometheus, span: Span) -> None:
        self.dashboard, self.prometheus, self.span = dashboard, prometheus, span

    def draw(self, path: Path) -> None:
        panels = self.dashboard["panels"]
        rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) + 2
        figure = plt.figure(figsize=(16, rows * UNIT), facecolor=BACKGROUND)
        figure.text(
            0.01,
            1 - 1.2 / rows,
            f"{self.dashboard['title']}    a preview drawn from Prometheus' data, not Grafana's rendering",
            color=FOREGROUND,
            fontsize=12,
        )
        for panel in panels:
            place = panel["gridPos"]
            left, top = place["x"] / COLUMNS, 1 - (place["y"] + 2) / rows
            width, height = place["w"] / COLUMNS, place["h"] / rows
            if panel["type"] == "row":
                figure.text(
                    left + 0.01, top - height * 0.7, panel["title"], color=FOREGROUND, fontsize=10, weight="bold"
                )
                continue
            margin = 0.35 if panel["type"] in ("stat", "table") else 1.0
            axes = figure.add_axes(
                (left + 0.05 * margin, top - height + 0.9 / rows, width - 0.06 * margin, height - 1.8 / rows),
                facecolor="#181b1f",
            )
            axes.set_title(panel["title"], color=FOREGROUND, fontsize=8, loc="left", pad=3)
            for spine in axes.spines.values():
                spine.set_color(FRAME)
            axes.tick_params(colors=FOREGROUND, labelsize=6)
            DRAWERS[panel["type"]](self, panel, axes)
        figure.savefig(path, dpi=70, facecolor=BACKGROUND)
        plt.close(figure)

    def expression(self, target: JSON) -> str:
        """What Grafana would ask: of one component, on the dashboard about one."""
        chosen = "checkout" if self.dashboard["uid"] == "health-component" else ".+"
        return substituted(target["expr"], chosen)

    def series(self, panel: JSON) -> list[tuple[str, list[float], list[float]]]:
        """Name, minutes and values of each series over the scenario."""
        result = []
        for target in panel["targets"]:
            for one in self.prometheus.query_range(self.expression(target), self.span.start, self.span.end):
                minutes = [(at - self.span.start) / 60 for at, _ in one["values"]]
                result.append(
                    (
                        legend(target["legendFormat"], one["metric"]),
                        minutes,
                        [float(value) for _, value in one["values"]],
                    )
                )
        return result

    def instants(self, panel: JSON) -> list[tuple[str, str, JSON, float]]:
        """Name, reference, labels and value of each series when most was wrong."""
        result = []
        for target in panel["targets"]:
            for one in self.prometheus.query(self.expression(target), self.span.worst):
                name = legend(target["legendFormat"], one["metric"])
                result.append((name, target["refId"], one["metric"], float(one["value"][1])))
        return result

    def nothing(self, panel: JSON, axes: Axes) -> None:
        axes.set_xticks([])
        axes.set_yticks([])
        text = panel["fieldConfig"]["defaults"]["noValue"]
        axes.text(0.5, 0.5, text, color="#8e8e8e", fontsize=8, ha="center", va="center", transform=axes.transAxes)

    def stat(self, panel: JSON, axes: Axes) -> None:
        defaults, values = panel["fieldConfig"]["defaults"], self.instants(panel)
        if not values:
            return self.nothing(panel, axes)
        axes.set_xticks([])
        axes.set_yticks([])
        for index, (name, _, _, value) in enumerate(values):
            background = color_of(value, defaults["thresholds"])
            axes.add_patch(
                Rectangle(
                    (index / len(values), 0), 1 / len(values), 1, color=background, alpha=0.8, transform=axes.transAxes
                )
            )
            middle = (index + 0.5) / len(values)
            axes.text(
                middle,
                0.6,
                text_of(value, defaults),
                color="white",
                fontsize=10,
                ha="center",
                va="center",
                transform=axes.transAxes,
            )
            axes.text(middle, 0.2, name, color="white", fontsize=6, ha="center", va="center", transform=axes.transAxes)

    def lines(self, panel: JSON, axes: Axes) -> None:
        found = [one for one in self.series(panel) if any(not math.isnan(value) for value in one[2])]
        if not found:
            return self.nothing(panel, axes)
        for name, minutes, values in found[:12]:
            style = "--" if name.startswith(("timeout", "limit", "objective", "degraded above")) else "-"
            if panel["fieldConfig"]["defaults"]["custom"]["drawStyle"] == "bars":
                axes.bar(minutes, values, width=0.2, label=name)
            else:
                axes.plot(minutes, values, style, linewidth=1, label=name)
        axes.grid(color=FRAME, linewidth=0.5)
        axes.set_xlabel("minutes", color=FOREGROUND, fontsize=6)
        if panel["fieldConfig"]["defaults"]["custom"].get("scaleDistribution", {}).get("type") == "log":
            axes.set_yscale("log")
        axes.legend(fontsize=5, loc="upper left", labelcolor=FOREGROUND, facecolor=BACKGROUND, edgecolor=FRAME)

    def timeline(self, panel: JSON, axes: Axes) -> None:
        found = self.series(panel)
        if not found:
            return self.nothing(panel, axes)
        thresholds = panel["fieldConfig"]["defaults"]["thresholds"]
        for row, (_, minutes, values) in enumerate(found):
            for minute, value in zip(minutes, values):
                axes.add_patch(
                    Rectangle((minute, row - 0.4), 0.26, 0.8, color=color_of(value, thresholds), linewidth=0)
                )
            axes.text(0.1, row, found[row][0], color=FOREGROUND, fontsize=6, va="center")
        axes.set_yticks([])
        axes.set_ylim(-0.6, len(found) - 0.4)
        axes.set_xlim(0, (self.span.end - self.span.start) / 60)
        axes.set_xlabel("minutes", color=FOREGROUND, fontsize=6)

    def heatmap(self, panel: JSON, axes: Axes) -> None:
        bounds = sorted(self.series(panel), key=lambda one: float(one[0]))
        if not bounds:
            return self.nothing(panel, axes)
        longest = max((one[1] for one in bounds), key=len)
        rows, below = [], [0.0] * len(longest)
        for _, minutes, values in bounds:
            known = dict(zip(minutes, values))
            here = [known.get(minute, 0.0) for minute in longest]
            rows.append([max(value - under, 0.001) for value, under in zip(here, below)])
            below = here
        axes.pcolormesh(longest, range(len(rows)), rows, cmap="Oranges", norm=LogNorm(vmin=0.1), shading="nearest")
        axes.set_yticks(range(len(rows)), [name for name, _, _ in bounds])
        axes.set_xlabel("minutes", color=FOREGROUND, fontsize=6)

    def table(self, panel: JSON, axes: Axes) -> None:
        found = self.instants(panel)
        if not found:
            return self.nothing(panel, axes)
        organize = next(one for one in panel["transformations"] if one["id"] == "organize")["options"]["renameByName"]
        rows: dict[tuple[tuple[str, str], ...], JSON] = {}
        several = len(panel["targets"]) > 1
        key_names = [name for name in organize if not name.startswith("Value")]
        for _, reference, labels, value in found:
            key = tuple(
                (name, labels[name])
                for name in ("job", "environment", "component", "check", "instance")
                if name in labels
            )
            key += (("__name__", labels["__name__"]),) if not several and "__name__" in labels else ()
            row = rows.setdefault(key, {})
            row.update({name: labels[name] for name in key_names if name in labels})
            heading = f"Value #{reference}" if several else "Value"
            overrides = {one["matcher"]["options"]: one["properties"] for one in panel["fieldConfig"]["overrides"]}
            defaults = dict(panel["fieldConfig"]["defaults"])
            defaults.update({one["id"]: one["value"] for one in overrides.get(organize.get(heading, ""), [])})
            row[heading] = text_of(value, defaults)
        axes.axis("off")
        cells = [[str(row.get(name, "")) for name in organize] for row in list(rows.values())[:14]]
        drawn = axes.table(cellText=cells, colLabels=list(organize.values()), loc="upper center", cellLoc="left")
        drawn.auto_set_font_size(False)
        drawn.set_fontsize(6)
        for cell in drawn.get_celld().values():
            cell.set(facecolor="#181b1f", edgecolor=FRAME)
            cell.get_text().set_color(FOREGROUND)


DRAWERS: dict[str, Callable[[Preview, JSON, Axes], None]] = {
    "stat": Preview.stat,
    "timeseries": Preview.lines,
    "state-timeline": Preview.timeline,
    "heatmap": Preview.heatmap,
    "table": Preview.table,
}


def draw(dashboards: Path, prometheus: Prometheus, span: Span, folder: Path) -> None:
    """A picture of each dashboard."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(dashboards.glob("*.json")):
        Preview(json.loads(path.read_text()), prometheus, span).draw(folder / f"{path.stem}.png")
