#!/usr/bin/env python3
"""Takes every alert of rules.yaml through one timeline with promtool: good, bad, a missed scrape, a new version, good again.

    rule_tests.py ROOT    needs PyYAML, and promtool in the path

Beside what turns bad stands a twin that stays good, and one that turns bad while it is suppressed: neither may ever fire.
The annotations are left out here, because they quote values; special_cases.yaml tests them.
"""

import math
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

MINUTE = 60
HOUR = 3600
DAY = 86400


def seconds(text: str) -> int:
    """A duration of Prometheus with one unit."""
    return int(text[:-1]) * {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}[text[-1]]


@dataclass
class Series:
    """A series: as a gauge it has a value in each phase, as a counter an increment per second."""

    name: str
    good: float
    bad: float
    labels: dict[str, str] = field(default_factory=dict)
    is_counter: bool = False
    has_version: bool = True


@dataclass
class Case:
    """What makes one alert fire."""

    alert: str
    severity: str
    labels: dict[str, str]
    series: list[Series]
    # Extra labels of the alert that tell one rule of this name from another.
    rule: dict[str, str] = field(default_factory=dict)
    # How long the bad phase must last, besides `for`, until the expression holds, and how long it may.
    detects: int = 0
    # How long it must have been bad at one instance, besides `for`, before instances are summed up.
    holds: int = 0
    good: int = 10 * MINUTE
    # How long the expression may hold on after the bad phase.
    clears: int = 2 * MINUTE
    step: int = 15
    is_of_component: bool = True


# In place of a value: the series isn't there.
ABSENT = float("nan")
# How long what is recorded every 10 minutes counts.
RARELY = 11 * MINUTE
IDENTITY = {"job": "orders-health", "namespace": "shop", "environment": "production"}
FACTS = {"impact": "critical", "owner": "team-orders", "runbook": "https://runbooks.example/db"}


def of_component(**labels: str) -> dict[str, str]:
    """The labels of an alert about the component that turns bad."""
    return {**IDENTITY, "component": "db", **labels}


def of_check(**labels: str) -> dict[str, str]:
    """The same for one about its check."""
    return of_component(check="primary", **labels)


def of_instance(**labels: str) -> dict[str, str]:
    """The labels of an alert about the exporter."""
    return {**IDENTITY, "instance": "a", **labels}


def status(value: str) -> list[Series]:
    """The component's status: this one when it is bad, else healthy."""
    name = "health_component_status"
    all_of_them = [Series(name, 0, int(value == one), {"status": one}) for one in ("degraded", "unknown", "unhealthy")]
    return [Series(name, 1, 0, {"status": "healthy"}), *all_of_them]


def info(impact: str = "critical", group: str = "") -> Series:
    labels = {"impact": impact, "scope": "local", "owner": FACTS["owner"], "runbook": FACTS["runbook"]}
    return Series("health_component_info", 1, 1, {**labels, **({"group": group} if group else {})})


def runs(good: float, bad: float, per: float = 0.1) -> list[Series]:
    """Runs at one rate, of which this share fails in each phase."""
    check = {"check": "primary"}
    name = "health_check_runs_total"
    return [
        Series(name, per * good, per * bad, {**check, "result": "failure"}, is_counter=True),
        Series(name, per * (1 - good), per * (1 - bad), {**check, "result": "success"}, is_counter=True),
        Series("health_check_skips_total", 0, 0, {**check, "reason": "overlap"}, is_counter=True),
        Series("health_component_objective_ratio", 0.99, 0.99),
        info(),
    ]


def burn(long: str, short: str, severity: str, bad: float, detects: int, step: int) -> Case:
    """A window pair: it takes at most `detects` until both are bad enough, and the short one to be good again."""
    return Case(
        "HealthErrorBudgetBurnFast" if severity == "critical" else "HealthErrorBudgetBurnSlow",
        severity,
        of_component(long=long, short=short, **FACTS),
        runs(0, bad),
        rule={"long": long},
        detects=detects,
        good=seconds(short),
        clears=seconds(short) + 45 * MINUTE,
        step=step,
    )


