#!/usr/bin/env python3
"""Counts allocations per run, per rendered series and per probe, and fails when one has grown by more than 5 %.

    allocations.py BINARY [--update]    needs cc; BINARY is a debug build of health-exporter, as CI has it

No machine disturbs the counts, unlike times. The limits are in allocations.json beside this file; `--update` writes what was counted.
"""

import contextlib
import http.server
import json
import mmap
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
TOLERANCE = 1.05


class Quiet(http.server.BaseHTTPRequestHandler):
    """A target that answers without a log."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class Target(http.server.ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 512

    def handle_error(self, *_: object) -> None:
        """Says nothing of connections that end at once, as those of tcp checks do."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Disturbed(Exception):
    """Something on this machine kept checks from succeeding, which costs allocations of its own."""


class Exporter:
    """An exporter whose allocations are counted."""

    def __init__(self, binary: str, folder: Path, library: Path, components: str, interval: str, profile: str) -> None:
        self.main, self.probe = free_port(), free_port()
        configuration = folder / "health.yaml"
        configuration.write_text(
            f"web: {{listen: 127.0.0.1:{self.main}, probe_listen: 127.0.0.1:{self.probe}, admin_socket: 'off'}}\n"
            f"logs: {{level: error}}\nmetrics: {{profile: {profile}}}\ndefaults: {{interval: {interval}, timeout: 1900ms}}\ncomponents:\n{components}"
        )
        counter = folder / "counter"
        counter.write_bytes(bytes(8))
        with counter.open("r+b") as file:
            self.counter = mmap.mmap(file.fileno(), 8)
        environment = os.environ | {"LD_PRELOAD": str(library), "ALLOCATIONS": str(counter)}
        command = [binary, "run", "--config", str(configuration)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        while b'"started"' not in self.get(self.probe, "/startupz"):
            time.sleep(0.05)

    def get(self, port: int, path: str) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                return self.request(connection, path)
        except ConnectionRefusedError:
            return b""

    @staticmethod
    def request(connection: socket.socket, path: str) -> bytes:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1 << 16)
        head, body = data.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
        while len(body) < length:
            body += connection.recv(1 << 20)
        return body

    def count(self) -> int:
        return struct.unpack("<Q", self.counter[:])[0]

    def runs(self) -> int:
        page = self.get(self.main, "/metrics").decode()
        counts = dict.fromkeys(("success", "other"), 0)
        for result, count in re.findall(r'^health_check_runs_total\{.*result="(\w+)".*\} (\d+)', page, re.MULTILINE):
            counts["success" if result == "success" else "other"] += int(count)
        if counts["other"]:
            raise Disturbed("the target did not answer every check")
        return counts["success"]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Counts:
    """Allocations for each of what happens, without those of an exporter that has nothing to do."""

    def __init__(self, exporter: Exporter) -> None:
        before = exporter.count()
        time.sleep(5)
        self.per_second = (exporter.count() - before) / 5

    def per(self, exporter: Exporter, body: Callable[[], int]) -> float:
        begun, before = time.monotonic(), exporter.count()
        done = body()
        return (exporter.count() - before - self.per_second * (time.monotonic() - begun)) / done


def probes(exporter: Exporter) -> int:
    with socket.create_connection(("127.0.0.1", exporter.probe)) as connection:
        for _ in range(2000):
            exporter.request(connection, "/readyz")
    return 2000


def series(exporter: Exporter) -> int:
    pages = [exporter.get(exporter.main, "/metrics") for _ in range(10)]
    return sum(not line.startswith(b"#") for page in pages for line in page.splitlines())


def runs(exporter: Exporter) -> int:
    before = exporter.runs()
    time.sleep(20)
    return exporter.runs() - before


def measure(binary: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="health-allocations-") as name:
        folder = Path(name)
        library = folder / "allocations.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "allocations.c"], check=True)
        target = Target(("127.0.0.1", 0), Quiet)
        threading.Thread(target=target.serve_forever, daemon=True).start()
        port = target.server_address[1]
        kinds = {"tcp": f"address: '127.0.0.1:{port}'", "http": f"url: 'http://127.0.0.1:{port}/'"}

        def start(kind: str, interval: str, profile: str = "lean") -> Exporter:
            check = f"{{kind: {kind}, {kinds[kind]}}}"
            components = "".join(f"  c{i}: {{checks: {{a: {check}}}}}\n" for i in range(100))
            return Exporter(binary, folder, library, components, interval, profile)

        found = {}
        with contextlib.closing(start("tcp", "1h", "full")) as exporter:
            counts = Counts(exporter)
            if b'"ready"' not in exporter.get(exporter.probe, "/readyz"):
                raise Disturbed("the target did not answer every check")
            # What is made once is made now.
            probes(exporter), series(exporter)
            found["probe"] = counts.per(exporter, lambda: probes(exporter))
            found["rendered series"] = counts.per(exporter, lambda: series(exporter))
        for kind in kinds:
            with contextlib.closing(start(kind, "2s")) as exporter:
                time.sleep(4)
                pages = counts.per(exporter, lambda: exporter.runs() and 1)
                found[f"{kind} run"] = counts.per(exporter, lambda: runs(exporter)) - 2 * pages / 1000
    return found


def main() -> None:
    for attempt in range(3):
        try:
            found = measure(str(Path(sys.argv[1]).resolve()))
            break
        except Disturbed as reason:
            print(f"attempt {attempt + 1}: {reason}")
    else:
        sys.exit("this machine is too busy to count")
    limits = HERE / "allocations.json"
    if sys.argv[2:] == ["--update"]:
        limits.write_text(json.dumps({name: round(count, 2) for name, count in found.items()}, indent=2) + "\n")
    allowed = json.loads(limits.read_text())
    grown = []
    for name, count in found.items():
        print(f"a {name}: {count:.2f} allocations, {allowed[name]:.2f} allowed before 5 % more")
        if count > allowed[name] * TOLERANCE:
            grown.append(name)
    if grown:
        sys.exit(f"more allocations than 5 % above allocations.json: {', '.join(grown)}; fewer, or --update with a reason")


if __name__ == "__main__":
    main()
