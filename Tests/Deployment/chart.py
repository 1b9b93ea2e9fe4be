#!/usr/bin/env python3
"""Renders the Helm chart, evaluates every rule on it, and compares it with what kustomize renders.

    chart.py ROOT    needs PyYAML, kubernetes-validate and helm-python-sdk (Helm's own engine),
                     kubectl in the path (or $KUBECTL), and the binary in $HEALTH_EXPORTER
"""

import argparse
import copy
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from exporter_rules import OLDEST
from helm_python.chart import Chart, lint
from helm_python.errors import HelmError
from manifests import evaluate_all
from rendering import Loader, Object, Rendering, Tools, place, render, render_together

CHART = Path("deploy", "helm", "health-exporter")
PRODUCTION = Path("deploy", "helm", "values-prod.yaml")
KUBERNETES = Path("deploy", "kubernetes")

# Another release beside the first, with what the first ones leave out.
OTHER = {
    "environment": "test",
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheus": {"access": {"enabled": True}},
    "priorityClassName": "",
}
# A change of each value, which must change what is rendered.
CHANGES: dict[str, Any] = {
    "image.repository": "registry.example/health-exporter",
    "image.tag": "0.2.0",
    "image.pullPolicy": "Always",
    "imagePullSecrets": [{"name": "registry"}],
    "fullnameOverride": "other",
    "replicas": 3,
    "environment": "test",
    "env": [{"name": "A", "value": "b"}],
    "config": "service: {name: other}\n",
    "secretName": "other",
    "state.enabled": False,
    "state.size": "2Gi",
    "state.storageClass": "fast",
    "resources": {"requests": {"cpu": "1"}},
    "image.digest": "sha256:" + "0123456789abcdef" * 4,
    "seccompProfile.type": "Localhost",
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"a": "b"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "spreadOverZones": True,
    "priorityClassName": "other",
    "podDisruptionBudget.enabled": False,
    "networkPolicy.enabled": False,
    "prometheus.namespace": "elsewhere",
    "prometheus.serviceAccount": "other",
    "prometheus.access.enabled": True,
    "podMonitor.enabled": True,
    "podMonitor.labels": {"a": "b"},
    "serviceMonitor.enabled": True,
    "serviceMonitor.labels": {"a": "b"},
    "prometheusRule.enabled": True,
    "prometheusRule.labels": {"a": "b"},
    "dashboards.enabled": True,
    "dashboards.labels": {"a": "b"},
}
# Values for maps whose keys are the user's.
MAPS = {"resources", "podMonitor.labels", "serviceMonitor.labels", "prometheusRule.labels", "dashboards.labels"}
REFUSED: list[Object] = [
    {"replica": 1},
    {"replicas": "two"},
    {"image": {"tag": "latest"}},
    {"podMonitor": {"enable": True}},
    {"state": {"size": "lots"}},
    {"state": {"class": "fast"}},
    {"podMonitor": {"enabled": True}, "serviceMonitor": {"enabled": True}},
]


def objects(chart: Chart, release: str, values: Object) -> list[Object]:
    """What a release is made of."""
    chart.validate_schema(values)
    texts = chart.render(values, name=release, namespace="health-exporter")
    found = [body for path, text in texts.items() if path.endswith(".yaml") for body in yaml.load_all(text, Loader)]
    return [body for body in found if body]


def normalised(body: Object) -> Object:
    """An object without what Helm adds, and without what the chart does otherwise for the sake of several releases."""
    body = copy.deepcopy(body)
    body["metadata"].pop("namespace", None)
    for labels in _label_maps(body):
        for name in ("helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance"):
            labels.pop(name, None)
    if body["kind"] == "StatefulSet":
        # Their order means nothing, as none refers to another.
        for container in body["spec"]["template"]["spec"]["containers"]:
            container["env"].sort(key=lambda variable: str(variable["name"]))
    if body["kind"] in ("PodMonitor", "ServiceMonitor"):
        body["spec"].pop("jobLabel", None)
        for endpoint in [*body["spec"].get("podMetricsEndpoints", []), *body["spec"].get("endpoints", [])]:
            endpoint["relabelings"] = [entry for entry in endpoint["relabelings"] if entry["targetLabel"] != "job"]
    return body


def _label_maps(node: Any) -> Iterator[dict[str, str]]:
    """Labels and selectors anywhere in an object."""
    if isinstance(node, list):
        for element in node:
            yield from _label_maps(element)
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("labels", "matchLabels", "selector") and isinstance(value, dict):
                yield value
            yield from _label_maps(value)


