"""One run of chaos: the exporter, the servers, and what happens in which order."""

import argparse
import json
import socket
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import network
from cells import CERTIFICATES, KIND_OF, Cell, foreign_cells, host_cells, table_cells
from exporter import Exporter, Page, component
from local_cells import BEATS, TOKEN, exec_cells, file_cells, ping_cells, system_cells, worker_cells
from server_log import ServerLog
from verdicts import Verdicts

#: So rare that no cell runs twice in a round.
RARE = "100d"
#: How many cells begin at once: more would measure the fault server, which is one process.
TOGETHER = 100
#: How often what a busy machine may have spoilt is tried.
ATTEMPTS = 3
#: The cadence of the cells under load, in seconds.
CADENCE = 10
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "UndefinedBehaviorSanitizer", "runtime error:", "Fatal error")


class ChaosRun:
    """Plays all cells and collects what is wrong."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.problems: list[str] = []
        # What a checkout lets everybody read, the exporter refuses.
        for key in CERTIFICATES.glob("*.key"):
            key.chmod(0o600)
        self.server = network.FaultServer()
        self.hung = network.HungMount(folder / "hung")
        if not self.hung.path:
            print("no hung mount: python3-fusepy or /dev/fuse is missing, and its cells are left out")
        full = network.full_disk(folder / "full")
        # A number that nothing listens on, held so that nobody else takes it.
        self.closed = socket.socket()
        self.closed.bind(("127.0.0.1", 0))
        self.cells: list[Cell] = [
            *table_cells(self.server.ports, self.closed.getsockname()[1]),
            *foreign_cells(self.server.ports),
            *host_cells(),
            *exec_cells(folder),
            *file_cells(folder, self.hung.path),
            *system_cells(folder, full, self.hung.path),
            *worker_cells(),
            *ping_cells(),
        ]
        self.verdicts = Verdicts(self.cells, options.timeout)
        #: Of each cell, how often it was changed.
        self.generations = [0] * len(self.cells)
        self.exporter = Exporter(options.exporter, self.configuration(RARE), folder, environment={"EMPTY_VARIABLE": ""})

    def configuration(self, interval: str) -> str:
        """All cells; each generation of one differs in a key without consequences, so that a reload runs it anew."""
        checks = {
            f"cell-{number}": f"{cell.keys}, max_age: {200 + self.generations[number]}d"
            for number, cell in enumerate(self.cells)
        }
        lines = [
            "service: {name: chaos, environment: test, version: '1', instance: chaos}",
            "web: {details: always, lifecycle: loopback}",
            "shutdown: {drain: 500ms, grace: 20s}",
            f"defaults: {{interval: {interval}, timeout: {self.options.timeout}s, confirm_interval: {interval}}}",
            "components:",
        ]
        return "\n".join(lines) + "\n" + component(checks, extra="impact: optional")

    # MARK: What happens, in order

    def play(self) -> None:
        self.exporter.wait_started()
        self.wait_for(range(len(self.cells)), 0)
        self.beat()
        for number in range(self.options.rounds):
            self.play_round(number)
            if number == 0:
                before = self.exporter.figures()
        if self.options.load:
            self.play_load()
        # Those that run at the moment get to their ends.
        self.load_anew(range(len(self.cells)), RARE)
        time.sleep(self.options.timeout * 2)
        self.compare_figures(before)

    def load_anew(self, changed: object, interval: str) -> float:
        """Loads a configuration in which these cells are changed, and returns when that was, by the wall clock."""
        for number in changed:  # type: ignore[attr-defined]
            self.generations[number] += 1
        self.server.reset()
        self.exporter.write(self.configuration(interval))
        began = time.time()
        status, text = self.exporter.request("POST", "/-/reload", timeout=60)
        if status != 200:
            raise RuntimeError(f"a reload was answered {status}: {text[:2000]}")
        return began

    def play_round(self, round: int) -> None:
        """Each cell once, some at a time, and once more what a busy machine may have spoilt."""
        groups = -(-len(self.cells) // TOGETHER)
        for group in range(groups):
            members = list(range(group, len(self.cells), groups))
            for attempt in range(1, ATTEMPTS + 1):
                wrong = self.play_group(members)
                for number, text, is_spoilt in wrong:
                    if attempt == ATTEMPTS or not is_spoilt:
                        self.problems.append(f"round {round}: {text}")
                    else:
                        self.verdicts.spoilt += 1
                members = sorted({number for number, _, is_spoilt in wrong if is_spoilt and number >= 0})
                if not members:
                    break

    def play_group(self, members: list[int]) -> list[tuple[int, str, bool]]:
        """Runs these cells: what is wrong with which of them, and whether a busy machine may be the cause."""
        before = self.exporter.page()
        began = self.load_anew(members, RARE)
        checks = self.wait_for(members, began)
        wrong = [finding for number in members for finding in self.verdicts.compare(number, checks[f"cell-{number}"])]
        log = ServerLog(self.server)
        log.wait_until_closed(10)
        wrong += [(-1, text, False) for text in log.compare_contacts([self.cells[number] for number in members])]
        wrong += [(-1, text, False) for text in self.verdicts.compare_one_run(members, before, self.exporter.page())]
        late = log.late_ends(self.options.timeout + self.options.margin)
        first = {self.cells[number].server: number for number in members}
        wrong += [(first.get(server, -1), text, True) for server, text in late]
        return wrong

    def wait_for(self, members: object, began: float) -> dict[str, dict[str, object]]:
        """What the exporter says of each cell, once these have run since a moment."""
        deadline = time.monotonic() + 60
        while True:
            _, text = self.exporter.request("GET", "/api/v1/components/t", timeout=60)
            checks = {check["name"]: check for check in json.loads(text)["checks"]}
            late = [n for n in members if not self.has_run(n, checks[f"cell-{n}"], began)]  # type: ignore[attr-defined]
            if not late:
                return checks
            if time.monotonic() > deadline:
                kinds = [f"{self.cells[number].kind}, {self.cells[number].fault}" for number in late[:20]]
                raise RuntimeError(f"no new result within 60 s of {kinds}")
            time.sleep(0.3)

    def has_run(self, number: int, check: dict[str, object], began: float) -> bool:
        run = check["last_run"]
        if not isinstance(run, dict):
            return self.cells[number].kind == "heartbeat"
        moment = datetime.fromisoformat(str(run["timestamp"]).replace("Z", "+00:00")).astimezone(timezone.utc)
        # Times in documents have milliseconds. What hangs holds its slot, and has no second run.
        return moment.timestamp() >= began - 0.002 or self.cells[number].hangs

    def beat(self) -> None:
        """Lets those workers beat that do."""
        for number, cell in enumerate(self.cells):
            wrong = cell.fault.endswith("wrong token")
            if cell.kind != "heartbeat" or (cell.fault not in BEATS and not wrong):
                continue
            url = f"http://127.0.0.1:{self.exporter.port}/api/v1/heartbeats/t/cell-{number}"
            headers = {"Authorization": f"Bearer {'wrong' if wrong else TOKEN}"}
            request = urllib.request.Request(url, BEATS.get(cell.fault, b"{}"), headers, method="POST")
            try:
                status = urllib.request.urlopen(request, timeout=20).status
            except urllib.error.HTTPError as error:
                status = error.code
            if status not in ((401, 403) if wrong else (204,)):
                self.problems.append(f"a worker that {cell.fault} was answered {status}")

    def play_load(self) -> None:
        """All cells at once for some time: every reason that is counted is right, and no slot is left out."""
        before = self.exporter.page()
        self.load_anew(range(len(self.cells)), f"{CADENCE}s")
        time.sleep(self.options.load)
        after = self.exporter.page()
        self.problems += self.verdicts.compare_pages(before, after, self.options.load / CADENCE)
        self.problems += self.verdicts.compare_counts(before, after, ServerLog(self.server))
        print(f"under load: {describe(before, after)}")

    def compare_figures(self, before: dict[str, int]) -> None:
        """Descriptors, threads, children and memory, the least of a few samples: what runs just now is no leak."""
        samples = []
        for _ in range(10):
            samples.append(self.exporter.figures())
            time.sleep(0.1)
        after = {key: min(sample[key] for sample in samples) for key in before}
        print(f"before {before}, after {after}")
        limits = {"resident": self.options.memory * 1024, "descriptors": 10, "threads": 2, "children": 0}
        for key, limit in limits.items():
            if after[key] > (0 if key == "children" else before[key]) + limit:
                self.problems.append(f"{key}: {before[key]} before, {after[key]} after")

    def print_table(self) -> None:
        self.verdicts.print()
        kinds = {KIND_OF.get(cell.kind, cell.kind) for cell in self.cells}
        print(f"{len(kinds)} kinds: {' '.join(sorted(kinds))}; {self.verdicts.spoilt} results spoilt by a busy machine")
        if len(kinds) < 15 or len(self.cells) < 200:
            self.problems.append("there are fewer kinds or cells than there have to be")

    def end(self) -> None:
        """Stops the exporter: cleanly, and without a word of a sanitizer."""
        # The kernel lets no process go whose thread a file system holds.
        self.hung.end()
        code = self.exporter.stop()
        if code != 0:
            self.problems.append(f"after SIGTERM the exporter ended with {code}")
        errors = self.exporter.errors()
        if any(word in errors for word in SANITIZERS):
            self.problems.append(f"on standard error: {errors[:20_000]}")
        elif errors:
            print(f"on standard error: {errors[:2000]}")
        self.server.end()
        network.release(self.folder / "full")


def describe(before: Page, after: Page) -> str:
    """Runs between two pages, and how late they began."""
    names = ("delay_seconds_count", "delay_seconds_sum")
    count, sum = (after.sum(f"health_exporter_schedule_{n}") - before.sum(f"health_exporter_schedule_{n}") for n in names)
    return f"{count:.0f} runs, begun {sum / max(count, 1) * 1000:.1f} ms late on average"
