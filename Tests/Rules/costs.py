#!/usr/bin/env python3
"""Measures the CPU time that rules and dashboards take in Prometheus, on the data of many checks at three instances.

    costs.py ROOT EXPORTER [CHECKS ...]      needs PyYAML, promtool and prometheus in the path; CHECKS is 1000 by default

One exporter is scraped once; its page is the template of as many components as wanted, each with one HTTP check, of which one in a
hundred fails. promtool writes the data as blocks, level by level with what the recording rules make of it, and every expression is
evaluated at the end of the data. CPU time is that of the whole process, garbage collection included, without storing results.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Scenario"))
from processes import JSON, Program, Prometheus, Target, free_port, request, wait_for
from questions import panels, substituted

INSTANCES = 3
STEP = 30
# What the component of the template is called.
TEMPLATE = "component=\"template\""
# How long every series goes back, but those that rules look at for longer.
HISTORY = 12 * 60
LONGER = {
    "health_check_last_duration_seconds": 3600,
    "health_check_transitions_total": 1800,
    "process_start_time_seconds": 1800,
    "health_exporter_build_info": 3600,
}
# Recorded series that others look at for long: how far back and how often.
RECORDED = {
    "component:health_check_slots:rate5m": (3600, 120),
    "component:health_check_slots_bad:rate5m": (3600, 120),
    "component:health_check_slots:increase5m": (3 * 86400, 300),
    "component:health_check_slots_bad:increase5m": (3 * 86400, 300),
}
MONTH = 30 * 86400
# Above this, a month of recorded samples is too much to write: those windows are measured over three days, and multiplied.
MOST_FOR_A_MONTH = 1000
# Series of a file for promtool: about half a gigabyte.
BATCH = 160_000
CLOCK_TICKS = 100
# What the rules may take a minute, in readings of every series of `health_component_status`: machines differ. Measured: 3.1 to 4.3.
MOST_READINGS = 7
# The range of a dashboard, and the part of it that is measured and multiplied.
RANGE, MEASURED = 6 * 3600, 600
SAMPLE_LIMIT = 50_000_000


@dataclass
class Sample:
    """A line of a page of metrics."""

    name: str
    labels: str
    value: float


def page(exporter: Path, folder: Path) -> list[Sample]:
    """The page of an exporter with one component, after a few runs."""
    target, port = Target(), free_port()
    target.is_up = True
    configuration = folder / "config.yaml"
    configuration.write_text(
        f"""
web: {{listen: "127.0.0.1:{port}", probe_listen: "127.0.0.1:0"}}
service: {{environment: production, version: "1"}}
components:
  template: {{owner: team, impact: critical, checks: {{web: {{kind: http, url: "http://127.0.0.1:{target.port}/", interval: 1s, timeout: 500ms}}}}}}
