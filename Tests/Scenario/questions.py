"""Asks Prometheus everything that the dashboards and rules ask, and says what got no answer, or one without its labels."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml
from processes import JSON, Prometheus
from values import legend

# As Grafana puts them in: every choice is All, and $__rate_interval is four scrape intervals.
SUBSTITUTES = {"$__rate_interval": "1m", "$__range": "1h", "$__interval": "15s", "$window": "5m"}
# No database runs here, no file is checked, the profile is not full, and the rules about days are evaluated too rarely.
# Nothing flaps or is slow for long, no certificate expires, and the exporters lack nothing.
UNANSWERED = re.compile(
    "postgres|health_file_|max_age_seconds|[_:]rate(1d|3d|30d)|increase30d"
    "|transitions:flapping|seconds:slow|remaining_seconds:(critical|expiring)|check_internal:increase15m"
)


def substituted(expression: str, component: str = "", values: dict[str, str] | None = None) -> str:
    """With every choice All, or one component where the dashboard is about one. All also takes series without the label."""
    expression = expression.replace('component="$component"', f'component="{component}"' if component else 'component=~".+"')
    for name, value in {**SUBSTITUTES, **(values or {})}.items():
        expression = expression.replace(name, value)
    return re.sub(r"\$(cluster|namespace|environment)\b", ".*", re.sub(r"\$(component|check|job|instance)\b", ".+", expression))


def panels(dashboard: JSON) -> list[JSON]:
    """All panels, those of closed rows too, without the headings of rows."""
    everything = [one for panel in dashboard["panels"] for one in [panel, *panel.get("panels", [])]]
    return [panel for panel in everything if panel["type"] != "row"]


@dataclass
class Span:
    """When the scenario ran, and when most was wrong."""

    start: float
    worst: float
    end: float


def metrics(expression: str) -> Iterator[str]:
    """The metrics that an expression names."""
    waiting: list[Any] = [promql.parse(substituted(expression))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, promql.VectorSelector) and node.name:
            yield node.name
        for name in ("lhs", "rhs", "expr", "param", "vector_selector", "args"):
            below = getattr(node, name, None)
            waiting += [child for child in (below if isinstance(below, list) else [below]) if child is not None]


def is_number(series: JSON) -> bool:
    """Whether a series has a sample that isn't NaN."""
    samples = series.get("values") or [series["value"]]
    return any(not math.isnan(float(value)) for _, value in samples)


def labels_of(template: str) -> set[str]:
    return set(re.findall(r"{{\s*(\w+)\s*}}", template))


