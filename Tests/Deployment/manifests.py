#!/usr/bin/env python3
"""Renders the Kubernetes manifests and evaluates every rule on them; looks at what is shipped for single machines, too.

Needs PyYAML and kubernetes-validate, kubectl in the path (or $KUBECTL), and the binary in $HEALTH_EXPORTER.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import access_rules  # noqa: F401  registers its rules
import alertmanager_config  # noqa: F401
import exporter_rules  # noqa: F401
import kube_linter  # noqa: F401
import machines
import manual
import monitoring_rules  # noqa: F401
import pod_security  # noqa: F401
import state_rules  # noqa: F401
import workload_rules  # noqa: F401
from rendering import Rendering, RenderingError, Tools, render, render_together
from rules import EXCEPTIONS, RULES, Rule
from self_test import self_test

KUBERNETES = Path("deploy", "kubernetes")
# Components that no overlay takes.
TOGETHER = {
    "base+servicemonitor": ["base", "components/servicemonitor", "components/prometheus-access"],
    "base+alertmanagerconfig": ["base", "components/alertmanagerconfig"],
    "base+seccomp": ["base", "components/seccomp"],
    "base+ephemeral-state": ["base", "components/ephemeral-state"],
}


def folders(root: Path) -> list[Path]:
    """The base, the overlays and the examples."""
    found = sorted(root.glob("overlays/*/kustomization.yaml")) + sorted(root.glob("examples/*/kustomization.yaml"))
    return [root / "base", *(file.parent for file in found)]


def render_all(root: Path, tools: Tools) -> Iterator[Rendering | str]:
    """Every rendering, or what kept it from being one."""
    kubernetes = root / KUBERNETES
    for folder in folders(kubernetes):
        name = str(folder.relative_to(kubernetes))
        try:
            yield render(folder, name, tools)
        except RenderingError as error:
            yield f"{name}: render: {error}"
    for name, parts in TOGETHER.items():
        try:
            yield render_together([kubernetes / part for part in parts], name, tools)
        except RenderingError as error:
            yield f"{name}: render: {error}"


def evaluate(rule: Rule, rendering: Rendering) -> list[str]:
    """The findings of one rule, after its exception; prints its line."""
    findings = list(rule.check(rendering))
    reason = EXCEPTIONS.get((rendering.name, rule.name))
    if reason and findings:
        print(f"except  {rendering.name}  {rule.name} ({rule.source}): {reason}")
        return []
    if reason:
        findings = ["holds, so its exception is not needed"]
    print(f"{'FAILS ' if findings else 'holds '}  {rendering.name}  {rule.name} ({rule.source})")
    return [f"{rendering.name}: {rule.name}: {finding}" for finding in findings]


def evaluate_all(renderings: list[Rendering | str]) -> list[str]:
    """The findings of all rules."""
    findings = []
    for rendering in renderings:
        if isinstance(rendering, str):
            findings.append(rendering)
        else:
            findings += [finding for rule in RULES for finding in evaluate(rule, rendering)]
    return findings


def main() -> int:
    """Exit code 1 with every finding, 0 without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--self-test", action="store_true", help="break the manifests, and see that each rule notices")
    parser.add_argument("root", type=Path, help="the repository")
    arguments = parser.parse_args()
    exporter = os.environ.get("HEALTH_EXPORTER", str(arguments.root / ".build/debug/health-exporter"))
    tools = Tools(os.environ.get("KUBECTL", "kubectl"), exporter)
    for program in (tools.kubectl, tools.exporter):
        if shutil.which(program) is None:
            parser.error(f"there is no program {program}")
    renderings = list(render_all(arguments.root, tools))
    if arguments.self_test:
        findings = self_test(renderings) + list(machines.self_test(machines.read(arguments.root)))
    else:
        findings = evaluate_all(renderings) + list(manual.findings(arguments.root / KUBERNETES, tools))
        findings += machines.findings(machines.read(arguments.root))
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"{len(renderings)} renderings, {len(RULES)} rules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
