"""A process of the exporter whose page a test reads."""

import json
import queue
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

# A debug build on a slow machine, beside a browser.
START_LIMIT = 30.0


class Exporter:
    """The program with its configuration in a folder; it keeps its port when it is started again."""

    def __init__(self, program: str, folder: Path, configuration: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.program, self.folder, self.config = program, folder, folder / "health.yaml"
        self.configuration = {
            "service": {"name": "orders", "environment": "production", "version": "1.4.2", "instance": "orders-7d9c"},
            "defaults": {"interval": "500ms", "timeout": "300ms", "confirm_interval": "200ms"},
            "shutdown": {"drain": "0s", "grace": "5s"},
            **configuration,
        }
        self.configuration["web"] = {
            "listen": free_address(), "probe_listen": free_address(), "lifecycle": "loopback", "admin_socket": "off",
        }
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def write(self) -> None:
        """Writes the configuration: JSON is YAML."""
        self.config.write_text(json.dumps(self.configuration, ensure_ascii=False, indent=1), encoding="utf-8")

    def start(self) -> "Exporter":
        """Starts it, and waits until its listeners are bound."""
        self.write()
        errors = (self.folder / "errors").open("a", encoding="utf-8")
        self.process = subprocess.Popen(
            [self.program, "--config", str(self.config)], stdout=subprocess.PIPE, stderr=errors, text=True,
            encoding="utf-8",
        )
        errors.close()
        started: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read_log, args=(self.process, started), daemon=True).start()
        try:
            event = started.get(timeout=START_LIMIT)
        except queue.Empty:
            self.kill()
            told = (self.folder / "errors").read_text(encoding="utf-8")[-1500:]
            raise AssertionError(f"the exporter did not start: {told}") from None
        self.url = f"http://{event['listen']}"
        return self

    def _read_log(self, process: subprocess.Popen[str], started: queue.Queue[dict[str, Any]]) -> None:
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                if '"event":"exporter.started"' in line:
                    started.put(json.loads(line))

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if self.process:
            self.process.send_signal(number)

    def terminate(self) -> None:
        """Ends it as an init system does."""
        self.signal(signal.SIGTERM)
        if self.process:
            self.process.wait(15)

    def kill(self) -> None:
        """Ends it at once."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(15)

    def request(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The JSON of an answer; an error of the server is raised with its text."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from error
        return json.loads(text) if text[:1] in (b"{", b"[") else text

    def component(self, name: str) -> dict[str, Any]:
        """What it tells of a component."""
        return self.request(f"/api/v1/components/{name}")

    def wait_for(self, name: str, status: str, limit: float = 20) -> None:
        """Waits until a component is shown with a status."""
        wait_until(lambda: self.component(name)["status"] == status, f"{name} to be {status}", limit)

    def drill(self, name: str, **drill: Any) -> None:
        """Starts a drill."""
        self.request(f"/api/v1/components/{name}/drill", "POST", drill)


def free_address() -> str:
    """An address that nothing listens on: a configuration that is loaded anew has to name the same one."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


def wait_until(condition: Any, what: str, limit: float = 20) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s for {what}")
        time.sleep(0.05)
