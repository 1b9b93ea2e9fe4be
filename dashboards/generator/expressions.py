"""The PromQL that the dashboards share. Every selector has `job` and `instance`, so that both choices reach every panel."""

from __future__ import annotations

from .statuses import STATUSES

SERVICE = 'job=~"$job", environment=~"$environment", instance=~"$instance"'
COMPONENT = f'{SERVICE}, component=~"$component"'
CHECK = f'{COMPONENT}, check=~"$check"'
# What Prometheus itself records about a scrape has no environment.
TARGET = 'job=~"$job", instance=~"$instance"'


def select(metric: str, labels: str, *more: str) -> str:
    """A selector."""
    return f"{metric}{{{', '.join([labels, *more])}}}"


def worst(metric: str, labels: str, by: str) -> str:
    """The worst status of all instances as a number: 0 healthy, 1 degraded, 2 unknown, 3 unhealthy."""
    selected = [select(metric, labels, f'status="{status}"') for status, _ in STATUSES]
    each = " or ".join(f"{number} * {one}" for number, one in enumerate(selected))
    return f"max by ({by}) ({each})"


def slots(labels: str, by: str, window: str, only_bad: bool = False) -> str:
    """Runs, and the slots that a hung run or an open breaker took; what the exporter spoilt doesn't count."""
    result = 'result=~"failure|timeout"' if only_bad else 'result!="internal"'
    runs = f"sum by ({by}) (increase({select('health_check_runs_total', labels, result)}[{window}]))"
    skips = select("health_check_skips_total", labels, 'reason=~"overlap|circuit_open"')
    return f"({runs} + sum by ({by}) (increase({skips}[{window}])))"


def bad_ratio(labels: str, by: str, window: str) -> str:
    """The share of slots that failed."""
    return f"{slots(labels, by, window, only_bad=True)} / ({slots(labels, by, window)} > 0)"


def allowed(labels: str, by: str) -> str:
    """The share of slots that may fail by the objective."""
    return f"(1 - max by ({by}) ({select('health_component_objective_ratio', labels)}))"


def quantile(number: float, histogram: str, labels: str, by: str, window: str = "$__rate_interval") -> str:
    """A quantile of a histogram, which is classic or native."""
    classic = f"sum by ({by}, le) (rate({select(histogram + '_bucket', labels)}[{window}]))"
    native = f"sum by ({by}) (rate({select(histogram, labels)}[{window}]))"
    return f"histogram_quantile({number}, {classic}) or histogram_quantile({number}, {native})"


def facts(labels: str, *names: str) -> str:
    """Facts of each component to join by (job, namespace, environment, component): of several, what most instances say; its value is 1."""
    by = "job, namespace, environment, component"
    counted = f"count by ({by}, {', '.join(names)}) ({select('health_component_info', labels)})"
    return f"(topk by ({by}) (1, {counted}) > bool 0)"
