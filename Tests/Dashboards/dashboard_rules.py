#!/usr/bin/env python3
"""Holds the dashboards to the rules of Grafana's dashboard-linter, to its models, and to the code that writes them.

    dashboard_rules.py ROOT    needs promql-parser and grafana-foundation-sdk

The rules are those of https://github.com/grafana/dashboard-linter, by their names there, and some of our own. The two about LogQL
hold for dashboards that ask no Loki, as these do: they only link to it, with the variable `logs`, which the linter would call
loki_datasource. Recorded series and alerts have no instance.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import promql_parser as promql
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

JSON = dict[str, Any]
Rule = Callable[[JSON], Iterator[str]]

# In place of Grafana's own variables, durations that nobody would write.
RATE_INTERVAL = timedelta(days=102, seconds=57190)
SUBSTITUTES = {"$__rate_interval": "102d15h53m10s", "$__interval": "56d8h10m56s", "$__range": "6h", "$window": "15m"}
# The longest page that somebody reads without opening a row, in units of Grafana's grid.
TALLEST = 40
# Of a series: at six hours a step of a minute, with which 30,000 checks stay below the 50 million samples of a query.
MOST_POINTS = 400
ALERTS = ("ALERTS", "ALERTS_FOR_STATE")
# Of a service, in this order wherever series are grouped or joined: without the first two, equal jobs would be one.
SCOPE = ["cluster", "job", "namespace"]


def panels(dashboard: JSON) -> list[JSON]:
    """All panels but the headings of rows: those of closed rows too."""
    everything = [one for panel in dashboard["panels"] for one in [panel, *panel.get("panels", [])]]
    return [panel for panel in everything if panel["type"] != "row"]


def variables(dashboard: JSON) -> list[JSON]:
    return dashboard["templating"]["list"]


def variable(dashboard: JSON, name: str) -> JSON:
    return next(one for one in variables(dashboard) if one["name"] == name)


def annotations(dashboard: JSON) -> list[JSON]:
    return dashboard["annotations"]["list"]


def targets(dashboard: JSON) -> Iterator[tuple[str, str]]:
    """Each query of a panel, with where it is."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]
    for annotation in annotations(dashboard):
        yield f"annotation {annotation['name']}", annotation.get("target", {}).get("expr", "")


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
    found = [(one["name"], one["query"], one.get("hide", 0)) for one in variables(dashboard) if one["type"] == "datasource"]
    if found[:1] != [("datasource", "prometheus", 0)] or variables(dashboard)[0]["label"] != "Data source":
        yield "one variable `datasource`, labelled Data source, for prometheus"
    if found[1:] not in ([], [("logs", "loki", 2)]):
        yield "no data source besides `logs`, hidden, for links to Loki"


def template_variable(name: str, label: str, all_value: str = ".+") -> Rule:
    def rule(dashboard: JSON) -> Iterator[str]:
        found = [one for one in variables(dashboard) if one["name"] == name]
        if not found and name == "instance" and not any("$instance" in query for _, query in targets(dashboard)):
            return  # A dashboard of recorded series: there it would choose nothing.
        if len(found) != 1:
            yield f"one variable `{name}`"
            return
        wanted = {"type": "query", "label": label, "multi": True, "allValue": all_value}
        if (
            any(found[0][key] != value for key, value in wanted.items())
            or found[0]["datasource"]["uid"] != "${datasource}"
        ):
            yield f"`{name}` must have {wanted} on $datasource"

    return rule


def template_component(dashboard: JSON) -> Iterator[str]:
    """One at a time where the dashboard is about one, which Grafana puts in unescaped: so compared as it is."""
    found = [one for one in variables(dashboard) if one["name"] == "component"]
    for one in found:
        is_single = dashboard["uid"] == "health-component"
        if one["multi"] == is_single or one["includeAll"] == is_single:
            yield "component: one at a time, and only on the dashboard about one"
        operator = promql.MatchOp.Equal if is_single else promql.MatchOp.Re
        for place, expression in targets(dashboard):
            for node, _ in nodes(parsed(expression)):
                matchers = node.matchers.matchers if isinstance(node, promql.VectorSelector) else []
                if any(one.name == "component" and (one.op, one.value) != (operator, "$component") for one in matchers):
                    yield f"{place}: component compared otherwise than with $component"


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


def has_instance(name: str | None) -> bool:
    """Recorded series are summed over instances, and alerts are about components."""
    return ":" not in (name or "") and name not in ALERTS


def target_selector(label: str) -> Rule:
    def rule(dashboard: JSON) -> Iterator[str]:
        for place, expression in targets(dashboard):
            for node, _ in nodes(parsed(expression)):
                if not isinstance(node, promql.VectorSelector) or label == "instance" and not has_instance(node.name):
                    continue
                if "health-objectives" == dashboard["uid"] and label == "instance":
                    continue
                matchers = [(one.op, one.value) for one in node.matchers.matchers if one.name == label]
                if matchers != [(promql.MatchOp.Re, f"${label}")]:
                    yield f'{place}: {node.name} without {label}=~"${label}"'

    return rule


