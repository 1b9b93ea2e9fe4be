"""What the four dashboards share around their panels: settings, variables, annotations, the links to each other."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from .expressions import COMPONENT, SERVICE, select
from .queries import DATASOURCE

Rows = dict[str, list[Builder[Panel]]]


def _datasource() -> builders.DatasourceVariable:
    """The choice of the Prometheus that everything is read from."""
    return builders.DatasourceVariable("datasource").label("Data source").type("prometheus").regex("").multi(False)


def _variable(name: str, label: str, query: str, all_value: str = ".+") -> builders.QueryVariable:
    """A choice filled by a query. `.*` for All also takes series that lack the label."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": f"variable-{name}"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
        .options([])
        .hide(VariableHide.DONT_HIDE)
    )


_BUILD = "health_exporter_build_info"
_VARIABLES = {
    "job": _variable("job", "Job", f"label_values({_BUILD}, job)"),
    "environment": _variable("environment", "Environment", f'label_values({_BUILD}{{job=~"$job"}}, environment)', ".*"),
    "component": _variable(
        "component",
        "Component",
        'label_values(health_component_info{job=~"$job", environment=~"$environment"}, component)',
    ),
    "check": _variable(
        "check",
        "Check",
        'label_values(health_check_info{job=~"$job", environment=~"$environment", component=~"$component"}, check)',
    ),
    "instance": _variable(
        "instance",
        "Instance",
        f'label_values({_BUILD}{{job=~"$job", environment=~"$environment"}}, instance)',
    ),
}


def _annotation(name: str, expression: str, title: str, text: str, tags: str, color: str) -> builders.AnnotationQuery:
    """Vertical lines where a query has a value, switched off until somebody wants them."""
    return (
        builders.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(False)
        .hide(False)
        .icon_color(color)
        .expr(expression)
        .step("60s")
        .title_format(title)
        .text_format(text)
        .tag_keys(tags)
    )


_TRANSITION = select("health_component_last_transition_timestamp_seconds", COMPONENT)
_BUILD_INFO = select(_BUILD, SERVICE)
_RELOAD = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
_DRILL = select("health_component_drill_active", COMPONENT)

_ANNOTATIONS = {
    "changes": _annotation(
        "Status changes",
        f"max by (job, namespace, environment, component) (changes({_TRANSITION}[$__rate_interval])) > 0",
        "{{component}} changed its status",
        "{{job}} in {{environment}}",
        "component",
        "orange",
    ).enable(True),
    "versions": _annotation(
        "Versions",
        f"group by (job, namespace, environment, version) ({_BUILD_INFO})"
        f" unless group by (job, namespace, environment, version) ({_BUILD_INFO} offset $__rate_interval)",
        "Version {{version}}",
        "{{job}} in {{environment}}",
        "version",
        "blue",
    ),
    "reloads": _annotation(
        "Reloads",
        f"max by (job, namespace, environment, instance) (changes({_RELOAD}[$__rate_interval])) > 0",
        "Configuration reloaded",
        "{{instance}} of {{job}} in {{environment}}",
        "instance",
        "purple",
    ),
    "drills": _annotation(
        "Drills",
        f"max by (job, namespace, environment, component) ({_DRILL}) == 1",
        "Drill of {{component}}",
        "{{job}} in {{environment}}",
        "component",
        "super-light-red",
    ).enable(True),
}


def _links() -> builders.DashboardLink:
    """From each dashboard to the others, with the choices and the time range."""
    return (
        builders.DashboardLink("Health")
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["health"])
        .as_dropdown(False)
        .include_vars(True)
        .keep_time(True)
        .target_blank(False)
        .icon("external link")
        .tooltip("")
        .url("")
    )


def dashboard(
    uid: str,
    title: str,
    description: str,
    rows: Rows,
    *,
    without: tuple[str, ...] = (),
    time_from: str = "now-6h",
    refresh: str = "30s",
) -> Dashboard:
    """A dashboard: one question, answered in rows; `without` some of the variables and annotations."""
    builder = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["health"])
        .version(1)
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh(refresh)
        .timezone("browser")
        .fiscal_year_start_month(0)
        .time(time_from, "now")
        .link(_links())
        .with_variable(_datasource())
    )
    for name, variable in _VARIABLES.items():
        builder = builder if name in without else builder.with_variable(variable)
    for name, annotation in _ANNOTATIONS.items():
        builder = builder if name in without else builder.annotation(annotation)
    for heading, panels in rows.items():
        builder = builder.with_row(builders.Row(heading))
        for panel in panels:
            builder = builder.with_panel(panel)
    built = builder.build()
    for number, panel in enumerate(built.panels or [], start=1):
        panel.id_val = number
    # The SDK's default moves links and the switches of annotations into a menu; they stay above the panels.
    for visible in [*(built.links or []), *(built.annotations.list_val or [])]:
        visible.placement = None
    return built