def latency(bad: float) -> list[Series]:
    """Runs that take a moment, or nearly as long as they may."""
    check = {"check": "primary"}
    return [
        Series("health_check_last_duration_seconds", 0.1, bad, check),
        Series("health_check_timeout_seconds", 2, 2, check),
        Series("health_component_status", 0, 0, {"status": "unhealthy"}),
        Series("health_component_status", 0, 0, {"status": "unknown"}),
        info(),
    ]


def certificate(left: int) -> list[Series]:
    """A certificate that expires after `left` seconds, seen after a gap so that it counts as no renewal."""
    name = "health_tls_certificate_not_after_timestamp_seconds"
    return [Series(name, ABSENT, left, {"check": "primary"}), info()]


CASES = [
    Case(
        "HealthCriticalComponentUnhealthy",
        "critical",
        of_component(status="unhealthy", **FACTS),
        [*status("unhealthy"), info()],
        holds=2 * MINUTE,
    ),
    Case(
        "HealthComponentUnhealthy",
        "warning",
        of_component(status="unhealthy", **{**FACTS, "impact": "optional"}),
        [*status("unhealthy"), info("optional")],
        rule={"instances": ""},
        holds=10 * MINUTE,
    ),
    Case(
        "HealthCriticalGroupUnhealthy",
        "critical",
        {**IDENTITY, "group": "stores", "status": "unhealthy", **FACTS},
        [
            *status("unhealthy"),
            info(group="stores"),
            Series("health_group_status", 0, 1, {"group": "stores", "status": "unhealthy"}),
        ],
        holds=2 * MINUTE,
    ),
    Case(
        "HealthGroupUnhealthy",
        "warning",
        {**IDENTITY, "group": "stores", "status": "unhealthy", **FACTS, "impact": "optional"},
        [
            *status("unhealthy"),
            info("optional", group="stores"),
            Series("health_group_status", 0, 1, {"group": "stores", "status": "unhealthy"}),
        ],
        rule={"instances": ""},
        holds=10 * MINUTE,
    ),
    Case(
        "HealthComponentDegraded",
        "warning",
        of_component(status="degraded", **FACTS),
        [*status("degraded"), info()],
        holds=15 * MINUTE,
    ),
    Case(
        "HealthComponentUnknown",
        "warning",
        of_component(status="unknown", **FACTS),
        [*status("unknown"), info()],
        holds=4 * MINUTE,
    ),
    burn("1h", "5m", "critical", 1, 12 * MINUTE, 15),
    burn("6h", "30m", "critical", 1, 30 * MINUTE, 15),
    burn("1d", "2h", "warning", 0.5, 2 * HOUR, 60),
    burn("3d", "6h", "warning", 0.5, 2 * HOUR, 60),
    Case(
        "HealthCheckFlapping",
        "warning",
        of_check(**FACTS),
        [Series("health_check_transitions_total", 0, 1 / 60, {"check": "primary"}, is_counter=True), info()],
        detects=10 * MINUTE,
        clears=30 * MINUTE + RARELY,
    ),
    Case("HealthCheckSlow", "warning", of_check(**FACTS), latency(1.9), detects=5 * MINUTE, clears=HOUR + RARELY),
    Case("HealthCriticalCertificateExpiring", "critical", of_check(**FACTS), certificate(2 * DAY), clears=2 * MINUTE + RARELY),
    Case("HealthCertificateExpiring", "warning", of_check(**FACTS), certificate(10 * DAY), clears=2 * MINUTE + RARELY),
    Case(
        "HealthDrillActive",
        "info",
        of_component(scope="local", drill="true", **FACTS),
        [Series("health_component_drill_active", 0, 1), info()],
        is_of_component=False,
    ),
    Case(
        "HealthComponentSuppressedTooLong",
        "info",
        of_component(**FACTS),
        [Series("health_component_suppressed", 0, 1, {"reason": "dependency"}), info()],
        clears=2 * MINUTE + RARELY,
        step=30,
        is_of_component=False,
    ),
    Case(
        "HealthServiceNotReady",
        "critical",
        IDENTITY,
        [Series("health_probe_passing", 1, 0, {"probe": "readiness"})],
        is_of_component=False,
    ),
    Case(
        "HealthExportersDown",
        "critical",
        {"job": "orders-health", "namespace": "shop"},
        [Series("up", 1, 0, has_version=False), Series("health_exporter_build_info", 1, 1)],
        # More than half of ten minutes.
        detects=6 * MINUTE,
        clears=6 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterDown",
        "warning",
        {"job": "orders-health", "namespace": "shop", "instance": "a"},
        [Series("up", 1, 0, has_version=False), Series("health_exporter_build_info", 1, 1)],
        detects=6 * MINUTE,
        clears=6 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterConfigReloadFailed",
        "warning",
        of_instance(),
        [Series("health_exporter_config_last_reload_successful", 1, 0)],
        clears=5 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterStalled",
        "warning",
        of_instance(loop="scheduler"),
        [
            # Beyond the limit of this exporter, and not of another.
            Series("health_exporter_stall_seconds", 50, 70, {"loop": "scheduler"}),
            Series("health_exporter_stall_limit_seconds", 60, 60),
        ],
        is_of_component=False,
    ),
    Case(
        "HealthExporterLate",
        "warning",
        of_instance(),
        [
            Series("health_exporter_schedule_delay_seconds_bucket", 1, 0, {"le": "1.0"}, is_counter=True),
            Series("health_exporter_schedule_delay_seconds_bucket", 1, 1, {"le": "5.0"}, is_counter=True),
            Series("health_exporter_schedule_delay_seconds_bucket", 1, 1, {"le": "+Inf"}, is_counter=True),
        ],
        detects=MINUTE,
        clears=15 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterInternalResults",
        "warning",
        of_instance(component="db", **FACTS),
        [
            Series("health_component_info", 1, 1, {"component": "db", "scope": "local", **FACTS}),
            Series("health_check_runs_total", 0, 0.1, {"component": "db", "check": "p", "result": "internal"}, True),
            Series("health_check_skips_total", 0, 0, {"component": "db", "check": "p", "reason": "saturated"}, True),
        ],
        detects=MINUTE,
        clears=15 * MINUTE + RARELY,
        is_of_component=False,
    ),
    Case(
        "HealthExporterRestarting",
        "warning",
        of_instance(),
        [
            Series("process_start_time_seconds", 0, 1 / 120, is_counter=True),
            Series("health_exporter_build_info", 1, 1),
        ],
        detects=10 * MINUTE,
        clears=30 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterRunsOverdue",
        "warning",
        of_instance(),
        [Series("health_exporter_runs_overdue", 0, 1)],
        detects=10 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterLogsDropped",
        "info",
        of_instance(),
        [Series("health_exporter_log_events_dropped_total", 0, 0.1, is_counter=True)],
        detects=MINUTE,
        clears=15 * MINUTE,
        is_of_component=False,
    ),
    Case(
        "HealthExporterStateNotWritable",
        "info",
        of_instance(),
        [Series("health_exporter_state_writable", 1, 0)],
        clears=5 * MINUTE,
        is_of_component=False,
    ),
]