def target_grouping(dashboard: JSON) -> Iterator[str]:
    """Where series are grouped or joined by job, then by cluster and namespace too."""
    for place, expression in targets(dashboard):
        for grouping in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
            labels = grouping.split(", ")
            if "job" in labels and not set(SCOPE) <= set(labels):
                yield f"{place}: by or on ({grouping}) without {', '.join(SCOPE)}"


def no_made_up_zero(dashboard: JSON) -> Iterator[str]:
    for place, expression in targets(dashboard):
        if re.search(r"\bor\s+(on\s*\(\)\s*)?vector\s*\(", expression):
            yield f"{place}: `or vector()` says 0 when there is nothing that tells"


def few_points(dashboard: JSON) -> Iterator[str]:
    for panel in panels(dashboard):
        if any(not target.get("instant") for target in panel["targets"]):
            if not 0 < panel.get("maxDataPoints", 0) <= MOST_POINTS:
                yield f"{panel['title']}: maxDataPoints is not between 1 and {MOST_POINTS}"


def objectives_from_records(dashboard: JSON) -> Iterator[str]:
    """Thirty days of counters are too many to read: Objectives asks for recorded series alone."""
    if dashboard["uid"] == "health-objectives":
        for place, expression in targets(dashboard):
            for node, _ in nodes(parsed(expression)):
                if isinstance(node, promql.VectorSelector) and ":" not in (node.name or "") and "annotation" not in place:
                    yield f"{place}: {node.name} is not recorded"


def height(dashboard: JSON) -> Iterator[str]:
    """A page is short until somebody opens a row, and the rows above are the open ones."""
    rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
    if rows[0]["collapsed"] or dashboard["uid"] == "health-component" and not all(one["collapsed"] for one in rows[1:]):
        yield "the first row is open, on health-component only that"
    if dashboard["uid"] == "health-component":
        tall = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
        if tall > TALLEST:
            yield f"{tall} units of the grid tall when opened, more than {TALLEST}"


def annotation_targets(dashboard: JSON) -> Iterator[str]:
    """Grafana reads an annotation's query from `target`; the older place has the same."""
    for annotation in annotations(dashboard):
        target = annotation.get("target") or {}
        complete = target.get("refId") and target.get("expr") and target.get("range") and not target.get("instant")
        if not complete or target["expr"] != annotation.get("expr"):
            yield f"annotation {annotation['name']}: no range query in `target`, or not the one in `expr`"


def links_are_whole(dashboard: JSON) -> Iterator[str]:
    """Links name variables that are there, and Explore's panes are JSON once they are filled in."""
    names = {one["name"] for one in variables(dashboard)}
    if any(link["includeVars"] and link["tags"] != ["health-services"] for link in dashboard["links"]):
        yield "a link takes the choice of all components to a dashboard about one"
    for url in re.findall(r'"url": "((?:[^"\\]|\\.)*)"', json.dumps(dashboard)):
        used = set(re.findall(r"\$\{([a-z]\w*)", url))
        if used - names:
            yield f"a link uses {sorted(used - names)}: {url}"
        # A label that a series lacks would stay in the address as it is written.
        for label in re.findall(r"(?:fields|labels)\.(\w+)", url):
            if label not in ("at", "component", "Component"):
                yield f"a link names {label}, which a series may lack: {url}"
        panes = re.search(r"[?&]panes=([^&]+)", url)
        if panes is not None:
            filled = re.sub(r"\$\{[^}]+\}", "x", panes[1])
            if not re.fullmatch(r"[\w.~:,%-]+", filled) or not isinstance(json.loads(unquote(filled)), dict):
                yield f"a link to Explore is not encoded: {url}"


def target_counter_agg(dashboard: JSON) -> Iterator[str]:
    for place, expression in targets(dashboard):
        for node, parents in nodes(parsed(expression)):
            is_counter = isinstance(node, promql.VectorSelector) and (node.name or "").endswith("_total")
            if is_counter and not {"rate", "irate", "increase"} & set(calls(parents)):
                yield f"{place}: {node.name} is a counter"


def no_loki(dashboard: JSON) -> Iterator[str]:
    asked = [one["datasource"]["type"] for panel in panels(dashboard) for one in [panel, *panel["targets"]]]
    if "loki" in asked:
        yield "has a query in LogQL: restate its rules"


def uneditable_dashboard(dashboard: JSON) -> Iterator[str]:
    if dashboard["editable"]:
        yield "is editable"


