"""A process of the exporter as chaos sees it: its listeners, its log, and what the kernel says of it."""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import time
from collections import Counter
from pathlib import Path

SAMPLE = re.compile(r"^([a-z_]+)\{(.*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Page:
    """The samples of a page of metrics in the text format."""

    def __init__(self, text: str) -> None:
        self.families: dict[str, list[tuple[dict[str, str], float]]] = {}
        for name, labels, value in SAMPLE.findall(text):
            self.families.setdefault(name, []).append((dict(LABEL.findall(labels)), float(value)))

    def sum(self, name: str, **labels: str) -> float:
        """The sum of a family's samples that have these labels."""
        return sum(self.by((), name, **labels).values())

    def by(self, keys: tuple[str, ...], name: str, **labels: str) -> Counter[tuple[str, ...]]:
        """Sums of a family's samples that have these labels, by the values of other labels."""
        sums: Counter[tuple[str, ...]] = Counter()
        for found, value in self.families.get(name, []):
            if all(found.get(key) == wanted for key, wanted in labels.items()):
                sums[tuple(found.get(key, "") for key in keys)] += value  # type: ignore[assignment]
        return sums


class Exporter:
    """One run of the program, with its configuration and its log in a folder."""

    def __init__(
        self,
        program: str,
        configuration: str,
        folder: Path,
        *,
        prefix: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        listen: str = "127.0.0.1:0",
        probe_listen: str = "127.0.0.1:0",
        output: object = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.context: ssl.SSLContext | None = None
        self.headers: dict[str, str] = {}
        self.config, self.log_path, self.errors_path = folder / "health.yaml", folder / "log", folder / "errors"
        if configuration:
            self.write(configuration)
        command = [*prefix, program, "run", "--config", str(self.config), *arguments]
        command += ["--listen", listen, "--probe-listen", probe_listen]
        with open(self.log_path, "ab") as log, open(self.errors_path, "ab") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=errors,
                env={**os.environ, "RUNTIME_DIRECTORY": str(folder), **(environment or {})},
            )
        self.pid = self.process.pid
        self.host, self.port = "127.0.0.1", 0
        self.probe_host, self.probe_port = "127.0.0.1", 0

    @classmethod
    def adopt(cls, process: subprocess.Popen[bytes], folder: Path, listen: str, probe_listen: str) -> "Exporter":
        """One that somebody else started, on these addresses."""
        exporter = cls.__new__(cls)
        exporter.folder, exporter.process, exporter.pid = folder, process, process.pid
        exporter.context, exporter.headers = None, {}
        exporter.config, exporter.log_path, exporter.errors_path = (folder / name for name in ("health.yaml", "log", "errors"))
        exporter.errors_path.touch()
        exporter.host, exporter.port = address(listen)
        exporter.probe_host, exporter.probe_port = address(probe_listen)
        return exporter

    def follow_child(self) -> None:
        """Goes on with the child of a program that started the exporter and waits for it."""
        self.pid = children(self.pid)[0]

    def write(self, configuration: str) -> None:
        """Replaces the configuration at one blow, as a ConfigMap does."""
        (self.folder / "health.yaml.new").write_text(configuration)
        os.replace(self.folder / "health.yaml.new", self.config)

    # MARK: What it says

    def events(self, *names: str) -> list[dict[str, object]]:
        """The log's lines of these events, or all; a line that is no JSON fails, but for one that is being written."""
        lines = self.log_path.read_text().rpartition("\n")[0].splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in found if not names or event["event"] in names]

    def errors(self) -> str:
        return self.errors_path.read_text(errors="replace")

    def wait_started(self, seconds: float = 60) -> None:
        """Waits for both listeners, and learns their ports from the log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if started := self.events("exporter.started"):
                self.host, self.port = address(started[0]["listen"])
                self.probe_host, self.probe_port = address(started[0]["probe_listen"])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the exporter did not start ({self.process.poll()}): {self.errors()[-2000:]}")

    def wait_answering(self, seconds: float = 30) -> None:
        """Waits for one that has no log until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.request("GET", "/livez", probe=True)
                self.request("GET", "/livez")
                return
            except OSError:
                if time.monotonic() > deadline or not self.is_running:
                    raise
                time.sleep(0.05)

    def request(self, method: str, path: str, *, probe: bool = False, timeout: float = 20) -> tuple[int, str]:
        """The status and body of an answer over a fresh connection."""
        if probe or not self.context:
            there = (self.probe_host, self.probe_port) if probe else (self.host, self.port)
            connection = http.client.HTTPConnection(*there, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.context)
        try:
            connection.request(method, path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def page(self) -> Page:
        """What /metrics says now; a moment later when somebody else's page is in the way."""
        for _ in range(20):
            status, text = self.request("GET", "/metrics", timeout=60)
            if status == 200:
                return Page(text)
            time.sleep(0.5)
        raise RuntimeError(f"/metrics answers {status}: {text[:300]}")

    # MARK: What the kernel says

    def figures(self) -> dict[str, int]:
        """Resident memory in kB, open descriptors, threads, and children."""
        folder = Path(f"/proc/{self.pid}")
        status = (folder / "status").read_text()
        return {
            "resident": int(status.split("VmRSS:")[1].split()[0]),
            "descriptors": len(os.listdir(folder / "fd")),
            "threads": int(status.split("Threads:")[1].split()[0]),
            "children": len(children(self.pid)),
        }

    def processor_seconds(self) -> float:
        """The processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # MARK: Its end

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.is_running:
            os.kill(self.pid, number)

    def stop(self, seconds: float = 40) -> int | None:
        """Its exit code after SIGTERM; None when it had to be killed."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def address(text: object) -> tuple[str, int]:
    """`HOST:PORT` taken apart; what listens everywhere is found on loopback."""
    host, _, port = str(text).rpartition(":")
    return {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]")), int(port)


def children(pid: int) -> list[int]:
    """Its direct children, those of all its threads."""
    found: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except FileNotFoundError:
            continue  # The thread has ended meanwhile.
    return found


def component(names_to_keys: dict[str, str], name: str = "t", extra: str = "") -> str:
    """The configuration of one component with these checks."""
    lines = [f"  {name}:", *([f"    {extra}"] if extra else []), "    checks:"]
    return "\n".join(lines + [f"      {check}: {{{keys}}}" for check, keys in names_to_keys.items()]) + "\n"
