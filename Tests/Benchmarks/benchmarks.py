#!/usr/bin/env python3
"""Measures the exporter beside its peers, on one machine and in one run, and prints a table in Markdown.

    benchmarks.py BINARY [--only TEXT] [--rounds N] [--fastapi PYTHON]
                                                       needs nginx, wrk, go, prometheus-blackbox-exporter and
                                                       golang-github-prometheus-client-golang-dev

PYTHON is an interpreter that has fastapi, uvicorn and prometheus-client; without it the rows beside FastAPI are left out.

BINARY is a release build of health-exporter. Every row runs both sides one after the other, as often as there are rounds; the table has
the medians, the spread of the ratios, and the goal. Absolute times depend on the machine, ratios far less.

CPU is user and system time of the process (proc(5), utime and stime). blackbox_exporter is asked at the pace of our schedule.
"""

import argparse
import contextlib
import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

MAIN, PROBE, TARGET, BLACKBOX, PEER, FASTAPI = 18642, 18643, 18700, 18715, 18720, 18721
HERE = Path(__file__).parent
TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Row:
    """What a row of the table compares: what ours costs, what the peer's does, and the ratio that is wanted."""

    name: str
    unit: str
    peer: str
    goal: str
    measure: Callable[["Bench"], tuple[float, float | None]]


def wait_for(port: int) -> None:
    for _ in range(2000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.005)
    raise SystemExit(f"nothing listens on port {port}")


