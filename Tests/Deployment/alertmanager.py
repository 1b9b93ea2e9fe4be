#!/usr/bin/env python3
"""Gives alerts to a real Alertmanager, and sees which it mutes, and what arrives where.

    alertmanager.py ROOT    needs PyYAML, and prometheus-alertmanager in the path (or $ALERTMANAGER)

Three times: with deploy/alertmanager/alertmanager.yaml; with the routes and inhibition of kube-prometheus, under which
no alert about one component may mute one about another; and with both, as the Prometheus operator adds the
AlertmanagerConfig to the latter.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import operator_alertmanager
import yaml
from rendering import Loader

OWN = Path("deploy", "alertmanager", "alertmanager.yaml")
RULES = Path("deploy", "prometheus", "rules.yaml")
CONFIG = Path("deploy", "kubernetes", "components", "alertmanagerconfig", "alertmanagerconfig.yaml")
STOCK = Path(__file__).with_name("kube-prometheus-alertmanager.yaml")
# Where both configurations send notifications.
WEBHOOKS = "127.0.0.1:9095"

Labels = dict[str, str]


@dataclass(frozen=True)
class Case:
    """An alert, and what is expected of it: where it arrives, if anywhere; None when it is muted."""

    name: str
    labels: Labels
    receivers: set[str] | None


@dataclass
class Webhooks:
    """A server that keeps every notification, as its receiver's name and the alerts' names."""

    notifications: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        notifications = self.notifications

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                names = [alert["labels"]["case"] for alert in body["alerts"]]
                notifications.append((self.path.removeprefix("/"), sorted(names)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def delivered(self) -> dict[str, set[str]]:
        """The receivers of each alert."""
        found: dict[str, set[str]] = {}
        for receiver, names in list(self.notifications):
            for name in names:
                found.setdefault(name, set()).add(receiver)
        return found


@dataclass(frozen=True)
class Alertmanager:
    """A running one."""

    port: int

    def ask(self, path: str, body: Any = None) -> bytes:
        """GET, or POST with a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())

    def muted(self) -> set[str]:
        """The names of the alerts that others mute."""
        alerts = json.loads(self.ask("/api/v2/alerts"))
        return {alert["labels"]["case"] for alert in alerts if alert["status"]["inhibitedBy"]}


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(program: str, configuration: str, webhooks: Webhooks) -> Iterator[Alertmanager]:
    """An Alertmanager with a configuration, whose groups wait for a second only."""
    assert WEBHOOKS in configuration and "group_wait:" in configuration
    configuration = configuration.replace(WEBHOOKS, f"127.0.0.1:{webhooks.server.server_port}")
    configuration = re.sub(r"group_wait: \w+", "group_wait: 1s", configuration)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "alertmanager.yaml")
        file.write_text(configuration)
        port = free_port()
        command = [program, f"--config.file={file}", f"--storage.path={folder}", "--cluster.listen-address="]
        command.append(f"--web.listen-address=127.0.0.1:{port}")
        with Path(folder, "log").open("w+") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                alertmanager = Alertmanager(port)
                wait_until_ready(alertmanager, process, Path(log.name))
                yield alertmanager
            finally:
                process.terminate()


