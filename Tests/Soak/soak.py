"""A long run under everything at once: `soak.py BINARY --minutes 60 --checks 2000`.

Mixed checks against targets with moods, a reload every five seconds between random configurations, calls that hang,
scrapers, idle and half-sent connections, and drills. What the exporter says is compared with a reference all the time;
memory, descriptors and threads are sampled. Ends with 1 when anything was wrong, and says what.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from configuration import Component, Ports, World


HERE = Path(__file__).parent
BADNESS = {"healthy": 0, "degraded": 1, "unknown": 2, "unhealthy": 3}
#: What a reader of a page may still see after a change: the run in flight, and internal errors of this machine.
SLACK = 12.0
#: How much memory, descriptors and threads may grow once the exporter has warmed up.
GROWTH = 0.02


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def may_ping() -> bool:
    """Whether this process's group is one of those that the kernel lets ping without privileges."""
    first, last = map(int, Path("/proc/sys/net/ipv4/ping_group_range").read_text().split())
    return first <= os.getgid() <= last


def slope(points: list[tuple[float, float]]) -> float:
    """How much a figure grows in an hour, of its values at moments in seconds (least squares)."""
    middle, mean = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((moment - middle) ** 2 for moment, _ in points)
    return sum((moment - middle) * (value - mean) for moment, value in points) / max(spread, 1e-9) * 3600


