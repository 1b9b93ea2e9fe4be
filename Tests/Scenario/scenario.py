#!/usr/bin/env python3
"""Three services under the shipped Prometheus and Alertmanager configuration, through an outage and back, in real time.

    scenario.py ROOT HEALTH_EXPORTER [PICTURES]    needs promql-parser and PyYAML; with PICTURES also matplotlib

`orders` has two instances of different versions, `billing` one, and both a component `api`. The target of orders' becomes
slow, refuses, hangs and comes back; meanwhile there are a drill, a maintenance window, a reload that removes a component, one
that fails, and a restart with a new version. Beside them the 20 replicas of `fleet` are replaced, a few at a time, and its store fails before
that is over. Then everything that dashboards and rules ask is asked, and the alerts that
arrived are compared with those that should have. Only addresses are changed in what is shipped.
"""

import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet import REPLICAS, Fleet
from processes import Notification, Program, Prometheus, Receiver, SecureTarget, Target, free_port, request, wait_for
from questions import Questions, Span

ALERTMANAGER = "/usr/bin/prometheus-alertmanager"
PROMETHEUS = "/usr/bin/prometheus"

ORDERS = """
service: {{name: orders, environment: production}}
web: {{lifecycle: loopback}}
shutdown: {{drain: 1s, grace: 8s}}
defaults: {{interval: 1s, timeout: 500ms, confirm_interval: 500ms}}
components:
  worker: {{impact: informational, checks: {{beats: {{kind: heartbeat, within: 6h}}, nightly: {{kind: heartbeat, within: 6h}}}}}}
  api:
    owner: team-orders
    runbook: https://runbooks.example/api
    objective: 99.5%
    checks:
      page:
        kind: http
        url: http://127.0.0.1:{target}/
        degraded_above: 100ms
        retries: {{attempts: 1, backoff: 10ms, max_backoff: 20ms}}
        circuit_breaker: {{failures: 20, open_for: 2s, max_open_for: 4s}}
  checkout:
    owner: team-orders
    depends_on: [api]
    checks: {{page: {{kind: http, url: "http://127.0.0.1:{target}/checkout"}}}}
  search:
    owner: team-search
    runbook: https://runbooks.example/search
    checks: {{page: {{kind: http, url: "http://127.0.0.1:{steady}/"}}}}
  archive:
    owner: team-orders
    checks: {{port: {{kind: tcp, address: "127.0.0.1:{closed}"}}}}
  cache-a: {{checks: {{page: {{kind: http, url: "http://127.0.0.1:{steady}/a"}}}}}}
  cache-b: {{checks: {{page: {{kind: http, url: "http://127.0.0.1:{second}/b"}}}}}}
  gateway:
    impact: optional
    scope: shared
    checks:
      certificate:
        kind: tls
        address: 127.0.0.1:{secure}
        tls: {{verify: false}}
  host:
    impact: optional
    checks: {{disk: {{kind: disk, path: /}}, memory: {{kind: memory}}}}
{legacy}
groups:
  caches: {{members: [cache-a, cache-b], require: all, owner: team-caches, runbook: "https://runbooks.example/caches"}}
flags:
  recommendations: {{requires: [api], default: true}}
maintenance:
  - {{components: [archive], from: "{since}", until: "{until}"}}
"""

# In its place, what is degraded, and what nobody knows.
LATER = """
  volume: {impact: optional, checks: {disk: {kind: disk, path: /, used: {degraded: 0.001%, unhealthy: 100%}}}}
  importer: {impact: informational, checks: {daily: {kind: heartbeat, within: 6h}}}
"""

LEGACY = "  legacy: {checks: {page: {kind: http, url: 'http://127.0.0.1:%d/legacy'}}}"

BILLING = """
service: {{name: billing, environment: production, version: "7"}}
state: {{path: {state}}}
defaults: {{interval: 1s, timeout: 500ms}}
components:
  api: {{owner: team-billing, checks: {{page: {{kind: http, url: "http://127.0.0.1:{steady}/"}}}}}}
"""


