"""What the scenario runs: exporters, Prometheus, Alertmanager, a target whose moods are chosen, and the receiver of alerts."""

import json
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

JSON = dict[str, Any]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def request(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body, of errors too."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_for(what: str, condition: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.5)
    raise TimeoutError(f"not within {seconds} s: {what}")


class Target:
    """An HTTP server that is healthy, slow, down (refuses) or hung, as it is told."""

    def __init__(self) -> None:
        self.port = free_port()
        self.delay = 0.0
        self._server: ThreadingHTTPServer | None = None
        self.is_up = True

    @property
    def is_up(self) -> bool:
        return self._server is not None

    @is_up.setter
    def is_up(self, wanted: bool) -> None:
        if wanted and self._server is None:
            target = self

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    time.sleep(target.delay)
                    body = b'{"status":"ok"}'
                    try:
                        self.send_response(200)
                        self.send_header("Content-Length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)
                    except OSError:
                        pass  # Who asked has given up.

                def log_message(self, format: str, *arguments: object) -> None:
                    pass

            ThreadingHTTPServer.allow_reuse_address = True
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        elif not wanted and self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class SecureTarget:
    """Speaks TLS with a certificate of the tests, and nothing else."""

    def __init__(self, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = context
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        try:
            with self.context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)
        except OSError:
            pass  # The check closes as soon as it has seen the certificate.


@dataclass
class Notification:
    """An alert as it arrived."""

    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    fingerprint: str

    @property
    def subject(self) -> str:
        """The component or group that it is about."""
        return self.labels.get("component") or self.labels.get("group") or ""


@dataclass
class Receiver:
    """Takes Alertmanager's webhooks and remembers what came, by the path it came to."""

    port: int = field(default_factory=free_port)
    notifications: list[Notification] = field(default_factory=list)

    def arrived(self, status: str) -> set[tuple[str, str]]:
        """Name and subject of the alerts that arrived with this status."""
        return {(one.labels["alertname"], one.subject) for one in self.notifications if one.status == status}

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in content["alerts"]:
                    receiver.notifications.append(
                        Notification(
                            self.path.strip("/"),
                            alert["status"],
                            alert["labels"],
                            alert["annotations"],
                            alert["fingerprint"],
                        )
                    )
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()


# The kernel kills what runs when this process is gone, however it went (setpriv(1)).
DIES_WITH_PARENT = ["/usr/bin/setpriv", "--pdeathsig", "KILL"]


class Program:
    """A program of the system or of this package, with its output in a file."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*DIES_WITH_PARENT, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
            )

    def stop(self) -> int:
        """Asks it to end, and returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Prometheus:
    """The HTTP API of a running Prometheus (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def _ask(self, path: str, **parameters: str) -> Any:
        body = urllib.parse.urlencode(parameters).encode()
        status, answer = request(f"{self.url}/api/v1/{path}", "POST", body)
        content = json.loads(answer)
        if content["status"] != "success":
            raise ValueError(f"{parameters}: {status} {content['error']}")
        return content["data"]

    def query(self, expression: str, at: float | None = None) -> list[JSON]:
        """The series of an instant vector."""
        moment = {} if at is None else {"time": str(at)}
        return self._ask("query", query=expression, **moment)["result"]

    def query_range(self, expression: str, start: float, end: float, step: int = 15) -> list[JSON]:
        """Each series with its samples."""
        data = self._ask("query_range", query=expression, start=str(start), end=str(end), step=str(step))
        return data["result"]

    def samples_at_once(self, expression: str, start: float, end: float, step: int) -> int:
        """How many samples a query over time holds at once, which `--query.max-samples` limits."""
        parameters = {"query": expression, "start": str(start), "end": str(end), "step": str(step), "stats": "all"}
        return self._ask("query_range", **parameters)["stats"]["samples"]["peakSamples"]

    def series(self, selector: str, start: float, end: float) -> list[dict[str, str]]:
        """The labels of each series."""
        return self._ask("series", **{"match[]": selector, "start": str(start), "end": str(end)})

    def names(self) -> set[str]:
        """Every metric that it knows."""
        return set(json.loads(request(f"{self.url}/api/v1/label/__name__/values")[1])["data"])