class AdminConnection(http.client.HTTPConnection):
    """HTTP over the admin socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Soak:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        self.samples: list[tuple[float, int, int, int]] = []
        self.isOver = threading.Event()
        self.lock = threading.Lock()
        self.random = random.Random(options.seed)
        #: When each component appeared and was last changed, and what is in force.
        self.appeared: dict[str, float] = {}
        self.changed: dict[str, float] = {}
        self.inForce: dict[str, Component] = {}
        self.drills: dict[str, tuple[str, float, float]] = {}
        self.drilled: dict[str, float] = {}
        self.lastTexts: dict[str, str] = {}

    def complain(self, text: str) -> None:
        with self.lock:
            self.problems.append(text)
            self.counts["problems"] += 1
        if len(self.problems) <= 50:
            print(f"{time.monotonic() - self.began:8.1f} s: {text}", flush=True)

    # MARK: What runs beside the exporter

    def start(self) -> None:
        options = self.options
        self.children: list[subprocess.Popen[bytes]] = []
        targets = subprocess.Popen(
            [sys.executable, HERE / "targets.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.children.append(targets)
        assert targets.stdout
        http_port, banner, silence = map(int, targets.stdout.readline().split())
        faults = subprocess.Popen(
            [sys.executable, HERE.parent / "Faults" / "fault_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.children.append(faults)
        assert faults.stdout
        fault_ports = json.loads(faults.stdout.readline())["ports"]
        redis = free_port()
        try:
            self.children.append(
                subprocess.Popen(
                    ["redis-server", "--port", str(redis), "--save", "", "--maxclients", "2000", "--dir", self.folder],
                    stdout=subprocess.DEVNULL,
                )
            )
        except FileNotFoundError:
            redis = 0
        self.hung = self._hang()
        ports = Ports(http_port, banner, silence, redis or None, free_port(), fault_ports, may_ping())
        self.world = World(options.seed, options.checks, ports, self.folder, self.hung)
        self.config = self.folder / "health.yaml"
        self.socket = str(self.folder / "admin.sock")
        self.port, self.probe_port = free_port(), free_port()
        self.began = time.monotonic()
        self._write()
        self.exporter = subprocess.Popen(
            [
                options.binary, "run", "--config", self.config,
                "--listen", f"127.0.0.1:{self.port}", "--probe-listen", f"127.0.0.1:{self.probe_port}",
            ],
            stdout=(self.folder / "log").open("wb"),
            env={**os.environ, "RUNTIME_DIRECTORY": str(self.folder)},
        )
        self.children.append(self.exporter)
        self.socket = str(self.folder / "health-exporter.sock")

    def _hang(self) -> Path | None:
        """A mounted file system that never answers; None where it can't be had."""
        mount = self.folder / "hung"
        mount.mkdir()
        child = subprocess.Popen(["/usr/bin/python3", HERE / "hung_mount.py", mount], stderr=subprocess.DEVNULL)
        time.sleep(2)
        if child.poll() is not None:
            print("no hung mount: python3-fusepy or /dev/fuse is missing", flush=True)
            return None
        self.mount = child
        return mount

    def stop(self) -> None:
        began = time.monotonic()
        if self.hung:
            # The kernel lets no process go whose thread a file system holds.
            self.mount.kill()
        self.exporter.send_signal(signal.SIGTERM)
        try:
            code = self.exporter.wait(40)
            if code != 0:
                self.complain(f"after SIGTERM the exporter ended with {code}")
        except subprocess.TimeoutExpired:
            self.complain("the exporter did not end within 40 s of SIGTERM")
        print(f"stopped after {time.monotonic() - began:.1f} s", flush=True)
        for child in self.children:
            child.kill()
        if self.hung:
            command = ["umount", "-l"] if os.getuid() == 0 else ["fusermount3", "-u", "-z"]
            subprocess.run([*command, self.hung], check=False, stderr=subprocess.DEVNULL)

    # MARK: Configurations

    def _write(self) -> None:
        text, components = self.world.draw()
        now = time.monotonic()
        for name, component in components.items():
            shape = repr(component)
            if name not in self.inForce:
                self.appeared[name] = now
            if self.lastTexts.get(name) != shape:
                self.changed[name] = now
            self.lastTexts[name] = shape
        for name in list(self.lastTexts):
            if name not in components:
                del self.lastTexts[name]
        self.inForce = components
        (self.folder / "new").write_text(text)
        os.replace(self.folder / "new", self.config)

    def admin(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = AdminConnection(self.socket)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def reload_for_ever(self) -> None:
        while not self.isOver.wait(self.options.reload_period):
            with self.lock:
                self._write()
            try:
                if self.random.random() < 0.5:
                    status, body = self.admin("POST", "/-/reload")
                    if status != 200:
                        self.complain(f"a reload was answered {status}: {body[:300]!r}")
                else:
                    self.exporter.send_signal(signal.SIGHUP)
            except OSError as error:
                self.complain(f"a reload failed: {error}")
            self.counts["reloads"] += 1

    def drill_for_ever(self) -> None:
        while not self.isOver.wait(3):
            with self.lock:
                name = self.random.choice([name for name in self.inForce if name.startswith("c")])
            status = self.random.choice(["degraded", "unhealthy"])
            length = self.random.choice([5, 20, 60])
            try:
                code, body = self.admin(
                    "POST",
                    f"/api/v1/components/{name}/drill",
                    {"status": status, "for": f"{length}s", "readiness": False, "by": "soak"},
                )
            except OSError as error:
                self.complain(f"a drill failed: {error}")
                continue
            now = time.monotonic()
            if code == 200:
                self.drills[name] = (status, now, now + length)
                self.counts["drills"] += 1
            elif code != 404:
                self.complain(f"a drill was answered {code}: {body[:300]!r}")
            self.drilled[name] = now + length

    def beat_for_ever(self) -> None:
        while not self.isOver.wait(2):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.port}/api/v1/heartbeats/worker/beats",
                b"",
                {"Authorization": "Bearer soak"},
                method="POST",
            )
            try:
                urllib.request.urlopen(request, timeout=20).read()
            except OSError as error:
                self.complain(f"a heartbeat was refused: {error}")

    # MARK: The reference

    def verify_for_ever(self) -> None:
        while not self.isOver.wait(3):
            asked = time.monotonic()
            try:
                connection = AdminConnection(self.socket)
                connection.request("GET", "/health/detailed")
                document = json.loads(connection.getresponse().read())
                connection.close()
                answered = time.monotonic()
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.complain(f"no document: {error!r}")
                continue
            self.counts["documents"] += 1
            with self.lock:
                present = {entry["name"]: entry for entry in document["components"]}
                expected = dict(self.inForce)
            for name, component in expected.items():
                if asked - self.appeared[name] < SLACK:
                    continue
                if name not in present:
                    self.complain(f"{name} is missing")
                    continue
                self._verify(name, component, present[name], asked, answered)

    def _verify(
        self, name: str, component: Component, entry: dict[str, object], now: float, answered: float
    ) -> None:
        """The document was made at some moment from `now` to `answered`."""
        worst = "healthy"
        for check_entry in entry["checks"]:  # type: ignore[attr-defined]
            check = component.checks.get(check_entry["name"])
            if check is None:
                continue
            status = check_entry["status"]
            extra = check.window * 2 if now - self.changed[name] < check.window * 3 else 0
            allowed = check.allowed(answered, extra + SLACK + answered - now)
            isNew = now - self.appeared[name] < (60 if check.never_beaten else check.window)
            if isNew:
                allowed = allowed | {"unknown"}
            self.counts["verdicts"] += 1
            if status not in allowed:
                run = check_entry.get("last_run")
                self.complain(
                    f"{name}/{check_entry['name']} is {status} ({check_entry.get('reason')}), not {sorted(allowed)}; "
                    f"{check.keys}; last run {run}; {check_entry.get('message')!r}"
                )
            if check_entry["status"] == "unknown" and check_entry.get("reason") == "internal":
                self.counts["unknown for reasons of the exporter's own"] += 1
            # What has never beaten gates nothing until it is due.
            if check_entry.get("reason") != "pending":
                worst = max(worst, status, key=BADNESS.__getitem__)
        drill = self.drills.get(name)
        if drill and drill[1] + 1 < now and answered < drill[2] - 1 and entry.get("drill"):
            worst = max(worst, drill[0], key=BADNESS.__getitem__)
        elif self.drilled.get(name, 0) + 2 > now:
            return
        if entry["status"] != worst:
            self.complain(f"{name} is {entry['status']}, its checks and drill come to {worst}")

    def probe_for_ever(self) -> None:
        while not self.isOver.wait(0.2):
            now = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.probe_port, timeout=5)
                connection.request("GET", "/readyz")
                answer = connection.getresponse()
                body = answer.read()
                connection.close()
                took = time.monotonic() - now
                self.counts["probes"] += 1
                if took > 1:
                    self.counts["probes slower than a second"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.complain(f"a probe failed: {error!r}")
                continue
            if now - self.began < 60:
                continue
            gates = [self.world.components[f"gate{number}"].checks["page"] for number in range(2)]
            recent = [
                gate.allowed(now, SLACK + (gate.window * 3 if now - self.changed[f"gate{index}"] < gate.window * 3 else 0))
                for index, gate in enumerate(gates)
            ]
            if all(found == {"healthy"} for found in recent) and answer.status != 200:
                self.complain(f"/readyz is {answer.status} though the gates are well: {body[:400]!r}")
            if any(found == {"unhealthy"} for found in recent) and answer.status != 503:
                self.complain(f"/readyz is {answer.status} though a gate is down: {body[:400]!r}")
            self.counts[f"/readyz {answer.status}"] += 1
            if self.counts["probes"] % 25 == 0:
                self._live()

    def _live(self) -> None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probe_port}/livez", timeout=5) as answer:
                answer.read()
        except OSError as error:
            self.complain(f"/livez: {error!r}")

    # MARK: Readers and idlers

    def scrape_for_ever(self, kind: str) -> None:
        while not self.isOver.wait(self.random.uniform(1, 4)):
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics", headers={"Accept": kind})
                page = urllib.request.urlopen(request, timeout=60).read().decode()
            except OSError as error:
                if getattr(error, "code", 0) == 503:
                    self.counts["scrapes put off"] += 1
                    continue
                self.complain(f"a scrape failed: {error!r}")
                continue
            self.counts["scrapes"] += 1
            statuses = sum(line.startswith("health_check_status{") for line in page.splitlines())
            infos = sum(line.startswith("health_check_info{") for line in page.splitlines())
            if statuses != infos * 4 or infos < self.options.checks // 2:
                self.complain(f"a page with {infos} checks and {statuses} statuses")

    def idle_for_ever(self, count: int, words: bytes, port: int) -> None:
        """Holds so many connections open, half-sent or idle, and opens those anew that were closed."""
        held: list[socket.socket] = []
        while not self.isOver.wait(2):
            alive = []
            for connection in held:
                try:
                    connection.setblocking(False)
                    if connection.recv(4096) == b"":
                        connection.close()
                        self.counts["idle connections closed"] += 1
                        continue
                except BlockingIOError:
                    pass
                except OSError:
                    self.counts["idle connections closed"] += 1
                    continue
                alive.append(connection)
            held = alive
            for _ in range(min(50, count - len(held))):
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
                    connection.sendall(words)
                    held.append(connection)
                except OSError:
                    self.counts["idle connections refused"] += 1

    def sample_for_ever(self) -> None:
        folder = Path(f"/proc/{self.exporter.pid}")
        while not self.isOver.wait(5):
            if self.exporter.poll() is not None:
                self.complain(f"the exporter ended with {self.exporter.returncode}")
                self.isOver.set()
                return
            status = (folder / "status").read_text()
            resident = int(status.split("VmRSS:")[1].split()[0])
            threads = int(status.split("Threads:")[1].split()[0])
            self.samples.append((time.monotonic() - self.began, resident, len(os.listdir(folder / "fd")), threads))
            if len(self.samples) % 24 == 0:
                print(f"{self.samples[-1]}, {dict(self.counts)}", flush=True)

    def run(self) -> int:
        self.start()
        time.sleep(5)
        jobs = [
            (self.reload_for_ever, ()), (self.drill_for_ever, ()), (self.beat_for_ever, ()),
            (self.verify_for_ever, ()), (self.probe_for_ever, ()), (self.sample_for_ever, ()),
            (self.scrape_for_ever, ("text/plain",)), (self.scrape_for_ever, ("application/openmetrics-text",)),
            (self.idle_for_ever, (300, b"", self.port)), (self.idle_for_ever, (100, b"GET /met", self.port)),
            (self.idle_for_ever, (300, b"", self.probe_port)),
        ]  # fmt: skip
        threads = [threading.Thread(target=job, args=arguments, daemon=True) for job, arguments in jobs]
        for thread in threads:
            thread.start()
        self.isOver.wait(self.options.minutes * 60)
        self.isOver.set()
        for thread in threads:
            thread.join(70)
        self.stop()
        return self.report()

    def report(self) -> int:
        print(json.dumps(self.counts, indent=1))
        steady = [sample for sample in self.samples if sample[0] > min(600, self.options.minutes * 60 / 3)]
        third = max(1, len(steady) // 3)
        for name, column in (("resident kB", 1), ("descriptors", 2), ("threads", 3)):
            parts = [sorted(sample[column] for sample in part) for part in (steady[:third], steady[-third:])]
            medians = [part[len(part) // 2] for part in parts if part]
            growth = medians[-1] / medians[0] - 1
            print(
                f"{name}: median {medians[0]} in the first third after warming up, {medians[-1]} in the last "
                f"({growth:+.1%}); most {max(sample[column] for sample in steady)}"
            )
            print(f"{name}: {slope([(sample[0], sample[column]) for sample in steady]):+.0f} an hour by least squares")
            # Descriptors and threads move by a few with what runs at the moment.
            if growth > GROWTH and medians[-1] > medians[0] + (0 if name.startswith("resident") else 8):
                self.complain(f"{name} grew from {medians[0]} to {medians[-1]}")
        for problem in self.problems[:200]:
            print(problem)
        print(f"{len(self.problems)} problems")
        return 1 if self.problems else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--checks", type=int, default=2000)
    parser.add_argument("--reload-period", type=float, default=5, help="seconds from reload to reload (default 5)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        return Soak(options, Path(folder)).run()


if __name__ == "__main__":
    sys.exit(main())