class Exporter:
    """An instance of a service."""

    def __init__(self, binary: str, folder: Path, name: str, config: Path, version: str) -> None:
        self.binary, self.folder, self.name, self.config = binary, folder, name, config
        self.port, self.probe_port = free_port(), free_port()
        self.start(version)

    def start(self, version: str) -> None:
        arguments = [self.binary, "run", "--config", str(self.config)]
        arguments += ["--listen", f"127.0.0.1:{self.port}", "--probe-listen", f"127.0.0.1:{self.probe_port}"]
        environment = {"HEALTH_INSTANCE": self.name, "HEALTH_VERSION": version}
        self.program = Program(arguments, self.folder / f"{self.name}.log", environment)
        wait_for(self.name, self._answers)
        for probe in ("livez", "readyz", "startupz"):
            request(f"http://127.0.0.1:{self.probe_port}/{probe}")
        if "heartbeat" in self.config.read_text():
            self.beat()

    def _answers(self) -> bool:
        if self.program.process.poll() is not None:
            sys.exit(f"{self.name}: {self.program.log.read_text()}")
        return request(f"http://127.0.0.1:{self.probe_port}/livez")[0] == 200

    def stop(self) -> int:
        """Its exit code."""
        return self.program.stop()

    def says_unhealthy(self, component: str) -> bool:
        return b'"status":"unhealthy"' in request(f"http://127.0.0.1:{self.port}/api/v1/components/{component}")[1]

    def beat(self) -> None:
        """As the worker does; without it there would be nothing to ask about heartbeats."""
        wait_for("a heartbeat", lambda: self.post("/api/v1/heartbeats/worker/beats")[0] == 204)

    def post(self, path: str, method: str = "POST", **fields: str) -> tuple[int, bytes]:
        return request(f"http://127.0.0.1:{self.port}{path}", method, json.dumps(fields).encode())


