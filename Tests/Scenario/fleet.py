"""A service with many replicas, each with an exporter beside it, whose pods are replaced while its store fails."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from processes import Target, free_port

REPLICAS, SURGE = 20, 4
# How long a new application isn't reachable, though its exporter runs.
STARTS_WITHIN = 45
JOB = "fleet-health"

CONFIGURATION = """
service: {{name: fleet, environment: production}}
shutdown: {{drain: 1s, grace: 8s}}
defaults: {{interval: 2s, timeout: 500ms, confirm_interval: 500ms}}
components:
  application:
    owner: team-fleet
    runbook: https://runbooks.example/application
    checks: {{port: {{kind: tcp, address: "127.0.0.1:{application}"}}}}
  store:
    owner: team-fleet
    runbook: https://runbooks.example/store
    checks: {{page: {{kind: http, url: "http://127.0.0.1:{store}/"}}}}
"""


class Running(Protocol):
    """An exporter that runs."""

    name: str
    port: int

    def stop(self) -> int: ...


class Pod:
    """An application that listens some time after its exporter has started."""

    def __init__(self, fleet: "Fleet", name: str, version: str, starts_within: float) -> None:
        self.fleet = fleet
        self.port = free_port()
        configuration = fleet.folder / f"{name}.yaml"
        configuration.write_text(CONFIGURATION.format(application=self.port, store=fleet.store.port))
        self.listens_at = time.monotonic() + starts_within
        self.listener: socket.socket | None = None
        if starts_within == 0:
            self.listen()
        self.exporter = fleet.start(name, configuration, version)
        self.discovery = fleet.folder / f"targets/{name}.yaml"
        target = {"targets": [f"127.0.0.1:{self.exporter.port}"], "labels": {"job": JOB, "instance": name}}
        self.discovery.write_text(json.dumps([target]))

    def listen(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    @staticmethod
    def _accept(listener: socket.socket) -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return  # The application has ended.

    def wait_until_it_listens(self) -> None:
        time.sleep(max(0, self.listens_at - time.monotonic()))
        self.listen()

    def stop(self) -> int:
        """Takes it out of discovery, as Kubernetes does, and ends it."""
        self.discovery.unlink()
        code = self.exporter.stop()
        if self.listener is not None:
            self.listener.close()
        return code


class Fleet:
    """The pods, old and new."""

    def __init__(self, folder: Path, start: Callable[[str, Path, str], Running]) -> None:
        self.folder, self.start = folder, start
        self.store = Target()
        self.store.is_up = True
        self.pods = [Pod(self, f"fleet-old-{number}", "1", 0) for number in range(REPLICAS)]
        self.codes: list[int] = []
        self.error: BaseException | None = None
        self.is_replaced, self.is_over = threading.Event(), threading.Event()

    def begin_rollout(self) -> None:
        threading.Thread(target=self._rollout, daemon=True).start()

    def _rollout(self) -> None:
        try:
            for number in range(0, REPLICAS, SURGE):
                new = [Pod(self, f"fleet-new-{number + one}", "2", STARTS_WITHIN) for one in range(SURGE)]
                for pod in new:
                    pod.wait_until_it_listens()
                # A new pod takes over once it is ready, and then an old one ends.
                time.sleep(10)
                with ThreadPoolExecutor(SURGE) as pool:
                    self.codes += pool.map(Pod.stop, self.pods[:SURGE])
                self.pods = self.pods[SURGE:] + new
                if number + SURGE == REPLICAS // 5 * 3:
                    self.store.is_up = False
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.is_replaced.set()
        # What it started ends with the thread that started it (PR_SET_PDEATHSIG).
        self.is_over.wait()

    def stop(self) -> list[int]:
        """The exit codes of all exporters."""
        with ThreadPoolExecutor(REPLICAS) as pool:
            self.codes += pool.map(Pod.stop, self.pods)
        self.is_over.set()
        return self.codes
