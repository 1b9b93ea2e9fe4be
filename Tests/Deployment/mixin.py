#!/usr/bin/env python3
"""Renders the mixin, and compares it with the files that it is made of.

    mixin.py ROOT    needs PyYAML, and gojsonnet: the Jsonnet that those who take mixins use
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _gojsonnet  # type: ignore[import-not-found]
import yaml

MIXIN = Path("deploy", "mixin", "mixin.libsonnet")
RULES = Path("deploy", "prometheus", "rules.yaml")
DASHBOARDS = Path("dashboards")
RUNBOOKS = "https://github.com/health-exporter/health-exporter/blob/main/deploy/runbooks/"
OTHER_RUNBOOKS = "https://runbooks.example/health/%s?from=alert"
GRAFANA = "https://grafana.example/sub"

JSON = Any


def rendered(root: Path, change: str = "{}") -> dict[str, JSON]:
    """What the mixin gives, with a change of it."""
    fields = ["prometheusRules", "prometheusAlerts", "grafanaDashboards", "grafanaDashboardFolder"]
    shown = ", ".join(f"{field}: mixin.{field}" for field in fields)
    snippet = f"local mixin = (import '{(root / MIXIN).resolve()}') + {change}; {{ {shown} }}"
    body: dict[str, JSON] = json.loads(_gojsonnet.evaluate_snippet("mixin", snippet))
    return body


def groups_with(root: Path, key: str) -> list[JSON]:
    """The groups of the file that record, or those that alert."""
    groups = yaml.safe_load((root / RULES).read_text())["groups"]
    return [group for group in groups if any(key in entry for entry in group["rules"])]


def evaluate(root: Path) -> Iterator[str]:
    """Everything that differs."""
    body = rendered(root)
    if body["prometheusRules"] != {"groups": groups_with(root, "record")}:
        yield "prometheusRules are not the recording rules of the file"
    if body["prometheusAlerts"] != {"groups": groups_with(root, "alert")}:
        yield "prometheusAlerts are not the alerts of the file"
    files = {file.name: json.loads(file.read_text()) for file in (root / DASHBOARDS).glob("*.json")}
    if body["grafanaDashboards"] != files:
        yield f"grafanaDashboards are {sorted(body['grafanaDashboards'])}, not {sorted(files)}, or differ from them"
    if body["grafanaDashboardFolder"] != "Health":
        yield f"the folder is {body['grafanaDashboardFolder']}"
    yield from evaluate_configuration(root)


def evaluate_configuration(root: Path) -> Iterator[str]:
    """What `_config` changes, and what it must leave alone."""
    changes = f"runbookURLPattern: '{OTHER_RUNBOOKS}', grafanaURL: '{GRAFANA}', grafanaDashboardFolder: 'Elsewhere'"
    body = rendered(root, f"{{ _config+:: {{ {changes} }} }}")
    if body["grafanaDashboardFolder"] != "Elsewhere":
        yield f"the folder is {body['grafanaDashboardFolder']}, though another was asked for"
    expected = groups_with(root, "alert")
    for group in expected:
        for alert in group["rules"]:
            annotations = alert["annotations"]
            before, _, behind = annotations["runbook_url"].partition(RUNBOOKS)
            name, suffix, end = behind.partition(".md")
            if not suffix:
                yield f"{alert['alert']}: {annotations['runbook_url']} is not below {RUNBOOKS}"
            alert["annotations"] = {**annotations, "runbook_url": before + OTHER_RUNBOOKS.replace("%s", name) + end}
            if path := annotations.get("dashboard_url"):
                alert["annotations"]["dashboard_url"] = path.replace("/d/health", f"{GRAFANA}/d/health")
    if body["prometheusAlerts"] != {"groups": expected}:
        yield "runbookURLPattern and grafanaURL do not replace links to runbooks and dashboards, or change more than them"


def main() -> int:
    """Exit code 1 with every finding, 0 without."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the repository")
    findings = list(evaluate(parser.parse_args().root))
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
