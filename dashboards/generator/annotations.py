"""Lines and areas across all panels: what happened, when."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from .expressions import BY_COMPONENT, BY_SERVICE, SERVICE, select
from .queries import DATASOURCE, events

_PLACE = "{{job}} {{namespace}} in {{environment}}"
_BUILD = select("health_exporter_build_info", SERVICE)
_STARTED = select("process_start_time_seconds", SERVICE)
_RELOADED = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
# The same process before and now: else each start would look as if everything had changed, from pending to what it is.
_RUNS_ON = f"({_STARTED} == {_STARTED} offset $__rate_interval)"
_MOST = 20


def _annotation(
    name: str, expression: str, title: str, tags: str, color: str, text: str = _PLACE
) -> AnnotationQuery:
    """Grafana reads `target`; `expr` and `step` say the same for what reads older dashboards."""
    return (
        AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(False)
        .hide(False)
        .icon_color(color)
        .target(events(expression))
        .expr(expression)
        .step("60s")
        .title_format(title)
        .text_format(text)
        .tag_keys(tags)
    )


def annotations(component: str) -> dict[str, AnnotationQuery]:
    """All of them, for the components that the matchers `component` choose."""
    changes = f"increase({select('health_check_transitions_total', component)}[$__rate_interval])"
    of_running = f"{changes} and on (cluster, job, namespace, instance) {_RUNS_ON}"
    by_version = f"{BY_SERVICE}, version"
    return {
        "changes": _annotation(
            "Status changes",
            f"topk({_MOST}, sum by ({BY_COMPONENT}) ({of_running}) > 0)",
            "{{component}}: a check changed its status",
            "component",
            "orange",
        ).enable(True),
        "drills": _annotation(
            "Drills",
            f"topk({_MOST}, max by ({BY_COMPONENT}) ({select('health_component_drill_active', component)}) == 1)",
            "Drill of {{component}}",
            "component",
            "super-light-red",
        ).enable(True),
        "versions": _annotation(
            "Versions",
            f"group by ({by_version}) ({_BUILD}) unless group by ({by_version}) ({_BUILD} offset $__rate_interval)",
            "Version {{version}}",
            "version",
            "blue",
        ),
        "reloads": _annotation(
            "Reloads",
            f"topk({_MOST}, max by ({BY_SERVICE}, instance) (changes({_RELOADED}[$__rate_interval])) > 0)",
            "Configuration loaded",
            "instance",
            "purple",
            "{{instance}} of " + _PLACE,
        ),
    }
