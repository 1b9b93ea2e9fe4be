"""What the panels of a dashboard ask, as somebody sees it who looks at one moment back over a time range."""

import math
from dataclasses import dataclass

from processes import JSON, Prometheus
from questions import substituted
from values import legend

# A table's cells by their headings.
Row = dict[str, float | str]


@dataclass(frozen=True)
class Line:
    """A series over time."""

    name: str
    times: list[float]
    values: list[float]


@dataclass(frozen=True)
class Moment:
    """When somebody looks, how far back, at which component where a dashboard is about one, and how often is scraped."""

    at: float
    since: float
    component: str = ""
    job: str = ""
    scrape_seconds: int = 15

    @property
    def step(self) -> int:
        """As Grafana chooses it for 300 points."""
        return max(self.scrape_seconds, math.ceil((self.at - self.since) / 300))

    def expression(self, query: str) -> str:
        rate_interval = max(self.step + self.scrape_seconds, 4 * self.scrape_seconds)
        values = {
            "$__rate_interval": f"{rate_interval}s",
            "$__range": f"{int(self.at - self.since)}s",
            "$__interval": f"{self.step}s",
            "$window": "15m",
        }
        return substituted(query.replace("$job", self.job or "$job"), self.component, values)

    def lines(self, prometheus: Prometheus, panel: JSON) -> list[Line]:
        found = []
        for target in panel["targets"]:
            for one in prometheus.query_range(self.expression(target["expr"]), self.since, self.at, self.step):
                times, values = zip(*((float(at), float(value)) for at, value in one["values"]))
                if not all(math.isnan(value) for value in values):
                    found.append(Line(legend(target["legendFormat"], one["metric"]), list(times), list(values)))
        return found

    def values(self, prometheus: Prometheus, panel: JSON) -> list[tuple[str, str, dict[str, str], float]]:
        """Name, reference, labels and value of each series."""
        found = []
        for target in panel["targets"]:
            for one in prometheus.query(self.expression(target["expr"]), self.at):
                name = legend(target["legendFormat"], one["metric"])
                found.append((name, target["refId"], one["metric"], float(one["value"][1])))
        return found

    def events(self, prometheus: Prometheus, annotation: JSON) -> list[tuple[float, float]]:
        """From when until when an annotation has something to tell; what is a minute apart or less is one event."""
        query = self.expression(annotation["target"]["expr"])
        found = prometheus.query_range(query, self.since, self.at, self.step)
        times = sorted({float(at) for one in found for at, value in one["values"] if float(value) > 0})
        spans: list[tuple[float, float]] = []
        for at in times:
            if spans and at - spans[-1][1] <= max(60, self.step):
                spans[-1] = (spans[-1][0], at)
            else:
                spans.append((at, at))
        return spans

    def cells(self, prometheus: Prometheus, panel: JSON) -> tuple[list[str], list[Row]]:
        """Headings and rows of a table, whose queries are merged by the labels that all of them have."""
        columns = next(one for one in panel["transformations"] if one["id"] == "organize")["options"]["renameByName"]
        several = len(panel["targets"]) > 1
        found = self.values(prometheus, panel)
        frames = [[labels for _, ref, labels, _ in found if ref == target["refId"]] for target in panel["targets"]]
        named = [set().union(*(labels.keys() for labels in frame)) for frame in frames if frame]
        common = sorted(set.intersection(*named)) if named else []
        if several:
            common = [name for name in common if name != "__name__"]
        rows: dict[tuple[str, ...], Row] = {}
        for number, (_, ref, labels, value) in enumerate(found):
            key = tuple(labels.get(name, "") for name in common) if several else (str(number),)
            row = rows.setdefault(key, {})
            row.update({columns[name]: label for name, label in labels.items() if name in columns})
            heading = columns.get(f"Value #{ref}" if several else "Value")
            row.update({heading: value} if heading else {})
        hidden = {
            override["matcher"]["options"]
            for override in panel["fieldConfig"]["overrides"]
            if any(one["id"] == "custom.hidden" and one["value"] for one in override["properties"])
        }
        columns = {name: heading for name, heading in columns.items() if heading not in hidden}
        there = [heading for heading in columns.values() if any(heading in row for row in rows.values())]
        order = [(one["displayName"], bool(one.get("desc"))) for one in panel["options"].get("sortBy") or []]
        return there, sorted_rows(list(rows.values()), order)


def sorted_rows(rows: list[Row], order: list[tuple[str, bool]]) -> list[Row]:
    """By columns, the first before the second, each up or down; words and missing values behind numbers."""
    for heading, is_descending in reversed(order):

        def place(row: Row, heading: str = heading) -> tuple[bool, float, str]:
            value = row.get(heading, "")
            return (True, 0, value) if isinstance(value, str) else (False, value, "")

        rows = sorted(rows, key=place, reverse=is_descending)
    return rows