def differences(chart: list[Object], kustomize: list[Object]) -> Iterator[str]:
    """Where the two say different things."""
    ours = {place(body): normalised(body) for body in chart}
    theirs = {place(body): normalised(body) for body in kustomize if body["kind"] != "Namespace"}
    for name in sorted(set(ours) | set(theirs)):
        if ours.get(name) != theirs.get(name):
            for path in _paths(ours.get(name), theirs.get(name)):
                yield f"{name}: {path}"


def _paths(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(set(ours) | set(theirs)):
            yield from _paths(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _paths(one, other, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path or 'the object'}: {str(ours)[:100]}, but kustomize has {str(theirs)[:100]}"


def leaves(values: Object, path: str = "") -> Iterator[str]:
    """The values that can be set, by their paths."""
    for key, value in values.items():
        name = f"{path}{key}"
        if isinstance(value, dict) and value and name not in MAPS:
            yield from leaves(value, f"{name}.")
        else:
            yield name


def nested(name: str, value: Any) -> Object:
    """A value at its path."""
    for key in reversed(name.split(".")):
        value = {key: value}
    return dict(value)


def change_findings(chart: Chart) -> Iterator[str]:
    """Values that do nothing, and values that should have been refused."""
    for name in sorted(set(leaves(chart.values)) ^ set(CHANGES)):
        yield f"{name}: is in values.yaml or in the tests only"
    # Most labels only show where their objects are.
    usual: Object = {"prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}}
    usual["prometheus"] = {"access": {"enabled": True}}
    for name, value in CHANGES.items():
        before: Object = {} if name.endswith("enabled") else copy.deepcopy(usual)
        if name.startswith(("podMonitor.labels", "serviceMonitor.labels")):
            before[name.partition(".")[0]] = {"enabled": True}
        after = chart.merge_values(before)
        node = after
        *parents, last = name.split(".")
        for key in parents:
            node = node[key]
        node[last] = value
        if objects(chart, "a", after) == objects(chart, "a", before):
            yield f"{name}: changes nothing"
    for values in REFUSED:
        try:
            objects(chart, "a", values)
            yield f"{values}: is not refused"
        except HelmError:
            pass


def evaluate(root: Path, tools: Tools) -> Iterator[str]:
    """All findings."""
    for message in lint(str(root / CHART), strict=True)["messages"]:
        if message["severity"] > 1:
            yield f"lint: {message['path']}: {message['error']}"
    production = yaml.safe_load((root / PRODUCTION).read_text())
    with Chart.load(root / CHART) as chart:
        if chart.metadata["kubeVersion"] != f">={OLDEST['standalone']}.0-0":
            yield f"kubeVersion is {chart.metadata['kubeVersion']}, but {OLDEST['standalone']} is needed"
        plain = Rendering("chart", tools, objects(chart, "health-exporter", {}))
        prod = Rendering("chart+prod", tools, objects(chart, "health-exporter", production))
        other = Rendering("chart+other", tools, objects(chart, "orders", OTHER))
        without_claims = objects(chart, "health-exporter", nested("state.enabled", False))
        ephemeral = Rendering("chart+ephemeral", tools, without_claims)
        yield from evaluate_all([plain, prod, other, ephemeral])
        kubernetes = root / KUBERNETES
        parts = [kubernetes / "base", kubernetes / "components" / "ephemeral-state"]
        for rendering, wanted in (
            (plain, render(kubernetes / "base", "base", tools)),
            (prod, render(kubernetes / "overlays" / "prod", "overlays/prod", tools)),
            (ephemeral, render_together(parts, "base+ephemeral-state", tools)),
        ):
            yield from (f"{rendering.name}: {finding}" for finding in differences(rendering.objects, wanted.objects))
        # Two releases in one namespace share no object.
        for name in sorted({place(body) for body in prod.objects} & {place(body) for body in other.objects}):
            yield f"{name}: is part of two releases"
        yield from change_findings(chart)


def main() -> int:
    """Exit code 1 with every finding, 0 without."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the repository")
    arguments = parser.parse_args()
    exporter = os.environ.get("HEALTH_EXPORTER", str(arguments.root / ".build/debug/health-exporter"))
    findings = list(evaluate(arguments.root, Tools(os.environ.get("KUBECTL", "kubectl"), exporter)))
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"4 releases, {len(CHANGES)} values, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