def grid(dashboard: JSON) -> Iterator[str]:
    """Unique ids, inside 24 columns, nothing on top of anything, and what a closed row holds right below it."""
    everything = [one for panel in dashboard["panels"] for one in [panel, *panel.get("panels", [])]]
    numbers = [panel["id"] for panel in everything]
    if len(set(numbers)) != len(numbers):
        yield "an id is used twice"
    yield from overlaps(dashboard["panels"])
    for row in dashboard["panels"]:
        yield from overlaps(row.get("panels", []))
        if row.get("panels") and row["panels"][0]["gridPos"]["y"] != row["gridPos"]["y"] + 1:
            yield f"{row['title']}: its panels are not right below it"


def overlaps(shown: list[JSON]) -> Iterator[str]:
    taken: set[tuple[int, int]] = set()
    for panel in shown:
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
    tags = ["health"] if dashboard["uid"] == "health-component" else ["health", "health-services"]
    wanted = {"schemaVersion": 42, "graphTooltip": 1, "tags": tags}
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
    "template-cluster": template_variable("cluster", "Cluster", ".*"),
    "template-namespace": template_variable("namespace", "Namespace", ".*"),
    "template-component": template_component,
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
    "target-cluster": target_selector("cluster"),
    "target-namespace": target_selector("namespace"),
    "target-grouping": target_grouping,
    "target-counter-agg-rule": target_counter_agg,
    "target-logql-rule": no_loki,
    "target-logql-auto-rule": no_loki,
    "uneditable-dashboard-rule": uneditable_dashboard,
    "no-made-up-zero": no_made_up_zero,
    "few-points": few_points,
    "objectives-from-records": objectives_from_records,
    "height": height,
    "annotation-targets": annotation_targets,
    "links": links_are_whole,
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


def lists_queries(folder: Path) -> Iterator[str]:
    """queries.txt is what the code prints, and has every query of the files."""
    command = [sys.executable, "-B", "-m", "generator", "--queries"]
    printed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    if (folder / "queries.txt").read_text() != printed:
        yield "queries.txt is not what `python -m generator --queries` prints"
    listed = sorted(line.split("\t")[-1] for line in printed.splitlines() if not line.startswith("#"))
    dashboards = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    if listed != sorted(expression for dashboard in dashboards for _, expression in targets(dashboard)):
        yield "queries.txt lacks queries of the dashboards, or has others"


def pictures_are_fresh(folder: Path) -> Iterator[str]:
    """Each picture was drawn from the dashboard as it is now; the README shows all of them, and no others."""
    drawn = json.loads((folder / "pictures/drawn-from.json").read_text())
    shown = set(re.findall(r"\(pictures/([\w-]+\.png)\)", (folder / "README.md").read_text()))
    there = {path.name for path in (folder / "pictures").glob("*.png")}
    if not (shown == there == set(drawn)):
        yield f"pictures: the README shows {sorted(shown)}, there are {sorted(there)}, drawn were {sorted(drawn)}"
    for picture, sources in drawn.items():
        for name, digest in sources.items():
            path = folder / name
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                yield f"pictures/{picture} was drawn from another {name}: draw it anew with Tests/Scenario/scenario.py"


# One way to break a dashboard for each rule: a rule that then says nothing can't fail.
def _first(dashboard: JSON, kind: str = "") -> JSON:
    return next(panel for panel in panels(dashboard) if not kind or panel["type"] == kind)


def _without(dashboard: JSON, name: str) -> None:
    variables(dashboard).remove(variable(dashboard, name))


def _broken_expression(expression: str) -> Callable[[JSON], None]:
    return lambda dashboard: _first(dashboard)["targets"][0].update(expr=expression)


BREAKS: dict[str, Callable[[JSON], Any]] = {
    "template-datasource-rule": lambda dashboard: variables(dashboard).pop(0),
    "template-job-rule": lambda dashboard: variable(dashboard, "job").update(allValue=".*"),
    "template-instance-rule": lambda dashboard: _without(dashboard, "instance"),
    "template-cluster": lambda dashboard: variable(dashboard, "cluster").update(allValue=".+"),
    "template-namespace": lambda dashboard: _without(dashboard, "namespace"),
    "template-component": lambda dashboard: variable(dashboard, "component").update(multi=True),
    "template-label-promql-rule": lambda dashboard: variable(dashboard, "job")["query"].update(query="label_values()"),
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
    "target-cluster": _broken_expression('a{namespace=~"$namespace", job=~"$job", instance=~"$instance"}'),
    "target-namespace": _broken_expression('a{cluster=~"$cluster", namespace=".+", job=~"$job"}'),
    "target-grouping": _broken_expression('sum by (job, component) (a{job=~"$job"})'),
    "target-counter-agg-rule": _broken_expression('sum(a_total{job=~"$job", instance=~"$instance"})'),
    "target-logql-rule": lambda dashboard: _first(dashboard).update(
        datasource={"type": "loki", "uid": "${datasource}"}
    ),
    "target-logql-auto-rule": lambda dashboard: _first(dashboard).update(
        datasource={"type": "loki", "uid": "${datasource}"}
    ),
    "uneditable-dashboard-rule": lambda dashboard: dashboard.update(editable=True),
    "no-made-up-zero": _broken_expression("count(a) or vector(0)"),
    "few-points": lambda dashboard: _first(dashboard, "timeseries").update(maxDataPoints=2000),
    "objectives-from-records": lambda dashboard: dashboard.update(uid="health-objectives"),
    "height": lambda dashboard: _first(dashboard)["gridPos"].update(h=41),
    "annotation-targets": lambda dashboard: annotations(dashboard)[0].pop("target"),
    "links": lambda dashboard: _without(dashboard, "logs"),
    "grid": lambda dashboard: _first(dashboard)["gridPos"].update(x=20),
    "no-data-text": lambda dashboard: _first(dashboard)["fieldConfig"]["defaults"].update(noValue=""),
    "settings": lambda dashboard: dashboard.update(schemaVersion=39),
    "foundation-sdk": lambda dashboard: _first(dashboard)["options"].update(sparkle=True),
}