class Stage:
    """Everything that runs, in one folder."""

    def __init__(self, root: Path, binary: str, folder: Path) -> None:
        self.root, self.binary, self.folder = root, binary, folder
        self.target, self.steady, self.second, self.receiver = Target(), Target(), Target(), Receiver()
        certificates = root / "Tests/Faults/certificates"
        self.secure = SecureTarget(certificates / "good.pem", certificates / "good.key")
        self.closed = free_port()
        self.config = folder / "orders.yaml"
        self.write_config(has_legacy=True)
        billing = folder / "billing.yaml"
        billing.write_text(BILLING.format(steady=self.steady.port, state=folder / "billing.db"))
        self.a = Exporter(binary, folder, "orders-a", self.config, "1.0")
        self.b = Exporter(binary, folder, "orders-b", self.config, "1.1")
        self.billing = Exporter(binary, folder, "billing-a", billing, "7")
        self.receiver.start()
        self.start_monitoring()
        self.fleet = Fleet(folder, self.start_of_fleet)
        wait_for("all targets that are up", lambda: len(self.prometheus.query("up == 1")) == 3 + REPLICAS)

    def start_of_fleet(self, name: str, config: Path, version: str) -> Exporter:
        return Exporter(self.binary, self.folder, name, config, version)

    def write_config(self, has_legacy: bool) -> None:
        now = datetime.now(UTC)
        self.config.write_text(
            ORDERS.format(
                target=self.target.port,
                steady=self.steady.port,
                second=self.second.port,
                secure=self.secure.port,
                closed=self.closed,
                legacy=LEGACY % self.steady.port if has_legacy else LATER,
                since=(now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                until=(now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
        )

    def start_monitoring(self) -> None:
        """Prometheus and Alertmanager as shipped, at other addresses."""
        shipped = self.root / "deploy"
        alertmanager, prometheus = free_port(), free_port()
        addresses = {"127.0.0.1:9095": f"127.0.0.1:{self.receiver.port}", "127.0.0.1:9093": f"127.0.0.1:{alertmanager}"}
        for source in ("alertmanager/alertmanager.yaml", "prometheus/scrape.yaml"):
            text = (shipped / source).read_text()
            for address, replacement in addresses.items():
                text = text.replace(address, replacement)
            (self.folder / Path(source).name).write_text(text)
        shutil.copy(shipped / "prometheus/rules.yaml", self.folder)
        (self.folder / "targets").mkdir()
        for exporter, job in ((self.a, "orders-health"), (self.b, "orders-health"), (self.billing, "billing-health")):
            target = {"targets": [f"127.0.0.1:{exporter.port}"], "labels": {"job": job, "instance": exporter.name}}
            (self.folder / f"targets/{exporter.name}.yaml").write_text(json.dumps([target]))
        self.alertmanager = Program(
            [
                ALERTMANAGER,
                f"--config.file={self.folder}/alertmanager.yaml",
                f"--storage.path={self.folder}/alertmanager",
                f"--web.listen-address=127.0.0.1:{alertmanager}",
                "--cluster.listen-address=",
            ],
            self.folder / "alertmanager.log",
        )
        self.prometheus_program = Program(
            [
                PROMETHEUS,
                f"--config.file={self.folder}/scrape.yaml",
                f"--storage.tsdb.path={self.folder}/prometheus",
                f"--web.listen-address=127.0.0.1:{prometheus}",
                "--enable-feature=exemplar-storage",
            ],
            self.folder / "prometheus.log",
        )
        self.prometheus = Prometheus(prometheus)
        wait_for("three targets that are up", lambda: len(self.prometheus.query("up == 1")) == 3)

    def stop(self) -> list[int]:
        """The exit codes of the exporters."""
        codes = [exporter.stop() for exporter in (self.a, self.b, self.billing)] + self.fleet.stop()
        for program in (self.prometheus_program, self.alertmanager):
            program.stop()
        return codes


# What people are called for, by alert and what it is about.
PAGES = {
    ("HealthCriticalComponentUnhealthy", "api"),
    ("HealthCriticalComponentUnhealthy", "search"),
    ("HealthCriticalComponentUnhealthy", "store"),
    ("HealthCriticalGroupUnhealthy", "caches"),
}


def expect(what: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"not so: {what}")
    print(f"  {what}", flush=True)


def play(stage: Stage) -> Span:
    """The events, by the second."""
    start = time.time()

    def until(second: float, what: str) -> None:
        time.sleep(max(0, start + second - time.time()))
        print(f"{time.time() - start:5.0f} s  {what}", flush=True)

    stage.fleet.begin_rollout()
    until(30, "the target is slow; a drill of search begins")
    stage.target.delay = 0.2
    for exporter in (stage.a, stage.b):
        status, _ = exporter.post("/api/v1/components/search/drill", by="ada", reason="rehearsal")
        expect(f"{exporter.name} drills", status == 200)
    until(60, "the target refuses connections; a member of the caches is down")
    stage.target.is_up = stage.second.is_up = False
    until(120, "the target hangs")
    stage.target.delay, stage.target.is_up = 5, True
    until(150, "a reload that fails, and one that removes a component")
    good = stage.config.read_text()
    stage.config.write_text(good.replace("kind: disk", "kind: disc"))
    expect("nonsense is refused", all(one.post("/-/reload")[0] == 400 for one in (stage.a, stage.b)))
    time.sleep(31)
    stage.write_config(has_legacy=False)
    answers = [one.post("/-/reload") for one in (stage.a, stage.b)]
    expect("a component is removed", all(code == 200 and b"legacy/page" in body for code, body in answers))
    until(190, "orders-b is restarted with a new version; its drill ends with it, and begins anew")
    expect("it exits with 0", stage.b.program.stop() == 0)
    stage.b.start("1.2")
    stage.b.post("/api/v1/components/search/drill", by="ada", reason="rehearsal")
    wait_for("the pages", lambda: stage.receiver.arrived("firing") >= PAGES, 420)
    stage.fleet.is_replaced.wait(300)
    expect("the fleet was replaced", stage.fleet.error is None and len(stage.fleet.codes) == REPLICAS)
    worst = time.time()
    print(f"{worst - start:5.0f} s  the target is back, so are the cache and the store; the drill ends", flush=True)
    stage.target.delay = 0
    stage.second.is_up = stage.fleet.store.is_up = True
    for exporter in (stage.a, stage.b):
        expect(f"{exporter.name} ends its drill", exporter.post("/api/v1/components/search/drill", "DELETE")[0] == 200)
    wait_for("api at both", lambda: not any(one.says_unhealthy("api") for one in (stage.a, stage.b)))
    wait_for(
        "the end of all alerts",
        lambda: stage.receiver.arrived("resolved") >= PAGES | {("HealthDrillActive", "search")},
        600,
    )
    # Whatever else is on its way gets the time to arrive: an evaluation, and group_wait or group_interval.
    time.sleep(80)
    return Span(start - 30, worst, time.time())


def compare(notifications: list[Notification]) -> list[str]:
    """Compares what arrived with what should have; each once."""
    expected = {
        ("team-orders", "HealthCriticalComponentUnhealthy", "api", "team-orders", "https://runbooks.example/api", ""),
        ("pager", "HealthCriticalComponentUnhealthy", "store", "team-fleet", "https://runbooks.example/store", ""),
        ("pager", "HealthCriticalComponentUnhealthy", "search", "team-search", "https://runbooks.example/search", "true"),
        ("pager", "HealthCriticalGroupUnhealthy", "caches", "team-caches", "https://runbooks.example/caches", ""),
        ("notes", "HealthDrillActive", "search", "team-search", None, "true"),
        ("watchdog", "Watchdog", "", "", None, ""),
    }
    problems, arrived = [], set()
    count: dict[tuple[str, str], int] = {}
    for one in notifications:
        labels = one.labels
        runbook = (
            one.annotations["runbook_url"]
            if one.annotations["runbook_url"].startswith("https://runbooks.example")
            else None
        )
        key = (
            one.receiver,
            labels["alertname"],
            one.subject,
            labels.get("owner", ""),
            runbook,
            labels.get("drill", ""),
        )
        arrived.add(key)
        print(f"  {one.receiver:12} {one.status:9} {labels['alertname']} {labels.get('job', '')} {one.subject}")
        print(f"  {'':22} {one.annotations['description']}")
        if labels["alertname"] != "Watchdog":
            count[one.fingerprint, one.status] = count.get((one.fingerprint, one.status), 0) + 1
    problems += [f"did not arrive: {one}" for one in sorted(expected - arrived, key=str)]
    problems += [f"should not have arrived: {one}" for one in sorted(arrived - expected, key=str)]
    problems += [f"arrived {times} times: {key}" for key, times in count.items() if times != 1]
    return problems


def main(root: Path, binary: str, pictures: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="health-exporter-scenario-") as name:
        stage = Stage(root, binary, Path(name))
        try:
            span = play(stage)
            problems = compare(stage.receiver.notifications)
            questions = Questions(root, stage.prometheus, span)
            questions.ask_all()
            problems += questions.problems
            count = 3 + REPLICAS
            up = stage.prometheus.query(f"count(up) == {count} and count(up * on (job, instance) target_info) == {count}")
            problems += [] if up else ["`up` does not join with target_info"]
            problems += (
                ["there is an exported_instance"]
                if stage.prometheus.series('{exported_instance!=""}', span.start, span.end)
                else []
            )
            print(f"{questions.asked} questions, {len(problems)} problems")
            if pictures is not None:
                from preview import draw

                draw(root / "dashboards", stage.prometheus, span, pictures)
        finally:
            codes = stage.stop()
        problems += [f"the exporters ended with {codes}"] if any(codes) else []
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else None)
