"""The PromQL that the dashboards share. Every selector has the variables that its series have labels for."""

from __future__ import annotations

from .statuses import STATUSES

# Labels that a scrape gives; without Kubernetes namespace is empty, and with one cluster cluster is.
SCOPE = 'cluster=~"$cluster", namespace=~"$namespace", job=~"$job"'
# What Prometheus itself records about a scrape has no environment.
TARGET = f'{SCOPE}, instance=~"$instance"'
SERVICE = f'{TARGET}, environment=~"$environment"'
COMPONENT = f'{SERVICE}, component=~"$component"'
# The dashboard about one component: a single choice, which Grafana puts in as it is.
ONE = f'{SERVICE}, component="$component"'
CHECK = f'{ONE}, check=~"$check"'
# Recorded series are summed over instances.
RECORDED = f'{SCOPE}, environment=~"$environment", component=~"$component"'

BY_INSTANCE = "cluster, job, namespace, instance"
BY_SERVICE = "cluster, job, namespace, environment"
BY_COMPONENT = f"{BY_SERVICE}, component"
BY_CHECK = f"{BY_COMPONENT}, check"


def select(metric: str, labels: str, *more: str) -> str:
    """A selector."""
    return f"{metric}{{{', '.join([labels, *more])}}}"


def named(expression: str, *parts: str) -> str:
    """With a label `service` for legends: cluster/namespace/environment/job, without those that are empty at its beginning."""
    joined = ", ".join(f'"{part}"' for part in parts or ("cluster", "namespace", "environment", "job"))
    return f'label_replace(label_join({expression}, "service", "/", {joined}), "service", "$1", "service", "/*(.*)")'


def located(expression: str) -> str:
    """With a label `at` for links: the choices of its service. A link that named an empty label would choose nothing."""
    joined = f'label_join({expression}, "at", "&", "cluster", "namespace", "job", "environment")'
    choices = "var-cluster=$1&var-namespace=$2&var-job=$3&var-environment=$4"
    return f'label_replace({joined}, "at", "{choices}", "at", "(.*)&(.*)&(.*)&(.*)")'


def worst(metric: str, labels: str, by: str) -> str:
    """The worst status of all instances as a number: 0 healthy, 1 degraded, 2 unknown, 3 unhealthy."""
    selected = [select(metric, labels, f'status="{status}"') for status, _ in STATUSES]
    each = " or ".join(f"{number} * ({one} == 1)" for number, one in enumerate(selected))
    return f"max by ({by}) ({each})"


def worst_components(most: int) -> str:
    """The worst status of the `most` worst components, from the recording rules, which have series only of what isn't healthy."""
    seen = " or ".join(
        f"{number} * max by ({BY_COMPONENT}) ({select(f'instance:health_component_status:{status}', COMPONENT)})"
        for number, status in ((3, "unhealthy"), (2, "unknown"), (1, "degraded"))
    )
    # Without the facts, which its other series don't have.
    known = f"max by ({BY_COMPONENT}) ({recorded('component:health_component_info:count')})"
    return f"topk({most}, {seen} or 0 * {known})"


def count_by_status(metric: str, labels: str, by: str) -> dict[str, str]:
    """How many have each status at their worst instance: 0 when none has it, nothing when nobody tells."""

    def seen(matcher: str) -> str:
        return f"max by ({by}) ({select(metric, labels, matcher)})"

    unhealthy, unknown, degraded = (seen(f'status="{status}"') for status in ("unhealthy", "unknown", "degraded"))
    worse = seen('status=~"unknown|unhealthy"')
    healthy = select(metric, labels, 'status="healthy"')
    healthy_everywhere = f"min by ({by}) ({healthy})"
    return {
        "unhealthy": f"sum({unhealthy})",
        "degraded": f"sum({degraded} > bool {worse})",
        "unknown": f"sum({unknown} > bool {unhealthy})",
        "healthy": f"sum({healthy_everywhere})",
    }


def share(part: str, whole: str) -> str:
    """A share between 0 and 1, with its two numbers as the labels `part` and `whole`."""
    numbers = f'count_values("part", {part}) * on () group_left (whole) count_values("whole", {whole})'
    return f"{part} / {whole} * on () group_left (part, whole) ({numbers})"


def slots(labels: str, by: str, window: str, only_bad: bool = False) -> str:
    """Runs, and the slots that a hung run or an open breaker took; what the exporter spoilt doesn't count."""
    result = 'result=~"failure|timeout"' if only_bad else 'result!="internal"'
    runs = f"sum by ({by}) (increase({select('health_check_runs_total', labels, result)}[{window}]))"
    skips = select("health_check_skips_total", labels, 'reason=~"overlap|circuit_open"')
    return f"({runs} + sum by ({by}) (increase({skips}[{window}])))"


def success_ratio(labels: str, by: str, window: str) -> str:
    """The share of slots that succeeded."""
    return f"(1 - {slots(labels, by, window, only_bad=True)} / ({slots(labels, by, window)} > 0))"


# How long a recorded value is good, by the window that it is of: each is recorded less often than the one before.
_GOOD_FOR = {"2h": "15m", "6h": "15m", "1d": "1h", "3d": "1h", "30d": "3h"}


def recorded(series: str, window: str = "") -> str:
    """The newest value of a series of the recording rules, however long it is until the next evaluation."""
    return f"last_over_time({select(series + window, RECORDED)}[{_GOOD_FOR.get(window, '10m')}])"


def recorded_bad_ratio(window: str) -> str:
    """The share of slots that failed within a window, as it is recorded: of 30 days for all, else only for what had a bad slot."""
    return recorded("component:health_check_slots_bad_per_slots:ratio_rate", window)


def bad_ratio(window: str) -> str:
    """The same for all components."""
    ratio = recorded_bad_ratio(window)
    slots_now, bad_now = (recorded(f"component:health_check_{name}:rate", "5m") for name in ("slots", "slots_bad"))
    return f"({ratio} or 0 * ({slots_now} unless {bad_now}))"


def lately(labels: str, by: str) -> str:
    """The reason of most bad runs of each: of those within 2 minutes, or else within 15."""
    failures = select("health_check_failures_total", labels)
    # A new series increases from its first sample on, so the first failure is not in it.
    began = f"1 + 0 * (increase({failures}[15m]) unless increase({failures}[15m] offset 15m))"
    within = f"1000 * increase({failures}[2m]) > 0 or increase({failures}[15m]) > 0 or {began}"
    return f"topk by ({by}) (1, sum by ({by}, reason) ({within}))"


def quantile(number: float, histogram: str, labels: str, by: str, window: str) -> str:
    """A quantile of a histogram, which is classic or native. increase() and rate() give the same."""
    classic = f"sum by ({by}, le) (increase({select(histogram + '_bucket', labels)}[{window}]))"
    native = f"sum by ({by}) (increase({select(histogram, labels)}[{window}]))"
    return f"histogram_quantile({number}, {classic}) or histogram_quantile({number}, {native})"


def facts(labels: str, *names: str) -> str:
    """Facts of each component to join by: of several, what most instances say; its value is 1."""
    counted = f"count by ({BY_COMPONENT}, {', '.join(names)}) ({select('health_component_info', labels)})"
    return f"(topk by ({BY_COMPONENT}) (1, {counted}) > bool 0)"
