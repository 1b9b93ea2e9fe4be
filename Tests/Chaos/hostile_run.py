"""One run of hostile clients: who is started, what is watched meanwhile, and what is compared afterwards."""

import argparse
import base64
import dataclasses
import http.client
import json
import signal
import ssl
import statistics
import subprocess
import sys
import time
from pathlib import Path

from doors import Door
from exporter import Exporter, Page, component

HERE = Path(__file__).resolve().parent
#: Where the exporter is, who probes it, and where hostile clients come from; all addresses of one machine.
HOME, KUBELET, HOSTILE = "10.99.0.1", "10.99.1.1", [f"10.99.2.{number}" for number in range(1, 9)]
SCRAPE_PERIOD = 5.0


class HostileRun:
    """An exporter with checks that are well, and everybody who visits it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.problems: list[str] = []
        self.report: dict[str, object] = {}
        self.samples: list[dict[str, int]] = []
        self.targets = subprocess.Popen(
            [sys.executable, HERE.parent / "Soak" / "targets.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.targets.stdout
        port = int(self.targets.stdout.readline().split()[0])
        limit = options.descriptors
        self.exporter = Exporter(
            options.exporter,
            self.configuration(port),
            folder,
            prefix=("prlimit", f"--nofile={limit}:{limit}") if limit else (),
            listen="0.0.0.0:0",
            probe_listen="0.0.0.0:0",
        )
        self.clients: list[subprocess.Popen[bytes]] = []

    def configuration(self, port: int) -> str:
        web = f", config_file: {self.options.web_config.resolve()}" if self.options.web_config else ""
        lines = [
            "service: {name: hostile, environment: test, version: '1', instance: hostile}",
            f"web: {{lifecycle: admin{web}}}",
            "shutdown: {drain: 500ms, grace: 10s}",
            "defaults: {interval: 1s, timeout: 900ms, failure_threshold: 1}",
            "components:",
        ]
        checks = {f"c{n}": f'kind: http, url: "http://127.0.0.1:{port}/ok"' for n in range(self.options.checks)}
        return "\n".join(lines) + "\n" + component(checks)

    # MARK: Who visits

    def doors(self) -> dict[str, Door]:
        secret = "Basic " + base64.b64encode(self.options.user.encode()).decode() if self.options.user else ""
        exporter, is_tls = self.exporter, self.options.scheme == "https"
        offered = ("h2", "http/1.1") if self.options.http2 else ("http/1.1",)
        return {
            "main": Door("main", HOME, exporter.port, "", is_tls, secret, HOSTILE, offered),
            "probe": Door("probe", HOME, exporter.probe_port, sources=HOSTILE),
            "admin": Door("admin", path=str(self.folder / "health-exporter.sock")),
        }

    def start_client(self, name: str, order: object, *arguments: str) -> subprocess.Popen[bytes]:
        # What is measured is the exporter, not how much of the machine an attacker can take from it.
        niceness = 10 if name == "attacker" else 0
        client = subprocess.Popen(
            ["nice", "-n", str(niceness), sys.executable, HERE / f"{name}.py", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.clients.append(client)
        assert client.stdin
        client.stdin.write(json.dumps(order).encode())
        client.stdin.close()
        return client

    @staticmethod
    def end_client(client: subprocess.Popen[bytes]) -> dict[str, object]:
        """What it has to say in the end."""
        client.send_signal(signal.SIGTERM)
        assert client.stdout
        text = client.stdout.read()
        client.wait(30)
        return json.loads(text)

    # MARK: What happens, in order

    def play(self) -> None:
        options, exporter = self.options, self.exporter
        exporter.wait_started()
        doors = self.doors()
        if doors["main"].tls:
            exporter.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            exporter.context.check_hostname, exporter.context.verify_mode = False, ssl.CERT_NONE
        if doors["main"].authorization:
            exporter.headers["Authorization"] = doors["main"].authorization
        main, probe, admin = (dataclasses.asdict(doors[name]) for name in ("main", "probe", "admin"))
        series = [
            ("probe listener, from a kubelet", probe, "/livez", KUBELET),
            ("probe listener, from this machine", {**probe, "host": "127.0.0.1"}, "/livez", "127.0.0.1"),
            ("main listener, from a kubelet", main, "/livez", KUBELET),
            ("admin socket", admin, "/livez", ""),
        ]
        honest_before = self.start_client("honest", {"series": series})
        self.watch(5)
        before = self.figures()
        self.report["calm"] = self.end_client(honest_before)
        honest = self.start_client("honest", {"series": series})
        order = {"doors": [main, probe, admin], "turn": options.turn, "scale": options.scale}
        attackers = [self.start_client("attacker", order, kind) for kind in options.attackers.split(",")]
        page, processor, overflows = exporter.page(), exporter.processor_seconds(), listen_overflows()
        self.watch(options.seconds)
        self.report["cores used under attack"] = round((exporter.processor_seconds() - processor) / options.seconds, 2)
        self.report["connects put off by full queues"] = listen_overflows() - overflows
        self.report["under attack"] = self.end_client(honest)
        for attacker in attackers:
            said = self.end_client(attacker)
            self.report.setdefault("attacks", {}).update(said["counts"])  # type: ignore[attr-defined]
            self.problems += [f"{text} ({count} times)" for text, count in said["problems"].items()]  # type: ignore[attr-defined]
        self.compare_pages(page, exporter.page())
        self.compare_times()
        # What the last connections left behind is closed within seconds.
        time.sleep(5)
        self.compare_figures(before, self.figures())

    def watch(self, seconds: float) -> None:
        """Scrapes every five seconds, and looks whether the exporter lives."""
        end, times = time.monotonic() + seconds, self.report.setdefault("scrapes in ms", [])
        while time.monotonic() < end:
            began = time.monotonic()
            if not self.exporter.is_running:
                raise RuntimeError(f"the exporter ended with {self.exporter.process.returncode}: {self.exporter.errors()}")
            try:
                status, _ = self.exporter.request("GET", "/metrics", timeout=10)
                times.append(round((time.monotonic() - began) * 1000))  # type: ignore[attr-defined]
                if status != 200:
                    self.problems.append(f"a scrape was answered {status}")
            except (OSError, http.client.HTTPException) as error:
                self.problems.append(f"a scrape failed after {time.monotonic() - began:.2f} s: {error!r}")
            self.samples.append(self.exporter.figures())
            time.sleep(max(0, SCRAPE_PERIOD - (time.monotonic() - began)))

    # MARK: What is compared

    def figures(self) -> dict[str, int]:
        """The least of a few samples: what is open just now is no leak."""
        samples = []
        for _ in range(10):
            samples.append(self.exporter.figures())
            time.sleep(0.1)
        return {key: min(sample[key] for sample in samples) for key in samples[0]}

    def compare_figures(self, before: dict[str, int], after: dict[str, int]) -> None:
        self.report["before"], self.report["after"] = before, after
        self.report["most"] = {key: max(sample[key] for sample in self.samples) for key in before}
        # Two thirds of the time are enough to have seen every attack.
        third = max(1, len(self.samples) // 3)
        middle, last = (statistics.median(s["resident"] for s in self.samples[part]) for part in (slice(third, -third), slice(-third, None)))
        self.report["resident in the middle and in the last third"] = middle, last
        if self.options.seconds >= 300 and last > middle * 1.05:
            self.problems.append(f"resident memory grew from {middle} to {last} kB")
        limits = {"resident": self.options.memory * 1024, "descriptors": 10, "threads": 4, "children": 0}
        for key, limit in limits.items():
            if after[key] > before[key] + limit:
                self.problems.append(f"{key}: {before[key]} before, {after[key]} after")

    def compare_pages(self, before: Page, after: Page) -> None:
        """The checks kept their schedule, and no verdict was wrong."""
        def change(name: str, **labels: str) -> float:
            return after.sum(name, **labels) - before.sum(name, **labels)

        delay = "health_exporter_schedule_delay_seconds"
        buckets = after.by(("le",), f"{delay}_bucket")
        buckets.subtract(before.by(("le",), f"{delay}_bucket"))
        count = change(f"{delay}_count")
        bound = next((le for (le,), n in buckets.items() if n >= count * 0.99), "+Inf")
        self.report["schedule"] = {
            "runs": change("health_check_runs_total"), "skips": change("health_check_skips_total"),
            "failures": change("health_check_failures_total"), "begun late, mean ms": round(change(f"{delay}_sum") / count * 1000, 2),
            "99 % begun within s": bound, "connections refused": change("health_exporter_connections_refused_total"),
        }  # fmt: skip
        allowed = self.options.late / 100 * change("health_check_runs_total")
        if change("health_check_skips_total") > allowed:
            self.problems.append(f"{change('health_check_skips_total'):.0f} slots were left out")
        wrong = after.by(("result", "reason"), "health_check_failures_total")
        wrong.subtract(before.by(("result", "reason"), "health_check_failures_total"))
        for (result, reason), number in (+wrong).items():
            if result == "timeout" and number <= allowed:
                continue
            self.problems.append(f"{number:.0f} runs against a target that is well were {result}, {reason}")

    def compare_times(self) -> None:
        """Probes are answered in time, beyond what this machine itself takes."""
        found = self.report["under attack"]
        allowed = self.options.goal + found["baseline"]["p99"]  # type: ignore[index]
        for name, seen in found.items():  # type: ignore[attr-defined]
            if name.startswith(("admin", "baseline")):
                continue
            # A visit in vain counts as one that never ended: one in a hundred is beyond 99 %.
            if seen["failed"] * 100 > seen["visits"]:
                self.problems.append(f"{name}: {seen['failed']} of {seen['visits']} visits were in vain: {seen['failures'][:3]}")
            if seen["p99"] > allowed:
                self.problems.append(f"{name}: p99 {seen['p99']} ms, expected at most {allowed:.1f} ms")

    def end(self) -> None:
        for client in self.clients:
            client.kill()
            client.wait()
        code = self.exporter.stop()
        if code != 0:
            self.problems.append(f"after SIGTERM the exporter ended with {code}: {self.exporter.errors()[:2000]}")
        self.targets.kill()
        self.targets.wait()


def listen_overflows() -> int:
    """How often the kernel dropped a connect since the queue of a listener was full; the client tries again a second later."""
    names, values = [line.split() for line in open("/proc/net/netstat") if line.startswith("TcpExt:")]
    return int(dict(zip(names, values, strict=True))["ListenOverflows"])