def get(port: int, path: str, headers: dict[str, str] | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    # Until everything has a result, start-up is 503.
    if answer.status not in (200, 503):
        raise SystemExit(f"{path} on port {port}: {answer.status}")
    return body


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def resident_megabytes(pid: int) -> float:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1024 if match else 0


@contextlib.contextmanager
def process(*command: str, port: int | None = None) -> Iterator[int]:
    """A server, from its start until the end of the block; nginx ends in its own way, so that it leaves no workers."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            if port:
                wait_for(port)
            yield running.pid
        finally:
            running.terminate() if command[0] == "nginx" else running.kill()


def wrk(url: str, seconds: int = 4) -> float:
    """Requests a second of one thread with 32 connections."""
    said = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", url], capture_output=True, text=True, check=True)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)[1])


def sample_sum(page: str, name: str, label: str = "") -> float:
    lines = (line for line in page.splitlines() if line.startswith(name + "{") and label in line)
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def quantile(page: str, name: str, share: float) -> float:
    """The upper bound of the bucket of a histogram that holds a quantile."""
    buckets = [
        (float(re.search(r'le="([^"]+)"', line)[1].replace("+Inf", "inf")), float(line.rsplit(" ", 1)[1]))
        for line in page.splitlines()
        if line.startswith(name + "_bucket{")
    ]
    return next(bound for bound, count in buckets if count >= share * buckets[-1][1])


class Bench:
    """The programs that are measured, and a folder for their files."""

    def __init__(self, binary: str, folder: Path, python: str = "") -> None:
        self.binary, self.folder, self.python = binary, folder, python
        self.peer = str(folder / "peer")
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", self.peer, str(HERE / "peer/main.go")], env=environment, check=True)
        # Workers of nginx are another user.
        folder.chmod(0o755)
        (folder / "page").mkdir()
        (folder / "blackbox.yml").write_text(
            "modules:\n  http: {prober: http, timeout: 2s}\n  tcp: {prober: tcp, timeout: 2s}\n"
        )
        (folder / "nginx.conf").write_text(
            f"""daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{TARGET} backlog=4096;
    location / {{ return 200 "ok"; }}
    location /page/ {{ root {folder}; }}
  }}
}}
"""
        )

    def nginx(self) -> contextlib.AbstractContextManager[int]:
        return process("nginx", "-c", str(self.folder / "nginx.conf"), port=TARGET)

    def blackbox(self) -> contextlib.AbstractContextManager[int]:
        return process(
            "prometheus-blackbox-exporter",
            f"--config.file={self.folder}/blackbox.yml",
            f"--web.listen-address=127.0.0.1:{BLACKBOX}",
            port=BLACKBOX,
        )

    def go(self) -> contextlib.AbstractContextManager[int]:
        return process(self.peer, "-listen", f"127.0.0.1:{PEER}", port=PEER)

    def fastapi(self) -> contextlib.AbstractContextManager[int]:
        return process(self.python, str(HERE / "peer/fastapi_peer.py"), str(FASTAPI), port=FASTAPI)

    def configuration(self, kinds: list[str], interval: str, more: str = "") -> str:
        """The path of a configuration with one component for each kind in a list."""
        checks = {"http": f"kind: http, url: 'http://127.0.0.1:{TARGET}/'", "tcp": f"kind: tcp, address: '127.0.0.1:{TARGET}'"}
        text = (
            f"web: {{listen: 127.0.0.1:{MAIN}, probe_listen: 127.0.0.1:{PROBE}, admin_socket: 'off'}}\n"
            f"logs: {{level: error}}\n{more}defaults: {{interval: {interval}, timeout: 900ms}}\ncomponents:\n"
        )
        text += "".join(f"  c{i}: {{checks: {{a: {{{checks[kind]}}}}}}}\n" for i, kind in enumerate(kinds))
        path = self.folder / "health.yaml"
        path.write_text(text)
        return str(path)

    @contextlib.contextmanager
    def exporter(self, path: str) -> Iterator[int]:
        with process(self.binary, "run", "--config", path, port=PROBE) as pid:
            while b'"started"' not in get(PROBE, "/startupz"):
                time.sleep(0.01)
            yield pid

    def page(self) -> str:
        """A page as Prometheus asks for it: compressed."""
        return gzip.decompress(get(MAIN, "/metrics", {"Accept-Encoding": "gzip"})).decode()

    def cpu_per_run(self, kinds: list[str], interval: str, seconds: int) -> tuple[float, float, str, float]:
        """CPU microseconds a run, cores, the last page and resident megabytes, of a schedule that has begun."""
        with self.exporter(self.configuration(kinds, interval)) as pid:
            time.sleep(2)
            runs, cpu, start = sample_sum(self.page(), "health_check_runs_total"), cpu_seconds(pid), time.monotonic()
            time.sleep(seconds)
            used, lasted = cpu_seconds(pid) - cpu, time.monotonic() - start
            page = self.page()
            done = sample_sum(page, "health_check_runs_total") - runs
            if sample_sum(page, "health_check_runs_total", 'result="success"') < sample_sum(page, "health_check_runs_total"):
                raise SystemExit("a run was no success")
            return used / done * 1e6, used / lasted, page, resident_megabytes(pid)

    def blackbox_cpu(self, kinds: list[str], rate: int, seconds: int) -> tuple[float, float]:
        """CPU microseconds a probe, and cores, of blackbox_exporter at a pace."""
        targets = {"http": quote(f"http://127.0.0.1:{TARGET}/", safe=""), "tcp": f"127.0.0.1:{TARGET}"}
        urls = [f"http://127.0.0.1:{BLACKBOX}/probe?module={kind}&target={targets[kind]}" for kind in kinds]
        with self.blackbox() as pid:
            self.pace(urls, rate, 2)
            cpu, start = cpu_seconds(pid), time.monotonic()
            good = self.pace(urls, rate, seconds)
            used = cpu_seconds(pid) - cpu
            return used / good * 1e6, used / (time.monotonic() - start)

    def pace(self, urls: list[str], rate: int, seconds: int) -> int:
        command = [self.peer, "-urls", " ".join(urls), "-rate", str(rate), "-for", f"{seconds}s"]
        good, bad, _ = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        if int(bad):
            raise SystemExit(f"{bad} probes of blackbox_exporter failed")
        return int(good)


def cpu_of(kind: str) -> Callable[[Bench], tuple[float, float | None]]:
    def measure(bench: Bench) -> tuple[float, float | None]:
        with bench.nginx():
            return bench.cpu_per_run([kind] * 300, "1s", 10)[0], bench.blackbox_cpu([kind], 300, 10)[0]

    return measure


def readiness(peer: str) -> Callable[[Bench], tuple[float, float | None]]:
    def measure(bench: Bench) -> tuple[float, float | None]:
        with bench.nginx():
            with bench.exporter(bench.configuration(["tcp"] * 1000, "60s")):
                ours = wrk(f"http://127.0.0.1:{PROBE}/readyz")
            if peer == "nginx":
                return ours, wrk(f"http://127.0.0.1:{TARGET}/")
            if peer == "fastapi":
                with bench.fastapi():
                    return ours, wrk(f"http://127.0.0.1:{FASTAPI}/readyz")
            with bench.go():
                return ours, wrk(f"http://127.0.0.1:{PEER}/readyz")

    return measure


PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"


def page_time(peer: str, encoding: str, accept: str = "*/*", pause: float = 0) -> Callable[[Bench], tuple[float, float | None]]:
    """Milliseconds of a page; with a pause, in which checks run, between two."""
    headers = {"Accept-Encoding": encoding, "Accept": accept}

    def milliseconds(port: int, path: str) -> float:
        get(port, path, headers)
        times = []
        for _ in range(9):
            time.sleep(pause)
            start = time.perf_counter()
            get(port, path, headers)
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)

    def measure(bench: Bench) -> tuple[float, float | None]:
        with bench.nginx():
            # A pause in which every check runs.
            with bench.exporter(bench.configuration(["tcp"] * 1000, "1s" if pause else "10s")):
                time.sleep(2)
                ours = milliseconds(MAIN, "/metrics")
                (bench.folder / "page/metrics").write_bytes(get(MAIN, "/metrics", headers))
            if peer == "nginx":
                return ours, milliseconds(TARGET, "/page/metrics")
            if peer == "fastapi":
                with bench.fastapi():
                    return ours, milliseconds(FASTAPI, "/metrics/")
            with bench.go():
                return ours, milliseconds(PEER, "/metrics")

    return measure


def series(profile: str, histograms: str = "classic") -> Callable[[Bench], tuple[float, float | None]]:
    def measure(bench: Bench) -> tuple[float, float | None]:
        counts = []
        with bench.nginx():
            for components in (1, 2):
                more = f"metrics: {{profile: {profile}, histograms: {histograms}}}\n"
                with bench.exporter(bench.configuration(["tcp"] * components, "1s", more)):
                    time.sleep(1.5)
                    lines = [line for line in bench.page().splitlines() if not line.startswith("#")]
                    counts.append(sum("health_component_success_ratio{" not in line for line in lines))
            # Windows of success are there after a while only. Text has three lines of a native histogram, which is one series.
            ours = counts[1] - counts[0] + (0 if profile == "lean" else 3) - (2 if histograms == "native" else 0)
            with bench.blackbox():
                path = f"/probe?module=tcp&target=127.0.0.1:{TARGET}"
                probe = get(BLACKBOX, path).decode().splitlines()
                return ours, sum(not line.startswith("#") for line in probe)

    return measure


def start(path: str) -> Callable[[Bench], tuple[float, float | None]]:
    def milliseconds(command: list[str], port: int, url: str) -> float:
        times = []
        for _ in range(7):
            begun = time.perf_counter()
            with process(*command):
                while True:
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
                        peer.sendall(f"GET {url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
                        if b" 200 " in peer.recv(100):
                            break
                    time.sleep(0.001)
                times.append((time.perf_counter() - begun) * 1e3)
        return statistics.median(times)

    def measure(bench: Bench) -> tuple[float, float | None]:
        with bench.nginx():
            command = [bench.binary, "run", "--config", bench.configuration(["tcp"] * 3, "10s")]
            go = [bench.peer, "-listen", f"127.0.0.1:{PEER}", "-components", "3"]
            return milliseconds(command, PROBE, path), milliseconds(go, PEER, "/readyz")

    return measure


LARGE = ["http", "tcp", "http", "tcp", "http"]


def large(bench: Bench) -> tuple[float, float | None]:
    with bench.nginx():
        _, cores, page, memory = bench.cpu_per_run(LARGE * 2000, "10s", 20)
        missed, late = sample_sum(page, "health_check_skips_total"), quantile(page, "health_exporter_schedule_delay_seconds", 0.99)
        print(f"  10,000 checks: {cores:.2f} cores, {memory:.0f} MB, {missed:.0f} slots missed, delay p99 <= {late * 1e3:g} ms")
        return cores, bench.blackbox_cpu(LARGE, 1000, 20)[1]


def idle_cpu(bench: Bench) -> tuple[float, float | None]:
    with process(bench.binary, "run", "--listen", f"127.0.0.1:{MAIN}", "--probe-listen", f"127.0.0.1:{PROBE}", port=PROBE) as pid:
        time.sleep(3)
        cpu = cpu_seconds(pid)
        time.sleep(30)
        return (cpu_seconds(pid) - cpu) / 30 * 100, None


def idle_memory(bench: Bench) -> tuple[float, float | None]:
    with process(bench.binary, "run", "--listen", f"127.0.0.1:{MAIN}", "--probe-listen", f"127.0.0.1:{PROBE}", port=PROBE) as pid:
        time.sleep(5)
        with bench.go() as other:
            time.sleep(1)
            return resident_megabytes(pid), resident_megabytes(other)


ROWS = [
    Row("CPU per HTTP check, 300/s", "us", "blackbox_exporter at the same pace", "<= 0.25", cpu_of("http")),
    Row("CPU per TCP check, 300/s", "us", "blackbox_exporter at the same pace", "<= 0.25", cpu_of("tcp")),
    Row("`/readyz`, 1,000 components, wrk -t1 -c32", "/s", "nginx `return 200`", ">= 0.6", readiness("nginx")),
    Row("`/readyz`, 1,000 components, wrk -t1 -c32", "/s", "Go net/http", "", readiness("go")),
    Row("`/readyz`, 1,000 components, wrk -t1 -c32", "/s", "FastAPI on uvicorn", "", readiness("fastapi")),
    Row("`/metrics`, 1,000 components", "ms", "client_golang, 21 series each", "<= 0.5", page_time("go", "identity")),
    Row("`/metrics` with gzip", "ms", "client_golang, 21 series each", "<= 0.5", page_time("go", "gzip")),
    Row("`/metrics` with gzip, after a run of every check", "ms", "client_golang", "", page_time("go", "gzip", pause=1.2)),
    Row("`/metrics` as protocol buffers with gzip", "ms", "client_golang", "", page_time("go", "gzip", PROTOBUF)),
    Row("`/metrics` with gzip", "ms", "FastAPI, prometheus_client", "", page_time("fastapi", "gzip")),
    Row("`/metrics`, 1,000 components", "ms", "nginx, the same bytes", "<= 5", page_time("nginx", "identity")),
    Row("series of a component with a TCP check", "", "blackbox_exporter", "<= 42", series("standard")),
    Row("the same with native histograms", "", "blackbox_exporter", "<= 32", series("standard", "native")),
    Row("the same in the lean profile", "", "blackbox_exporter", "<= 20", series("lean")),
    Row("exec to `/livez` 200", "ms", "Go net/http", "<= 25 ms", start("/livez")),
    Row("exec to `/startupz` 200, 3 TCP checks", "ms", "Go net/http", "<= 150 ms", start("/startupz")),
    Row("10,000 checks every 10 s, 60 % HTTP", "cores", "blackbox_exporter at the same pace", "<= 0.3", large),
    Row("idle, embedded default", "% CPU", "", "<= 0.1 %", idle_cpu),
    Row("idle, embedded default", "MB", "client_golang, 1,000 components", "<= 30 MB", idle_memory),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", help="a release build of health-exporter")
    parser.add_argument("--only", default="", help="rows whose name holds this text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fastapi", default="", metavar="PYTHON", help="an interpreter that has fastapi, uvicorn and prometheus-client")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="health-benchmarks-") as folder:
        bench = Bench(str(Path(options.binary).resolve()), Path(folder), options.fastapi)
        lines = []
        for row in ROWS:
            if options.only not in row.name or ("FastAPI" in row.peer and not options.fastapi):
                continue
            rounds = [row.measure(bench) for _ in range(options.rounds)]
            ours = statistics.median(ours for ours, _ in rounds)
            peers = [peer for _, peer in rounds if peer is not None]
            peer = f"{statistics.median(peers):.4g} {row.unit}" if peers else ""
            ratios = [ours / peer for ours, peer in rounds if peer]
            ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""
            lines.append(f"| {row.name} | {ours:.4g} {row.unit} | {row.peer} | {peer} | {ratio} | {row.goal} |")
            print(lines[-1], flush=True)
    print("\n| work | ours | peer | its | ratio | goal |\n|---|---|---|---|---|---|\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