def notices_nothing(folder: Path) -> Iterator[str]:
    """Breaks what the rules about files hold to, in a copy."""
    breaks: dict[str, tuple[Callable[[Path], Iterator[str]], Callable[[Path], Any]]] = {
        "is-as-generated": (is_as_generated, lambda copy: (copy / "health-overview.json").write_text("{}")),
        "queries": (lists_queries, lambda copy: (copy / "queries.txt").write_text("")),
        "pictures": (pictures_are_fresh, lambda copy: (copy / "health-overview.json").write_text("{}")),
        "pictures that nobody drew": (pictures_are_fresh, lambda copy: (copy / "pictures/other.png").write_bytes(b"")),
    }
    for name, (rule, spoil) in breaks.items():
        with tempfile.TemporaryDirectory() as place:
            copy = Path(shutil.copytree(folder, Path(place) / "dashboards"))
            spoil(copy)
            if not list(rule(copy)):
                yield f"{name} notices nothing"


def families(root: Path) -> dict[str, tuple[str, str]]:
    """The type and the smallest profile of each family, as the generated reference lists them."""
    page = (root / "Sources/HealthExporter/Documentation.docc/Reference/MetricReference.md").read_text()
    row = re.compile(r"^\| `(\w+)` \| (\w+) \| [^|]* \| (\w+) \|", re.MULTILINE)
    return {name: (kind, profile) for name, kind, profile in row.findall(page)}


def is_in_vain(node: Any, missing: Callable[[str], bool]) -> bool:
    """Whether an expression has no answer without the families that are missing: `or` needs one side, `unless` the first."""
    if isinstance(node, promql.VectorSelector):
        return bool(node.name) and missing(node.name)
    if isinstance(node, promql.BinaryExpr) and str(node.op) in ("or", "unless"):
        sides = [is_in_vain(node.lhs, missing), is_in_vain(node.rhs, missing)]
        return all(sides) if str(node.op) == "or" else sides[0]
    below = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector", "args")]
    children = [one for child in below for one in (child if isinstance(child, list) else [child]) if one is not None]
    return any(is_in_vain(child, missing) for child in children)


def emptied(root: Path, dashboards: dict[str, JSON]) -> list[str]:
    """The rows of the README's table: the panels that a choice of metrics leaves without some of their queries."""
    known = families(root)
    choices: dict[str, Callable[[str, str], bool]] = {
        # Has all of the dashboards: no row.
        "profile: standard": lambda kind, profile: profile == "full",
        "profile: lean": lambda kind, profile: profile != "lean",
        "histograms: none": lambda kind, profile: kind == "histogram",
        "histograms: native": lambda kind, profile: False,
    }

    def missing(choice: str, name: str) -> bool:
        family = re.sub("_(bucket|sum|count)$", "", name)
        if name not in known and known.get(family, ("", ""))[0] == "histogram":
            # A series of a classic histogram. (A native one has no suffix.)
            return choice == "histograms: native" or choices[choice](*known[family])
        return name in known and choices[choice](*known[name])

    rows = []
    for choice in choices:
        for dashboard in dashboards.values():
            names = []
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    if panel["title"] not in names and is_in_vain(
                        parsed(target["expr"]), lambda name, choice=choice: missing(choice, name)
                    ):
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
    problems = [*is_as_generated(folder), *lists_queries(folder), *pictures_are_fresh(folder)]
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
    problems += notices_nothing(folder)
    problems += names_emptied_panels(root, dashboards)
    for file, dashboard in dashboards.items():
        print(f"{file}: {len(panels(dashboard))} panels, {len(list(targets(dashboard)))} queries, {len(RULES)} rules")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