# These have a timeline of their own, in special_cases.yaml.
ELSEWHERE = {
    "HealthExporterAbsent",
    "HealthExporterNeverScraped",
    "HealthExporterVersionSkew",
    "HealthHeartbeatMissed",
    "HealthReplicasDisagree",
    "Watchdog",
}


@dataclass
class Timeline:
    """The steps at which something happens."""

    bad: int
    missed: int
    fires: int
    change: int
    good: int
    end: int

    def __init__(self, case: Case, wait: int, keep: int) -> None:
        step = case.step
        self.bad = case.good // step
        self.missed = self.bad + max(2, wait // step // 2)
        self.fires = self.bad + (case.detects + wait) // step + 4
        self.change = self.fires + 20
        # Ranges that a restart cuts in two need their time again.
        self.good = self.change + 20 + case.detects // step
        self.end = self.good + (case.clears + keep + 2 * MINUTE) // step + 8

    def phase(self, step: int) -> bool:
        """Whether it is bad at this step."""
        return self.bad <= step < self.good


def values(series: Series, case: Case, timeline: Timeline, version: str, can_be_bad: bool) -> str:
    """The samples of a series in promtool's notation, a version's own part of them."""
    first, last = (0, timeline.change) if version == "1" else (timeline.change, timeline.end)
    if not series.has_version:
        first, last = 0, timeline.end
    samples: list[str] = ["_"] * first
    total = 0.0
    for step in range(first, last):
        is_bad = can_be_bad and timeline.phase(step)
        value = series.bad if is_bad else series.good
        if series.is_counter:
            total += value * case.step
            value = total
        is_missed = step == timeline.missed and series.has_version
        if is_missed or math.isnan(value):
            samples.append("stale")
        else:
            samples.append(f"{value:.3f}" if series.is_counter else f"{value:g}")
    if last < timeline.end:
        samples.append("stale")
    return " ".join(samples)


def input_series(case: Case, timeline: Timeline) -> list[dict[str, str]]:
    """What Prometheus scraped: the component that turns bad and, where there can be, its two twins."""
    twins = (
        [("db", True, False), ("fine", False, False), ("quiet", True, True)]
        if case.is_of_component
        else [("db", True, False)]
    )
    result = []
    for component, can_be_bad, is_suppressed in twins:
        series = list(case.series)
        if is_suppressed:
            series.append(Series("health_component_suppressed", 1, 1, {"reason": "maintenance"}))
        for one in series:
            labels = {**IDENTITY, "instance": "a", **one.labels}
            if one.name.startswith(("health_check_", "health_component_", "health_tls_")):
                labels.setdefault("component", component)
            if one.labels.get("group"):
                labels["group"] = f"{one.labels['group']}{'' if component == 'db' else '-' + component}"
            for version in ("1", "2") if one.has_version else ("",):
                if one.has_version:
                    labels["version"] = version
                else:
                    labels.pop("environment")
                text = ", ".join(f'{key}="{value}"' for key, value in labels.items())
                result.append(
                    {"series": f"{one.name}{{{text}}}", "values": values(one, case, timeline, version, can_be_bad)}
                )
    return result


def unit_test(case: Case, rule: dict) -> dict:
    """The test of one alert."""
    wait, keep = seconds(rule.get("for", "0s")) + case.holds, seconds(rule.get("keep_firing_for", "0s"))
    timeline = Timeline(case, wait, keep)
    fires = [{"exp_labels": {"severity": case.severity, **case.labels}}]

    def at(step: int, expected: list[dict]) -> dict:
        return {"eval_time": f"{step * case.step}s", "alertname": case.alert, "exp_alerts": expected}

    checks = [at(timeline.bad - 1, [])]
    if wait > 0:
        checks.append(at(timeline.bad + wait // case.step - 1, []))
    checks += [at(step, fires) for step in (timeline.fires, timeline.change, timeline.change + 4, timeline.good - 1)]
    checks.append(at(timeline.end - 1, []))
    return {
        "name": f"{case.alert} {case.severity} {case.rule}",
        "interval": f"{case.step}s",
        "input_series": input_series(case, timeline),
        "alert_rule_test": checks,
    }


def rule_of(case: Case, rules: list[dict]) -> dict:
    """The rule that a case is about."""
    found = [
        rule
        for rule in rules
        if rule.get("alert") == case.alert
        and rule["labels"]["severity"] == case.severity
        and all(rule["labels"].get(key, "") == value for key, value in case.rule.items())
    ]
    assert len(found) == 1, f"{case.alert} {case.severity} {case.rule}: {len(found)} rules"
    return found[0]


def alone(groups: list[dict], rule: dict) -> list[dict]:
    """One alert with the recording rules that it needs: others of its name would fire beside it."""
    recorded = {one["record"]: one for group in groups for one in group["rules"] if "record" in one}
    needed, open_ones = [rule], [rule]
    while open_ones:
        expression = open_ones.pop()["expr"]
        for name in re.findall(r"\w+:\w+:\w+", expression):
            if recorded[name] not in needed:
                needed.append(recorded[name])
                open_ones.append(recorded[name])
    kept = [{**group, "rules": [one for one in group["rules"] if one in needed]} for group in groups]
    return [group for group in kept if group["rules"]]


def promtool(folder: Path, name: str, content: dict) -> None:
    """Runs one file of tests; ends the program when one fails."""
    path = folder / name
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    result = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{name}: {result.stdout}{result.stderr}"[:8000])


# How long Prometheus takes a sample for current.
LOOKBACK = 5 * MINUTE


def misses(groups: list[dict]) -> list[str]:
    """Readings of series that are recorded so rarely that they would be gone in between: those need a range of two intervals."""
    intervals = {rule["record"]: seconds(group["interval"]) for group in groups for rule in group["rules"] if "record" in rule}
    found = []
    for group in groups:
        for rule in group["rules"]:
            for name, window in re.findall(r"(\w+:\w+:\w+)(?:\{[^}]*\})?(?:\[(\w+)[:\]])?", rule["expr"]):
                interval, own = intervals[name], name in {one.get("record") for one in group["rules"]}
                if interval < LOOKBACK or own and not window:
                    continue
                # What is read of itself over a long time, or of others at least as long as it takes to be recorded again.
                if not window or duration(window) <= interval:
                    found.append(f"{rule.get('record') or rule['alert']}: {name} is recorded every {interval} s")
    return found


def duration(text: str) -> int:
    """A duration with several units."""
    return sum(seconds(part) for part in re.findall(r"\d+[smhd]", text))


def main(root: Path) -> None:
    groups = yaml.safe_load((root / "deploy/prometheus/rules.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    alerts = [rule for rule in rules if "alert" in rule]
    covered = [id(rule_of(case, rules)) for case in CASES]
    elsewhere = [rule for rule in alerts if rule["alert"] in ELSEWHERE or rule["labels"].get("instances") == "few"]
    missing = [rule["alert"] for rule in alerts if id(rule) not in covered and rule not in elsewhere]
    assert not missing, f"without a test: {missing}"
    # An alert that is called otherwise never fires, as those want to see that look for silence.
    text = (root / "Tests/Rules/special_cases.yaml").read_text()
    patterns = [one for found in re.findall(r'alertname=~?"([^"]+)"', text) for one in found.split("|")]
    patterns += re.findall(r"alertname: (\w+)", text)
    unknown = {one for one in patterns if not any(re.fullmatch(one, rule["alert"]) for rule in alerts)}
    assert len(patterns) > 40 and not unknown, f"special_cases.yaml names no alerts: {unknown}"
    assert not misses(groups), misses(groups)
    rare = [{"interval": "15m", "rules": [{"record": "a:b:c", "expr": "up"}]}, {"interval": "1m", "rules": [{"alert": "A", "expr": "a:b:c > 1"}]}]
    assert misses(rare), "it can't fail"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rule in alerts:
            rule.pop("annotations")
        for number, case in enumerate(CASES):
            rule = rule_of(case, rules)
            (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": alone(groups, rule)}, sort_keys=False))
            only = unit_test(case, rule)
            promtool(
                folder,
                f"{number}.yaml",
                {"rule_files": ["rules.yaml"], "evaluation_interval": f"{case.step}s", "tests": [only]},
            )
            print(
                f"{case.alert} ({case.severity}{''.join(' ' + v for v in case.rule.values())}): "
                f"{len(only['alert_rule_test'])} moments, {len(only['input_series'])} series"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
