#!/usr/bin/env python3
"""Holds the dashboards to the rules of Grafana's dashboard-linter, to its models, and to the code that writes them.

    dashboard_rules.py ROOT    needs promql-parser and grafana-foundation-sdk

The rules are those of https://github.com/grafana/dashboard-linter, by their names there. The two about LogQL hold for
dashboards without Loki, as these are.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser as promql
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

JSON = dict[str, Any]
Rule = Callable[[JSON], Iterator[str]]

# In place of Grafana's own variables, durations that nobody would write.
RATE_INTERVAL = timedelta(days=102, seconds=57190)
SUBSTITUTES = {"$__rate_interval": "102d15h53m10s", "$__interval": "56d8h10m56s", "$__range": "6h"}


def panels(dashboard: JSON) -> list[JSON]:
    """All panels but the headings of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: JSON) -> list[JSON]:
    return dashboard["templating"]["list"]


def targets(dashboard: JSON) -> Iterator[tuple[str, str]]:
    """Each query of a panel, with where it is."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]


def parsed(expression: str) -> Any:
    """The expression with Grafana's variables replaced."""
    for name, value in SUBSTITUTES.items():
        expression = expression.replace(name, value)
    return promql.parse(expression)


def nodes(node: Any, parents: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The nodes of an expression, each with those above it."""
    yield node, parents
    for name in ("lhs", "rhs", "expr", "param", "vector_selector", "args"):
        below = getattr(node, name, None)
        for child in below if isinstance(below, list) else [below]:
            if child is not None:
                yield from nodes(child, (*parents, node))


def calls(parents: tuple[Any, ...]) -> list[str]:
    return [node.func.name for node in parents if isinstance(node, promql.Call)]


def template_datasource(dashboard: JSON) -> Iterator[str]:
    found = [one for one in variables(dashboard) if one["type"] == "datasource"]
    if [(one["name"], one["label"], one["query"]) for one in found] != [("datasource", "Data source", "prometheus")]:
        yield "one variable `datasource`, labelled Data source, for prometheus"


def template_variable(name: str, label: str) -> Rule:
    def rule(dashboard: JSON) -> Iterator[str]:
        found = [one for one in variables(dashboard) if one["name"] == name]
        if len(found) != 1:
            yield f"one variable `{name}`"
            return
        wanted = {"type": "query", "label": label, "multi": True, "allValue": ".+"}
        if (
            any(found[0][key] != value for key, value in wanted.items())
            or found[0]["datasource"]["uid"] != "${datasource}"
        ):
            yield f"`{name}` must have {wanted} on $datasource"

    return rule


def template_label_promql(dashboard: JSON) -> Iterator[str]:
    for one in variables(dashboard):
        if one["type"] == "query":
            match = re.fullmatch(r"label_values\((?:(.+), )?(\w+)\)", one["query"]["query"])
            if match is None:
                yield f"{one['name']}: no label_values()"
            elif match[1]:
                parsed(match[1])


def template_on_time_change_reload(dashboard: JSON) -> Iterator[str]:
    for one in variables(dashboard):
        if one["type"] == "query" and one["refresh"] != 2:
            yield f"{one['name']}: refresh must be 2"


def panel_datasource(dashboard: JSON) -> Iterator[str]:
    for panel in panels(dashboard):
        if any(one["datasource"]["uid"] != "${datasource}" for one in [panel, *panel["targets"]]):
            yield f"{panel['title']}: not $datasource"


def panel_title_description(dashboard: JSON) -> Iterator[str]:
    for panel in panels(dashboard):
        if not panel["title"] or not panel["description"]:
            yield f"{panel['title']}: needs a title and a description"


def panel_units(dashboard: JSON) -> Iterator[str]:
    known = {value for name, value in vars(units).items() if not name.startswith("_") and isinstance(value, str)}
    for panel in panels(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        if defaults["unit"] not in known and not defaults["mappings"]:
            yield f"{panel['title']}: `{defaults['unit']}` is no unit"


def panel_no_targets(dashboard: JSON) -> Iterator[str]:
    for panel in panels(dashboard):
        if not panel["targets"]:
            yield f"{panel['title']}: asks nothing"


def target_promql(dashboard: JSON) -> Iterator[str]:
    for place, expression in targets(dashboard):
        try:
            parsed(expression)
        except ValueError as error:
            yield f"{place}: {error}"


def target_rate_interval(dashboard: JSON) -> Iterator[str]:
    for place, expression in targets(dashboard):
        for node, parents in nodes(parsed(expression)):
            is_rate = calls(parents)[-1:] in (["rate"], ["irate"])
            if isinstance(node, promql.MatrixSelector) and is_rate and node.range != RATE_INTERVAL:
                yield f"{place}: rate() without $__rate_interval"


def target_selector(label: str) -> Rule:
    def rule(dashboard: JSON) -> Iterator[str]:
        for place, expression in targets(dashboard):
            for node, _ in nodes(parsed(expression)):
                if isinstance(node, promql.VectorSelector):
                    matchers = [(one.op, one.value) for one in node.matchers.matchers if one.name == label]
                    if matchers != [(promql.MatchOp.Re, f"${label}")]:
                        yield f'{place}: {node.name} without {label}=~"${label}"'

    return rule


def target_counter_agg(dashboard: JSON) -> Iterator[str]:
    for place, expression in targets(dashboard):
        for node, parents in nodes(parsed(expression)):
            is_counter = isinstance(node, promql.VectorSelector) and (node.name or "").endswith("_total")
            if is_counter and not {"rate", "irate", "increase"} & set(calls(parents)):
                yield f"{place}: {node.name} is a counter"


def no_loki(dashboard: JSON) -> Iterator[str]:
    if '"loki"' in json.dumps(dashboard):
        yield "has a query in LogQL: restate its rules"


def uneditable_dashboard(dashboard: JSON) -> Iterator[str]:
    if dashboard["editable"]:
        yield "is editable"


def grid(dashboard: JSON) -> Iterator[str]:
    """Unique ids, inside 24 columns, nothing on top of anything."""
    numbers = [panel["id"] for panel in dashboard["panels"]]
    if len(set(numbers)) != len(numbers):
        yield "an id is used twice"
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        if cells & taken or place["x"] + place["w"] > 24:
            yield f"{panel['title']}: overlaps"
        taken |= cells


def no_data_text(dashboard: JSON) -> Iterator[str]:
    for panel in panels(dashboard):
        if not panel["fieldConfig"]["defaults"]["noValue"]:
            yield f"{panel['title']}: says nothing when there is nothing"


def settings(dashboard: JSON) -> Iterator[str]:
    wanted = {"schemaVersion": 42, "graphTooltip": 1, "tags": ["health"]}
    for key, value in wanted.items():
        if dashboard[key] != value:
            yield f"{key} is not {value}"
    if not re.fullmatch(r"[a-z-]{8,40}", dashboard["uid"]):
        yield f"uid {dashboard['uid']}"


def sdk_keeps_every_key(dashboard: JSON) -> Iterator[str]:
    """Grafana's own models read the file and write back the same: what they lose, they don't know."""
    written = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))
    yield from lost(dashboard, written, "")


def lost(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key in theirs:
                yield from lost(value, theirs[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is unknown"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs)):
            yield from lost(one, other, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


RULES: dict[str, Rule] = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_variable("job", "Job"),
    "template-instance-rule": template_variable("instance", "Instance"),
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": target_selector("job"),
    "target-instance-rule": target_selector("instance"),
    "target-counter-agg-rule": target_counter_agg,
    "target-logql-rule": no_loki,
    "target-logql-auto-rule": no_loki,
    "uneditable-dashboard-rule": uneditable_dashboard,
    "grid": grid,
    "no-data-text": no_data_text,
    "settings": settings,
    "foundation-sdk": sdk_keeps_every_key,
}


def is_as_generated(folder: Path) -> Iterator[str]:
    """The files are what the code beside them writes."""
    with tempfile.TemporaryDirectory() as fresh:
        subprocess.run([sys.executable, "-B", "-m", "generator", fresh], cwd=folder, check=True)
        written = {path.name: path.read_text() for path in Path(fresh).glob("*.json")}
    committed = {path.name: path.read_text() for path in folder.glob("*.json")}
    for name in sorted({*written, *committed}):
        if written.get(name) != committed.get(name):
            yield f"{name} is not what `python -m generator` writes"


# One way to break a dashboard for each rule: a rule that then says nothing can't fail.
def _first(dashboard: JSON, kind: str = "") -> JSON:
    return next(panel for panel in panels(dashboard) if not kind or panel["type"] == kind)


def _broken_expression(expression: str) -> Callable[[JSON], None]:
    return lambda dashboard: _first(dashboard)["targets"][0].update(expr=expression)


BREAKS: dict[str, Callable[[JSON], Any]] = {
    "template-datasource-rule": lambda dashboard: variables(dashboard).pop(0),
    "template-job-rule": lambda dashboard: variables(dashboard)[1].update(allValue=".*"),
    "template-instance-rule": lambda dashboard: variables(dashboard).pop(),
    "template-label-promql-rule": lambda dashboard: variables(dashboard)[1]["query"].update(query="label_values()"),
    "template-on-time-change-reload-rule": lambda dashboard: variables(dashboard)[1].update(refresh=1),
    "panel-datasource-rule": lambda dashboard: _first(dashboard).update(datasource={"uid": "main"}),
    "panel-title-description-rule": lambda dashboard: _first(dashboard).update(description=""),
    "panel-units-rule": lambda dashboard: _first(dashboard, "timeseries")["fieldConfig"]["defaults"].update(
        unit="parsecs"
    ),
    "panel-no-targets-rule": lambda dashboard: _first(dashboard).update(targets=[]),
    "target-promql-rule": _broken_expression("sum("),
    "target-rate-interval-rule": _broken_expression('rate(a_total{job=~"$job", instance=~"$instance"}[5m])'),
    "target-job-rule": _broken_expression('a{instance=~"$instance"}'),
    "target-instance-rule": _broken_expression('a{job=~"$job", instance="$instance"}'),
    "target-counter-agg-rule": _broken_expression('sum(a_total{job=~"$job", instance=~"$instance"})'),
    "target-logql-rule": lambda dashboard: _first(dashboard).update(
        datasource={"type": "loki", "uid": "${datasource}"}
    ),
    "target-logql-auto-rule": lambda dashboard: _first(dashboard).update(
        datasource={"type": "loki", "uid": "${datasource}"}
    ),
    "uneditable-dashboard-rule": lambda dashboard: dashboard.update(editable=True),
    "grid": lambda dashboard: _first(dashboard)["gridPos"].update(x=20),
    "no-data-text": lambda dashboard: _first(dashboard)["fieldConfig"]["defaults"].update(noValue=""),
    "settings": lambda dashboard: dashboard.update(schemaVersion=39),
    "foundation-sdk": lambda dashboard: _first(dashboard)["options"].update(sparkle=True),
}


def families(root: Path) -> dict[str, tuple[str, str]]:
    """The type and the smallest profile of each family, as the generated reference lists them."""
    page = (root / "Sources/HealthExporter/Documentation.docc/Reference/MetricReference.md").read_text()
    row = re.compile(r"^\| `(\w+)` \| (\w+) \| [^|]* \| (\w+) \|", re.MULTILINE)
    return {name: (kind, profile) for name, kind, profile in row.findall(page)}


def emptied(root: Path, dashboards: dict[str, JSON]) -> list[str]:
    """The rows of the README's table: the panels that a choice of metrics leaves without some of their queries."""
    known = families(root)
    choices = {
        # Has all of the dashboards: no row.
        "profile: standard": lambda kind, profile: profile == "full",
        "profile: lean": lambda kind, profile: profile != "lean",
        "histograms: none": lambda kind, profile: kind == "histogram",
    }

    def lacks_buckets(expression: str) -> bool:
        """Whether it asks for the buckets of a classic histogram and not for a native one, too."""
        named = set(re.findall(r"\b\w+", expression))
        return any(name + "_bucket" in named and name not in named for name in known)

    def asks_in_vain(choice: str, expression: str) -> bool:
        if choice == "histograms: native":
            return lacks_buckets(expression)
        named = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\b\w+", expression)}
        return any(choices[choice](*known[name]) for name in named & known.keys())

    rows = []
    for choice in [*choices, "histograms: native"]:
        for dashboard in dashboards.values():
            names = []
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    if asks_in_vain(choice, target["expr"]) and panel["title"] not in names:
                        names.append(panel["title"])
            if names:
                rows.append(f"| `{choice}` | {dashboard['title'].removeprefix('Health / ')} | {', '.join(names)} |")
    return rows


def names_emptied_panels(root: Path, dashboards: dict[str, JSON]) -> Iterator[str]:
    rows = emptied(root, dashboards)
    there = [line for line in (root / "dashboards/README.md").read_text().splitlines() if line.startswith("| `")]
    if len(rows) < 4 or rows != there:
        yield "dashboards/README.md: the panels that a choice of metrics leaves empty are\n" + "\n".join(rows)


def main(root: Path) -> None:
    plugins.register_default_plugins()
    folder = root / "dashboards"
    problems = list(is_as_generated(folder))
    dashboards = {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    uids = [dashboard["uid"] for dashboard in dashboards.values()]
    if len(set(uids)) != 4:
        problems.append(f"four dashboards with a uid each: {uids}")
    for name, rule in RULES.items():
        problems += [
            f"{file}: {name}: {problem}" for file, dashboard in dashboards.items() for problem in rule(dashboard)
        ]
        broken = json.loads(json.dumps(next(iter(dashboards.values()))))
        BREAKS[name](broken)
        if not list(rule(broken)):
            problems.append(f"{name} notices nothing")
    problems += names_emptied_panels(root, dashboards)
    for file, dashboard in dashboards.items():
        print(f"{file}: {len(panels(dashboard))} panels, {len(list(targets(dashboard)))} queries, {len(RULES)} rules")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