def wait_until_ready(alertmanager: Alertmanager, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers, at most a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            alertmanager.ask("/-/ready")
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Alertmanager did not start: {log.read_text()}")


def findings_of(alertmanager: Alertmanager, webhooks: Webhooks, cases: list[Case]) -> list[str]:
    """What became of the alerts otherwise than expected."""
    alerts = [{"labels": {**case.labels, "case": case.name}} for case in cases]
    alertmanager.ask("/api/v2/alerts", alerts)
    expected = {case.name: case.receivers for case in cases if case.receivers}
    end = time.monotonic() + 60
    while time.monotonic() < end and not set(expected) <= set(webhooks.delivered()):
        time.sleep(0.1)
    # What should not arrive would have come along with the others.
    time.sleep(2)
    muted, delivered = alertmanager.muted(), webhooks.delivered()
    findings = []
    for case in cases:
        if (case.name in muted) != (case.receivers is None):
            findings.append(f"{case.name} is {'' if case.name in muted else 'not '}muted")
        if delivered.get(case.name, set()) != expected.get(case.name, set()):
            arrived, wanted = sorted(delivered.get(case.name, set())), sorted(expected.get(case.name, set()))
            findings.append(f"{case.name} arrived at {arrived}, expected was {wanted}")
    return findings


# The labels of a service, its components, and an exporter.
SERVICE = {"cluster": "west", "job": "orders", "namespace": "shop", "environment": "prod"}
DB = {**SERVICE, "component": "db", "owner": "team-orders"}
CACHE = {**SERVICE, "component": "cache", "owner": "team-cache"}
WEB = {**SERVICE, "component": "web", "check": "page"}
GROUP = {**SERVICE, "group": "replicas"}
EXPORTER = {"cluster": "west", "job": "orders", "namespace": "shop", "instance": "a"}


def own_cases() -> list[Case]:
    """What the shipped configuration mutes, and what it must not."""

    def case(name: str, alert: str, severity: str, labels: Labels, receiver: str | None, **changes: str) -> Case:
        labels = {"alertname": alert, "severity": severity, **labels, **changes}
        return Case(name, labels, {receiver} if receiver else None)

    # Two jobs beside the first one: of one all exporters are down, of the other all have disappeared.
    down, absent = {**EXPORTER, "job": "billing"}, {**EXPORTER, "job": "stock"}
    del down["instance"], absent["instance"]
    return [
        case("watchdog", "Watchdog", "none", {}, "watchdog"),
        case("drill", "HealthDrillActive", "info", DB, "notes"),
        # A component of which an owner with a pager is told.
        case("unhealthy", "HealthCriticalComponentUnhealthy", "critical", DB, "team-orders"),
        case("unhealthy-budget", "HealthErrorBudgetBurnFast", "critical", DB, None),
        case("unhealthy-budget-slow", "HealthErrorBudgetBurnSlow", "warning", DB, None),
        case("unhealthy-degraded", "HealthComponentDegraded", "warning", DB, None),
        case("unhealthy-few", "HealthComponentUnhealthy", "warning", DB, None, instances="few", instance="a"),
        case("unhealthy-elsewhere", "HealthComponentDegraded", "warning", DB, "tickets", cluster="east"),
        case("unhealthy-other-environment", "HealthComponentDegraded", "warning", DB, "tickets", environment="test"),
        case("unhealthy-other-component", "HealthComponentUnhealthy", "warning", CACHE, "tickets"),
        case("unhealthy-other-budget", "HealthErrorBudgetBurnFast", "critical", CACHE, "pager", component="search"),
        case("budget-slow", "HealthErrorBudgetBurnSlow", "warning", CACHE, None, component="search"),
        # A certificate.
        case("certificate", "HealthCriticalCertificateExpiring", "critical", WEB, "pager"),
        case("certificate-soon", "HealthCertificateExpiring", "warning", WEB, None),
        case("certificate-other-check", "HealthCertificateExpiring", "warning", WEB, "tickets", check="api"),
        case("certificate-degraded", "HealthComponentDegraded", "warning", WEB, "tickets"),
        # A group and its members.
        case("group", "HealthCriticalGroupUnhealthy", "critical", GROUP, "pager"),
        case("group-member", "HealthComponentUnhealthy", "warning", GROUP, None, component="replica-1"),
        case("group-other", "HealthGroupUnhealthy", "warning", GROUP, "tickets", group="mirrors"),
        # One exporter.
        case("exporter", "HealthExporterDown", "warning", EXPORTER, "tickets"),
        case("exporter-stalled", "HealthExporterStalled", "warning", EXPORTER, None),
        case("exporter-logs", "HealthExporterLogsDropped", "info", EXPORTER, None),
        case("exporter-other", "HealthExporterStalled", "warning", EXPORTER, "tickets", instance="b"),
        case("exporter-component", "HealthComponentUnhealthy", "warning", EXPORTER, "tickets", component="x"),
        # All exporters of a job.
        case("all", "HealthExportersDown", "critical", down, "pager"),
        case("all-one", "HealthExporterDown", "warning", down, None, instance="a"),
        case("all-late", "HealthExporterLate", "warning", down, None, instance="b"),
        case("all-elsewhere", "HealthExporterDown", "warning", down, "tickets", instance="a", cluster="east"),
        # All of them gone.
        case("absent", "HealthExporterAbsent", "critical", absent, "pager"),
        case("absent-degraded", "HealthComponentDegraded", "warning", absent, None, component="db"),
        case("absent-skew", "HealthExporterVersionSkew", "info", absent, None),
        case("absent-page", "HealthServiceNotReady", "critical", absent, "pager"),
        case("never", "HealthExporterNeverScraped", "warning", {}, "tickets"),
    ]


def outage() -> list[Case]:
    """Sixty services of two owners that a network cuts off."""
    return [
        Case(
            f"cut-{number}",
            {
                **SERVICE,
                "alertname": "HealthCriticalComponentUnhealthy",
                "severity": "critical",
                "namespace": "edge",
                "job": f"service-{number}",
                "component": "network",
                "owner": f"team-{number % 2}",
            },
            {"pager"},
        )
        for number in range(60)
    ]


def stock_receiver(name: str, severity: str) -> str:
    """Where kube-prometheus sends an alert that is not muted."""
    return "Watchdog" if name == "Watchdog" else "Critical" if severity == "critical" else "Default"


def operator_cases() -> list[Case]:
    """The same alerts where the AlertmanagerConfig is in the namespace of most of them.

    Those take the stock routes too, but don't come to its default receiver; all others know the stock routes only.
    """
    cases = []
    for case in own_cases() + outage():
        stock = {stock_receiver(case.labels["alertname"], case.labels["severity"])}
        is_inside = case.labels.get("namespace") == SERVICE["namespace"]
        receivers = case.receivers and (case.receivers | stock - {"Default"} if is_inside else stock)
        cases.append(Case(case.name, case.labels, receivers))
    return cases


def stock_cases(alerts: set[tuple[str, str]]) -> list[Case]:
    """Every alert of the rules for two components of a namespace; and three that show the stock inhibition at work."""
    cases = [
        Case(
            f"{name} {severity} {component['component']}",
            {**component, "alertname": name, "severity": severity},
            {stock_receiver(name, severity)},
        )
        for name, severity in sorted(alerts)
        for component in (DB, CACHE)
    ]
    twice = {"alertname": "SameName", "namespace": "shop"}
    quiet = {"namespace": "quiet"}
    return [
        *cases,
        Case("same-name", {**twice, "severity": "critical", "component": "db"}, {"Critical"}),
        Case("same-name-muted", {**twice, "severity": "warning", "component": "cache"}, None),
        Case("inhibitor", {**quiet, "alertname": "InfoInhibitor", "severity": "none"}, set()),
        Case("inhibitor-muted", {**quiet, "alertname": "HealthDrillActive", "severity": "info"}, None),
    ]


def alerts_of(rules: Path) -> set[tuple[str, str]]:
    """Names and severities."""
    groups = yaml.safe_load(rules.read_text())["groups"]
    entries = [entry for group in groups for entry in group["rules"] if "alert" in entry]
    return {(entry["alert"], entry["labels"]["severity"]) for entry in entries}


def name_findings(configuration: str, cases: list[Case], alerts: set[tuple[str, str]]) -> list[str]:
    """Names in the configuration and in the cases that no alert has."""
    findings = []
    names = {name for name, _ in alerts}
    for pattern in re.findall(r'alertname=~?"([^"]+)"', configuration):
        for part in pattern.split("|"):
            if not any(re.fullmatch(part, name) for name in names):
                findings.append(f"{OWN}: no alert is called {part}")
    for case in cases:
        if (case.labels["alertname"], case.labels["severity"]) not in alerts:
            findings.append(f"{case.name}: no {case.labels['severity']} alert is called {case.labels['alertname']}")
    return findings


def evaluate(program: str, root: Path) -> list[str]:
    """All findings; prints a line for each configuration."""
    alerts = alerts_of(root / RULES)
    own = (root / OWN).read_text()
    cases = own_cases() + outage()
    findings = name_findings(own, cases, alerts)
    webhooks = Webhooks()
    with running(program, own, webhooks) as alertmanager:
        findings += [f"{OWN}: {finding}" for finding in findings_of(alertmanager, webhooks, cases)]
    pages = [names for receiver, names in webhooks.notifications if any(name.startswith("cut-") for name in names)]
    if len(pages) != 2:
        findings.append(f"{OWN}: an outage of sixty services of two owners is {len(pages)} pages")
    print(f"{OWN}: {len(cases)} alerts, {len(webhooks.notifications)} notifications")
    stock = STOCK.read_text()
    config = yaml.load((root / CONFIG).read_text(), Loader)
    both = operator_alertmanager.merged(yaml.safe_load(stock), config, SERVICE["namespace"], WEBHOOKS)
    for name, text, cases in (
        (STOCK.name, stock, stock_cases(alerts)),
        (CONFIG.name, yaml.safe_dump(both), operator_cases()),
    ):
        webhooks = Webhooks()
        with running(program, text, webhooks) as alertmanager:
            findings += [f"{name}: {finding}" for finding in findings_of(alertmanager, webhooks, cases)]
        print(f"{name}: {len(cases)} alerts, {len(webhooks.notifications)} notifications")
    return findings


def main() -> int:
    """Exit code 1 with every finding, 0 without."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the repository")
    arguments = parser.parse_args()
    program = os.environ.get("ALERTMANAGER", "prometheus-alertmanager")
    if shutil.which(program) is None:
        parser.error(f"there is no program {program}")
    findings = evaluate(program, arguments.root)
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