"""
    )
    program = Program([str(exporter), "run", "--config", str(configuration)], folder / "exporter.log", {})
    succeeded = re.compile(r'health_check_runs_total\{[^}]*result="success"[^}]*\} [2-9]')
    wait_for("the first runs", lambda: succeeded.search(request(f"http://127.0.0.1:{port}/metrics")[1].decode()))
    text = request(f"http://127.0.0.1:{port}/metrics")[1].decode()
    program.stop()
    target.is_up = False
    samples = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} (\S+)(?: # .*)?", line).groups()
        samples.append(Sample(name, re.sub(r'(^|,)instance="[^"]*"', "", labels).strip(","), float(value)))
    return samples


def lines(samples: list[Sample], checks: int, end: int, names: set[str]) -> Iterator[str]:
    """OpenMetrics, a metric after the other."""
    for name in sorted({sample.name for sample in samples} & names):
        moments = range(end - LONGER.get(name, HISTORY), end + 1, STEP)
        for sample in (one for one in samples if one.name == name):
            is_counter = name.endswith(("_total", "_count", "_bucket", "_sum"))
            components = range(checks) if TEMPLATE in sample.labels else [None]
            for component in components:
                fails = component is not None and component % 100 == 0
                first, growth = sample.value, 0.0
                if name.endswith("_status") and fails and "status=" in sample.labels:
                    first = float('status="unhealthy"' in sample.labels)
                elif is_counter and (sample.value > 0 or fails and 'result="failure"' in sample.labels):
                    growth = STEP / 10
                values = [f" {first + growth * index:g} {moment}\n" for index, moment in enumerate(moments)]
                labels = sample.labels.replace(TEMPLATE, f'component="c{component}"')
                for instance in range(INSTANCES):
                    head = f'{name}{{job="orders",instance="i{instance}",{labels}}}'
                    yield "".join([head + value for value in values])


def up(end: int) -> Iterator[str]:
    """What Prometheus says of the scrapes."""
    for instance in range(INSTANCES):
        yield "".join(f'up{{job="orders",instance="i{instance}"}} 1 {moment}\n' for moment in range(end - 1200, end + 1, STEP))


def batches(samples: list[Sample], checks: int, names: set[str]) -> Iterator[set[str]]:
    """The metrics in groups of not too many series."""
    batch, size = set(), 0
    for name in sorted({sample.name for sample in samples} & names):
        series = sum(INSTANCES * (checks if TEMPLATE in one.labels else 1) for one in samples if one.name == name)
        if batch and size + series > BATCH:
            yield batch
            batch, size = set(), 0
        batch.add(name)
        size += series
    yield batch


def write_blocks(data: Path, text: Iterator[str], folder: Path) -> None:
    """Samples as blocks of a database."""
    path = folder / "samples.om"
    with path.open("w") as output:
        output.writelines(text)
        output.write("# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "--max-block-duration=960h", "openmetrics", str(path), str(data)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"promtool: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    path.unlink()


class Database:
    """A Prometheus that evaluates what it is asked and scrapes nothing."""

    # After a minute Prometheus begins to put blocks together, which would be measured as well.
    LIFETIME = 45

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.folder, self.port = data, folder, free_port()
        (folder / "prometheus.yaml").write_text("global: {}\n")
        self.api = Prometheus(self.port)
        self.start()

    def start(self) -> None:
        self.program = Program(
            [
                "prometheus",
                f"--config.file={self.folder}/prometheus.yaml",
                f"--storage.tsdb.path={self.data}",
                "--storage.tsdb.retention.time=90d",
                f"--web.listen-address=127.0.0.1:{self.port}",
                f"--query.max-samples={SAMPLE_LIMIT}",
                "--query.timeout=10m",
            ],
            self.folder / "prometheus.log",
        )
        self.ends = time.monotonic() + self.LIFETIME
        wait_for("Prometheus", lambda: request(f"{self.api.url}/-/ready")[0] == 200)

    def cpu(self) -> float:
        """Seconds of CPU that the process has taken."""
        fields = Path(f"/proc/{self.program.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def cost(self, ask) -> float:
        """Seconds of CPU of one evaluation: of so many that the clock's ticks don't matter."""
        if time.monotonic() > self.ends:
            self.stop()
            self.start()
        ask()
        begin, count = self.cpu(), 0
        while count < 20 and (count < 2 or self.cpu() - begin < 0.3):
            ask()
            count += 1
        return (self.cpu() - begin) / count

    def stop(self) -> None:
        self.program.stop()


def levels(rules: list[JSON]) -> list[list[JSON]]:
    """Recording rules, those that need nothing recorded first."""
    level: dict[str, int] = {}
    for _ in rules:
        for rule in rules:
            needed = {name for name in re.findall(r"\w+:\w+:\w+", rule["expr"]) if name != rule["record"]}
            level[rule["record"]] = 1 + max([level.get(name, 0) for name in needed], default=0)
    return [[rule for rule in rules if level[rule["record"]] == one] for one in range(1, max(level.values()) + 1)]


def recorded(series: list[JSON], name: str, end: int, checks: int) -> Iterator[str]:
    """The results of a recording rule as samples at the end of the data and before."""
    back, step = RECORDED.get(name, (90, STEP))
    if name.endswith("increase5m") and checks <= MOST_FOR_A_MONTH:
        back = MONTH
    moments = range(end - back, end + 1, step)
    for one in series:
        labels = ",".join(f'{key}="{value}"' for key, value in one["metric"].items() if key != "__name__")
        value = one["value"][1]
        yield "".join([f"{name}{{{labels}}} {value} {moment}\n" for moment in moments])


class Costs:
    """What one size costs."""

    def __init__(self, root: Path, exporter: Path, checks: int, folder: Path) -> None:
        self.root, self.checks, self.folder = root, checks, folder
        self.data = folder / "data"
        # The end of a block, so that the samples of the last minutes lie in one.
        self.end = int(time.time()) // 7200 * 7200 - 30
        self.groups = yaml.safe_load((root / "deploy/prometheus/rules.yaml").read_text())["groups"]
        self.rules = [rule for group in self.groups for rule in group["rules"]]
        self.dashboards = {
            path.name: json.loads(path.read_text()) for path in sorted((root / "dashboards").glob("*.json"))
        }
        self.prepare(exporter)

    def prepare(self, exporter: Path) -> None:
        texts = [rule["expr"] for rule in self.rules]
        texts += [target["expr"] for _, _, target in self.targets()]
        names = set(re.findall(r"\w+", " ".join(texts)))
        samples = page(exporter, self.folder)
        series = sum(INSTANCES * (self.checks if TEMPLATE in one.labels else 1) for one in samples if one.name in names)
        print(f"{self.checks} checks: {series} series", flush=True)
        for batch in batches(samples, self.checks, names):
            write_blocks(self.data, lines(samples, self.checks, self.end, batch), self.folder)
        write_blocks(self.data, up(self.end), self.folder)
        for level in levels([rule for rule in self.rules if "record" in rule]):
            database = Database(self.data, self.folder)
            text = []
            for rule in level:
                text.append((rule["record"], database.api.query(rule["expr"], self.end)))
            database.stop()
            write_blocks(
                self.data,
                (line for name, result in text for line in recorded(result, name, self.end, self.checks)),
                self.folder,
            )

    def targets(self) -> Iterator[tuple[str, str, JSON]]:
        for name, dashboard in self.dashboards.items():
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    yield name, panel["title"], {**target, "points": panel.get("maxDataPoints") or 1000}

    def measure(self) -> tuple[list[tuple[str, str, float]], list[tuple[str, str, float, int]], float]:
        """Of each rule CPU seconds a minute; of each query of a dashboard CPU seconds, and samples at once; of one reading CPU seconds."""
        database = Database(self.data, self.folder)
        api = database.api
        rules, queries = [], []
        for group in self.groups:
            interval = int(group["interval"][:-1]) * {"s": 1, "m": 60, "h": 3600}[group["interval"][-1]]
            for rule in group["rules"]:
                cost = database.cost(lambda: api.query(f"count({rule['expr']})", self.end))
                if "[30d]" in rule["expr"] and self.checks > MOST_FOR_A_MONTH:
                    cost *= 10
                rules.append((group["name"], rule.get("record") or rule["alert"], cost * 60 / interval))
        for name, title, target in self.targets():
            expression = substituted(target["expr"], "c1", {"$__range": "6h", "$__rate_interval": "2m", "$window": "15m"})
            if target.get("instant"):
                start, step = self.end, STEP
                # All of the range would be read, of which only a part is there.
                factor = RANGE // HISTORY if "$__range" in target["expr"] else 1
            else:
                start, step, factor = self.end - MEASURED, max(STEP, RANGE // target["points"]), RANGE // MEASURED
            cost = database.cost(lambda: api.query_range(f"count({expression})", start, self.end, step))
            peak = api.samples_at_once(expression, start, self.end, step)
            queries.append((name, f"{title} {target['refId']}", cost * factor, peak * factor))
        reading = database.cost(lambda: api.query("count(health_component_status)", self.end))
        database.stop()
        return rules, queries, reading


def report(checks: int, rules: list, queries: list, reading: float) -> list[str]:
    """Prints the figures, and returns what is too much."""
    problems = []
    print(f"\nRules at {checks} checks x {INSTANCES}: CPU seconds per minute")
    for group in dict.fromkeys(group for group, _, _ in rules):
        print(f"  {group}: {sum(cost for one, _, cost in rules if one == group):.3f}")
        for _, name, cost in sorted((one for one in rules if one[0] == group), key=lambda one: -one[2])[:6]:
            print(f"    {name}: {cost:.3f}")
    total = sum(cost for _, _, cost in rules)
    print(f"  all: {total:.2f}, {total / reading:.1f} readings of health_component_status at {reading:.3f}")
    if total > MOST_READINGS * reading:
        problems.append(f"{checks} checks: the rules take more than {MOST_READINGS} readings a minute")
    print(f"\nDashboards at {checks} checks x {INSTANCES}, 6 h: CPU seconds to open, and the most expensive queries")
    for name in dict.fromkeys(name for name, *_ in queries):
        own = [one for one in queries if one[0] == name]
        print(f"  {name}: {sum(cost for _, _, cost, _ in own):.2f}")
        for _, title, cost, peak in sorted(own, key=lambda one: -one[2])[:5]:
            print(f"    {title}: {cost:.2f}, {peak} samples at once")
        problems += [f"{checks} checks: {name}: {title}: {peak} samples" for _, title, _, peak in own if peak > SAMPLE_LIMIT]
    return problems


def main(root: Path, exporter: Path, sizes: list[int]) -> None:
    problems = []
    for checks in sizes:
        with tempfile.TemporaryDirectory() as name:
            begin = time.monotonic()
            costs = Costs(root, exporter.resolve(), checks, Path(name))
            problems += report(checks, *costs.measure())
            print(f"  measured within {time.monotonic() - begin:.0f} s")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [int(one) for one in sys.argv[3:]] or [1000])
