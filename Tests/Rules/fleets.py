#!/usr/bin/env python3
"""Plays what happens to fleets of exporters, at several scrape intervals, and says which alerts fired.

    fleets.py ROOT    needs PyYAML, and promtool in the path

A story gives each instance its life: when it starts, how it sees its components, which scrapes are missed. Each is played at 10, 30 and
60 s between two scrapes; at 30 s the groups of rules are evaluated in the opposite order, because in Prometheus they have none.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import yaml

MINUTE, HOUR = 60, 3600
STATUSES = ("healthy", "degraded", "unknown", "unhealthy")
# What an instance sees at a second of its life.
Life = Callable[[int], str]


def always(status: str) -> Life:
    return lambda second: status


def between(begin: int, end: int, status: str = "unhealthy", otherwise: str = "healthy") -> Life:
    """A status from one second to another, in time of the story."""
    return lambda second: status if begin <= second < end else otherwise


def turns(period: int, *statuses: str) -> Life:
    """Statuses that follow one another."""
    return lambda second: statuses[second // period % len(statuses)]


@dataclass
class Instance:
    """One exporter."""

    name: str
    sees: dict[str, Life]
    begins: int = 0
    ends: int | None = None
    # Whether a scrape at this second succeeds.
    is_scraped: Callable[[int], bool] = lambda second: True
    # How runs end where that isn't as the status says.
    runs: dict[str, Life] = field(default_factory=dict)
    # Which components are suppressed at which second.
    suppressed: dict[str, Callable[[int], bool]] = field(default_factory=dict)

    def lives(self, second: int) -> bool:
        return self.begins <= second and (self.ends is None or second < self.ends) and self.is_scraped(second)


@dataclass
class Story:
    """What happens, and what may fire."""

    name: str
    duration: int
    instances: list[Instance]
    # Alerts that fired at some time, as (alert, component or job); and nothing else.
    fires: set[tuple[str, str]]
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    objective: float = 0.99
    # Seconds between two runs of the check.
    interval: int = 10
    # By when a page has to fire: seconds after the beginning of the story.
    pages_until: dict[str, int] = field(default_factory=dict)
    # What may fire as well.
    may_fire: set[tuple[str, str]] = field(default_factory=set)
    # Whether an alert that fires may begin only once.
    begins_once: bool = True


def series(story: Story, scrape: int) -> Iterator[tuple[str, list[float | None]]]:
    """Each series with its samples; None where there is none."""
    moments = range(0, story.duration + 1, scrape)
    for one in story.instances:
        where = f'job="orders", namespace="shop", instance="{one.name}"'
        known = any(one.lives(second) for second in moments)
        if not known:
            continue
        in_discovery = [one.begins <= second and (one.ends is None or second < one.ends) for second in moments]
        yield f"up{{{where}}}", [float(one.lives(s)) if there else None for s, there in zip(moments, in_discovery)]
        labels = f'{where}, environment="prod", version="1"'

        def whenever(value: Callable[[int], float]) -> list[float | None]:
            return [value(second) if one.lives(second) else None for second in moments]

        yield f"health_exporter_build_info{{{labels}}}", whenever(lambda _: 1)
        critical = [name for name in one.sees if story.facts.get(name, {}).get("impact", "critical") == "critical"]
        yield (
            f'health_probe_passing{{{labels}, probe="readiness"}}',
            whenever(lambda s: float(all(one.sees[name](s) in ("healthy", "degraded") for name in critical))),
        )
        for component, life in one.sees.items():
            facts = {"impact": "critical", "scope": "local", **story.facts.get(component, {})}
            text = ", ".join(f'{key}="{value}"' for key, value in facts.items())
            about = f'{labels}, component="{component}"'
            yield f"health_component_info{{{about}, {text}}}", whenever(lambda _: 1)
            yield f"health_component_objective_ratio{{{about}}}", whenever(lambda _: story.objective)
            if component in one.suppressed:
                suppressed = one.suppressed[component]
                yield (
                    f'health_component_suppressed{{{about}, reason="maintenance"}}',
                    whenever(lambda s, suppressed=suppressed: float(suppressed(s))),
                )
            check = f'{about}, check="c"'
            for status in STATUSES:
                is_so = whenever(lambda s, life=life, status=status: float(life(s) == status))
                yield f'health_component_status{{{about}, status="{status}"}}', is_so
                yield f'health_check_status{{{check}, status="{status}"}}', is_so
            yield f'health_check_skips_total{{{check}, reason="overlap"}}', whenever(lambda _: 0)
            slots = range(one.begins, story.duration + 1, story.interval)
            for result, kinds in (("success", ("healthy", "degraded")), ("failure", ("unhealthy",))):
                runs = [second for second in slots if one.runs.get(component, life)(second) in kinds]
                counted, count, index = {}, 0, 0
                for second in moments:
                    while index < len(runs) and runs[index] <= second:
                        count, index = count + 1, index + 1
                    counted[second] = float(count)
                yield f'health_check_runs_total{{{check}, result="{result}"}}', whenever(counted.__getitem__)


def notation(samples: list[float | None]) -> str:
    """Samples as promtool reads them; a series that ends is marked as stale."""
    parts, before = [], None
    for sample in samples:
        parts.append(f"{sample:g}" if sample is not None else "stale" if before is not None else "_")
        before = sample
    return " ".join(parts)


# These say nothing about a story.
LEFT_OUT = ["Watchdog", "HealthExporterNeverScraped"]


def unit_test(story: Story, scrape: int, evaluation: int) -> dict:
    """The test of promtool."""

    def labels(name: str, subject: str) -> str:
        label = "component" if any(subject in one.sees for one in story.instances) else "job"
        return f'alertname="{name}", {label}="{subject}"'
    window = f"[{story.duration}s:{evaluation}s]"
    left_out = "|".join([*LEFT_OUT, *(name for name, _ in story.may_fire)])
    about = f'component!="", alertstate="firing", alertname!~"{left_out}"'
    without = f'component="", alertstate="firing", alertname!~"{left_out}"'
    checks = [
        {
            "expr": f"group by (alertname, component) (max_over_time(ALERTS{{{about}}}[{story.duration}s])) or "
            f"group by (alertname, job) (max_over_time(ALERTS{{{without}}}[{story.duration}s]))",
            "eval_time": f"{story.duration}s",
            "exp_samples": [
                {
                    "labels": f"{{{labels(name, subject)}}}",
                    "value": 1,
                }
                for name, subject in sorted(story.fires)
            ],
        }
    ]
    for name, subject in sorted(story.fires):
        firing = f'ALERTS{{alertstate="firing", {labels(name, subject)}}}'
        if name in story.pages_until:
            checks.append(
                {
                    "expr": f"group(max_over_time({firing}[{story.duration}s]))",
                    # A scrape, and an evaluation of what is recorded each minute.
                    "eval_time": f"{story.pages_until[name] + scrape + 90}s",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            )
        if story.begins_once and "Disagree" not in name and name != "HealthComponentUnhealthy":
            # How often it is there where it was not an evaluation before.
            fresh = f"(group({firing}) unless on () (group({firing} offset {evaluation}s)))"
            checks.append(
                {
                    "expr": f"count_over_time({fresh}{window})",
                    "eval_time": f"{story.duration}s",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            )
    return {
        "name": f"{story.name} ({len(story.instances)} instances, scrapes every {scrape} s)",
        "interval": f"{scrape}s",
        "input_series": [
            {"series": name, "values": notation(samples)} for name, samples in series(story, scrape)
        ],
        "promql_expr_test": checks,
    }


def rollout(count: int, surge: int, startup: int, outage: Life | None = None) -> list[Instance]:
    """A rolling update: `surge` new pods at a time, each unhealthy until it has started, then as many old ones end."""
    instances, begin = [], 5 * MINUTE
    for number in range(count):
        wave = number // surge
        start = begin + wave * (startup + 20)
        old = outage or always("healthy")
        instances.append(Instance(f"old-{number}", {"db": old}, ends=start + startup + 10))

        def life(second: int, start: int = start) -> str:
            if second < start + startup:
                return "unhealthy"
            return outage(second) if outage else "healthy"

        instances.append(Instance(f"new-{number}", {"db": life}, begins=start))
    return instances


def several(count: int, bad: int, life: Life, component: str = "db", **more) -> list[Instance]:
    """Instances of which the first so many see something."""
    return [
        Instance(f"i{number}", {component: life if number < bad else always("healthy")}, **more)
        for number in range(count)
    ]


def missing(every: int, of: int) -> Callable[[int], bool]:
    """Scrapes of which some of so many fail, by the minute."""
    return lambda second: second // MINUTE % of >= every


PAGE, WARNING = "HealthCriticalComponentUnhealthy", "HealthComponentUnhealthy"
FAST, SLOW = "HealthErrorBudgetBurnFast", "HealthErrorBudgetBurnSlow"
OUTAGE = between(20 * MINUTE, 40 * MINUTE)


def stories() -> Iterator[Story]:
    for count, surge, startup in ((12, 3, 35), (12, 3, 55), (10, 1, 55), (20, 5, 90), (4, 1, 110)):
        # Longer than the last wave.
        duration = 10 * MINUTE + (count // surge + 2) * (startup + 20)
        yield Story(f"a rollout, {startup} s to start", duration, rollout(count, surge, startup), set())
    yield Story(
        "an outage during a rollout",
        60 * MINUTE,
        rollout(12, 2, 55, between(7 * MINUTE, 30 * MINUTE)),
        {(PAGE, "db")},
        pages_until={PAGE: 9 * MINUTE},
    )
    for count in (1, 2, 3, 20):
        yield Story(
            "an outage",
            60 * MINUTE,
            several(count, count, OUTAGE),
            {(PAGE, "db")},
            pages_until={PAGE: 22 * MINUTE},
        )
        yield Story(
            "a failure of a minute and a half",
            60 * MINUTE,
            several(count, count, between(20 * MINUTE, 20 * MINUTE + 90)),
            set(),
        )
    yield Story("one of 20 for 3 minutes", 60 * MINUTE, several(20, 1, between(1200, 1380)), set())
    yield Story("one of 20 for 20 minutes", 60 * MINUTE, several(20, 1, OUTAGE), {(WARNING, "db")})
    yield Story("six of 20", 60 * MINUTE, several(20, 6, OUTAGE), {(PAGE, "db")})
    second = several(20, 0, OUTAGE)
    second[3].sees["db"], second[7].sees["db"] = between(600, 2 * HOUR), between(600 + 35 * MINUTE, 2 * HOUR)
    yield Story(
        "a second of 20 fails 35 minutes after the first",
        2 * HOUR,
        second,
        {(WARNING, "db")},
        may_fire={(SLOW, "db")},
        begins_once=False,
    )
    shared = {"db": {"scope": "shared"}}
    yield Story(
        "one of three replicas is cut off",
        2 * HOUR,
        several(3, 1, between(30 * MINUTE, 90 * MINUTE)),
        {("HealthReplicasDisagree", "db")},
        facts=shared,
    )
    yield Story(
        "one of two replicas is cut off",
        2 * HOUR,
        several(2, 1, between(30 * MINUTE, 90 * MINUTE)),
        {("HealthReplicasDisagree", "db")},
        facts=shared,
    )
    yield Story("two of three replicas see an outage", HOUR, several(3, 2, OUTAGE), {(PAGE, "db")}, facts=shared)
    for count in (1, 2, 3):
        flaky = several(count, 0, OUTAGE)
        for one in flaky:
            one.runs["db"] = turns(10, "healthy", "unhealthy")
        yield Story("every other run fails at all replicas", 2 * HOUR, flaky, {(FAST, "db")}, facts=shared, may_fire={(SLOW, "db")})
    flaky = several(3, 0, OUTAGE)
    flaky[0].runs["db"] = turns(10, "healthy", "unhealthy")
    yield Story("every other run fails at one of three replicas", 2 * HOUR, flaky, set(), facts=shared)
    window = {"db": lambda second: 20 * MINUTE <= second < 42 * MINUTE}
    planned = several(2, 2, between(20 * MINUTE, 41 * MINUTE))
    for one in planned:
        one.suppressed = window
        # Too few in a row to be unhealthy, and more than the budget of an hour that was spent in the window would bear.
        one.runs["db"] = lambda s: "unhealthy" if 1200 <= s < 2460 or 3120 <= s < 3360 and s // 10 % 2 else "healthy"
    yield Story("an outage in a planned window, then some failures", 2 * HOUR, planned, set())
    for period in (30, 90, 110, 180, 300):
        page, unknown = {(PAGE, "db")}, {("HealthComponentUnknown", "db")}
        # The page wants two minutes at a stretch, gaps of less than two aside.
        is_page = period in (30, 90, 300)
        yield Story(
            f"unhealthy and unknown take turns every {period} s",
            HOUR,
            several(2, 2, turns(period, "unhealthy", "unknown")),
            page if is_page else unknown,
            may_fire={*(unknown if is_page else page), (FAST, "db"), ("HealthServiceNotReady", "orders")},
            begins_once=False,
        )
    optional = {"db": {"impact": "optional"}}
    yield Story(
        "an optional component takes turns",
        HOUR,
        several(2, 2, turns(150, "unhealthy", "unknown")),
        {("HealthComponentUnknown", "db")},
        facts=optional,
        may_fire={(WARNING, "db"), (SLOW, "db")},
        begins_once=False,
    )
    for every, of in ((1, 8), (1, 4)):
        lossy = several(2, 2, always("healthy"))
        for one in lossy:
            one.is_scraped = missing(every, of)
        yield Story(f"{every} of {of} minutes without scrapes", 2 * HOUR, lossy, set())
        bad = several(2, 2, OUTAGE)
        for one in bad:
            one.is_scraped = missing(every, of)
        yield Story(f"an outage, {every} of {of} minutes without scrapes", HOUR, bad, {(PAGE, "db")})
    gone = several(2, 2, always("healthy"))
    for one in gone:
        one.is_scraped = missing(7, 8)
    yield Story("7 of 8 minutes without scrapes", 2 * HOUR, gone, {("HealthExportersDown", "orders"), ("HealthExporterDown", "orders")})
    yield Story(
        "a component that nobody knows",
        HOUR,
        several(2, 2, between(20 * MINUTE, 40 * MINUTE, "unknown")),
        {("HealthComponentUnknown", "db"), ("HealthServiceNotReady", "orders")},
    )
    yield Story(
        "a component that is degraded",
        HOUR,
        several(2, 1, between(10 * MINUTE, 40 * MINUTE, "degraded")),
        {("HealthComponentDegraded", "db")},
    )


def failure(rules: Path, story: Story, scrape: int, evaluation: int, order: list[str]) -> str:
    """What promtool finds wrong with a story; empty when it is as expected."""
    test = {
        "rule_files": [str(rules)],
        "evaluation_interval": f"{evaluation}s",
        "group_eval_order": order,
        "tests": [unit_test(story, scrape, evaluation)],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.dump(test, file, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), width=10**9)
        file.flush()
        result = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True, check=False)
    return f"{story.name}, scrapes every {scrape} s:\n{result.stdout}{result.stderr}" if result.returncode else ""


def main(root: Path) -> None:
    rules = (root / "deploy/prometheus/rules.yaml").resolve()
    groups = [group["name"] for group in yaml.safe_load(rules.read_text())["groups"]]
    with ThreadPoolExecutor(2) as pool:
        results = [
            pool.submit(failure, rules, story, scrape, evaluation, order)
            for scrape, evaluation, order in ((10, 30, groups), (30, 30, groups[::-1]), (60, 60, groups))
            for story in stories()
        ]
    failures = [text for text in (one.result() for one in results) if text]
    if failures:
        sys.exit("\n".join(failures)[:20_000])
    print(f"{len(results)} stories")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