class Questions:
    """All questions of the shipped files, asked of one Prometheus."""

    def __init__(self, root: Path, prometheus: Prometheus, span: Span) -> None:
        self.root, self.prometheus, self.span = root, prometheus, span
        self.problems: list[str] = []
        self.asked = 0

    def ask_all(self) -> None:
        for path in sorted((self.root / "dashboards").glob("*.json")):
            dashboard = json.loads(path.read_text())
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    self._target(f"{path.name}: {panel['title']} {target['refId']}", panel, target)
            for variable in dashboard["templating"]["list"]:
                if variable["type"] == "query":
                    self._variable(f"{path.name}: variable {variable['name']}", variable["query"]["query"])
            for annotation in dashboard["annotations"]["list"]:
                self._annotation(f"{path.name}: annotation {annotation['name']}", annotation)
        for group in yaml.safe_load((self.root / "deploy/prometheus/rules.yaml").read_text())["groups"]:
            for rule in group["rules"]:
                self._rule(rule)
        known = self.prometheus.names()
        # A native histogram has the name that a classic one has without `_bucket`; these exporters have classic ones.
        known |= {name.removesuffix("_bucket") for name in known if name.endswith("_bucket")}
        self.problems += [
            f"{place}: there is no {name}"
            for place, name in self._named()
            if name not in known and not UNANSWERED.search(name)
        ]

    def _answers(self, expression: str, is_instant: bool) -> list[JSON]:
        """What comes back when it is worst and at the end, or over the whole time."""
        self.asked += 1
        if not is_instant:
            return self.prometheus.query_range(expression, self.span.start, self.span.end)
        return [series for at in (self.span.worst, self.span.end) for series in self.prometheus.query(expression, at)]

    def _check(self, place: str, answers: list[JSON], labels: set[str]) -> None:
        if not answers:
            self.problems += [] if UNANSWERED.search(place) else [f"{place}: no answer"]
        elif not any(is_number(series) for series in answers):
            self.problems.append(f"{place}: only NaN")
        for label in sorted(labels):
            if not any(series["metric"].get(label) for series in answers):
                self.problems.append(f"{place}: no series has the label {label}")

    def _target(self, place: str, panel: JSON, target: JSON) -> None:
        labels = labels_of(target["legendFormat"])
        if panel["type"] == "table":
            columns = next(one for one in panel["transformations"] if one["id"] == "filterFieldsByName")
            names = {name for name in columns["options"]["include"]["names"] if not name.startswith("Value")}
            # Facts come with the first query of a table; the others are joined to it.
            labels = names if len(panel["targets"]) == 1 else {"job"}
            # Not in this scenario: clusters and namespaces; and what only some alerts are about.
            labels -= {"cluster", "namespace", "check", "group", "instance"}
        answers = self._answers(substituted(target["expr"]), target["instant"])
        # What says that all is well has nothing to say of all components at once, of which some are not.
        answers = answers or self._answers(substituted(target["expr"], "search"), target["instant"])
        if answers or not UNANSWERED.search(target["expr"]):
            self._check(place, answers, labels)
        if not target["instant"]:
            self._names(place, [legend(target["legendFormat"], series["metric"]) for series in answers])

    def _names(self, place: str, names: list[str]) -> None:
        """Two services here have a component of the same name: their lines must not."""
        doubled = sorted({name for name in names if names.count(name) > 1})
        self.problems += [f"{place}: two series are called {doubled}"] if doubled else []

    def _variable(self, place: str, query: str) -> None:
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
        if match is None:
            self.problems.append(f"{place}: {query}")
            return
        self.asked += 1
        series = self.prometheus.series(substituted(match[1]), self.span.start, self.span.end)
        if match[2] not in ("cluster", "namespace") and not any(one.get(match[2]) for one in series):
            self.problems.append(f"{place}: no values")

    def _annotation(self, place: str, annotation: JSON) -> None:
        self.asked += 1
        # Grafana's interval is a step and a scrape here.
        expression = substituted(annotation["target"]["expr"], values={"$__rate_interval": "75s"})
        answers = self.prometheus.query_range(expression, self.span.start, self.span.end, 60)
        texts = annotation["titleFormat"] + annotation["textFormat"]
        self._check(place, answers, (labels_of(texts) | set(annotation["tagKeys"].split(","))) - {"namespace"})

    def _rule(self, rule: JSON) -> None:
        self._answers(rule["expr"], is_instant=False)
        if "record" in rule:
            self._check(rule["record"], self._answers(rule["record"], is_instant=False), set())

    def _named(self) -> Iterator[tuple[str, str]]:
        """Every metric that is named anywhere, with where."""
        for path in sorted((self.root / "dashboards").glob("*.json")):
            dashboard = json.loads(path.read_text())
            expressions = [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]
            expressions += [annotation["target"]["expr"] for annotation in dashboard["annotations"]["list"]]
            for expression in expressions:
                yield from ((path.name, name) for name in metrics(expression))
        for group in yaml.safe_load((self.root / "deploy/prometheus/rules.yaml").read_text())["groups"]:
            for rule in group["rules"]:
                yield from ((rule.get("alert") or rule["record"], name) for name in metrics(rule["expr"]))
