"""The PromQL that the dashboards share. Every selector has `job` and `instance`, so that both choices reach every panel."""

from __future__ import annotations

from .model import STATUSES, Annotation, Variable

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


def quantile(number: float, labels: str, by: str, window: str = "$__rate_interval") -> str:
    """A quantile of the latency."""
    buckets = select("health_check_duration_seconds_bucket", labels)
    return f"histogram_quantile({number}, sum by ({by}, le) (rate({buckets}[{window}])))"


def facts(labels: str, *names: str) -> str:
    """Facts of each component to join by (job, namespace, environment, component): of several, what most instances say; its value is 1."""
    by = "job, namespace, environment, component"
    counted = f"count by ({by}, {', '.join(names)}) ({select('health_component_info', labels)})"
    return f"(topk by ({by}) (1, {counted}) > bool 0)"


VARIABLES = [
    Variable("job", "Job", "label_values(health_exporter_build_info, job)"),
    Variable("environment", "Environment", 'label_values(health_exporter_build_info{job=~"$job"}, environment)', ".*"),
    Variable(
        "component",
        "Component",
        'label_values(health_component_info{job=~"$job", environment=~"$environment"}, component)',
    ),
    Variable(
        "check",
        "Check",
        'label_values(health_check_info{job=~"$job", environment=~"$environment", component=~"$component"}, check)',
    ),
    Variable(
        "instance",
        "Instance",
        'label_values(health_exporter_build_info{job=~"$job", environment=~"$environment"}, instance)',
    ),
]

_TRANSITION = select("health_component_last_transition_timestamp_seconds", COMPONENT)
_BUILD = select("health_exporter_build_info", SERVICE)
_RELOAD = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
_DRILL = select("health_component_drill_active", COMPONENT)

ANNOTATIONS = [
    Annotation(
        "Status changes",
        f"max by (job, namespace, environment, component) (changes({_TRANSITION}[$__rate_interval])) > 0",
        "{{component}} changed its status",
        "{{job}} in {{environment}}",
        "component",
        "orange",
        is_on=True,
    ),
    Annotation(
        "Versions",
        f"group by (job, namespace, environment, version) ({_BUILD}) unless group by (job, namespace, environment, version) ({_BUILD} offset $__rate_interval)",
        "Version {{version}}",
        "{{job}} in {{environment}}",
        "version",
        "blue",
    ),
    Annotation(
        "Reloads",
        f"max by (job, namespace, environment, instance) (changes({_RELOAD}[$__rate_interval])) > 0",
        "Configuration reloaded",
        "{{instance}} of {{job}} in {{environment}}",
        "instance",
        "purple",
    ),
    Annotation(
        "Drills",
        f"max by (job, namespace, environment, component) ({_DRILL}) == 1",
        "Drill of {{component}}",
        "{{job}} in {{environment}}",
        "component",
        "super-light-red",
        is_on=True,
    ),
]
