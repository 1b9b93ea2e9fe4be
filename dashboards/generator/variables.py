"""The choices above the panels."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import VariableHide, VariableModel, VariableOption, VariableRefresh, VariableSort

from .queries import DATASOURCE

_BUILD = "health_exporter_build_info"
_SCOPE = 'cluster=~"$cluster", namespace=~"$namespace", job=~"$job"'
_SERVICE = f'{_SCOPE}, environment=~"$environment"'


def _datasource(name: str, label: str, kind: str) -> builders.DatasourceVariable:
    return builders.DatasourceVariable(name).label(label).type(kind).regex("").multi(False)


def _choice(name: str, label: str, query: str) -> builders.QueryVariable:
    """A choice of one, filled by a query; the first of them at first."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": f"variable-{name}"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(False)
        .include_all(False)
        .options([])
        .hide(VariableHide.DONT_HIDE)
    )


def _choices(name: str, label: str, query: str, all_value: str = ".+") -> builders.QueryVariable:
    """A choice of any number, at first of all. `.*` for All also takes series that lack the label."""
    return (
        _choice(name, label, query)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _windows() -> builders.IntervalVariable:
    """How much time the quantiles look back on: for want of a function, it is chosen and not made from a check's interval."""
    return (
        builders.IntervalVariable("window")
        .label("Quantiles over")
        .values("5m,15m,1h,6h,1d")
        .current(VariableOption(selected=True, text="15m", value="15m"))
        .options([VariableOption(selected=value == "15m", text=value, value=value) for value in ("5m", "15m", "1h", "6h", "1d")])
        .auto(False)
        .hide(VariableHide.DONT_HIDE)
    )


# In the order in which they stand above the panels.
VARIABLES: dict[str, Builder[VariableModel]] = {
    "datasource": _datasource("datasource", "Data source", "prometheus"),
    "cluster": _choices("cluster", "Cluster", f"label_values({_BUILD}, cluster)", ".*"),
    "namespace": _choices("namespace", "Namespace", f'label_values({_BUILD}{{cluster=~"$cluster"}}, namespace)', ".*"),
    "job": _choices(
        "job", "Job", f'label_values({_BUILD}{{cluster=~"$cluster", namespace=~"$namespace"}}, job)'
    ),
    "environment": _choices("environment", "Environment", f"label_values({_BUILD}{{{_SCOPE}}}, environment)", ".*"),
    "components": _choices("component", "Component", f"label_values(health_component_info{{{_SERVICE}}}, component)"),
    "component": _choice("component", "Component", f"label_values(health_component_info{{{_SERVICE}}}, component)"),
    "check": _choices(
        "check", "Check", f'label_values(health_check_status{{{_SERVICE}, component="$component"}}, check)'
    ),
    "instance": _choices("instance", "Instance", f"label_values({_BUILD}{{{_SERVICE}}}, instance)"),
    "window": _windows(),
    # For links to Explore alone; nothing here asks Loki. `var-logs=` in the address chooses another than the default one.
    "logs": _datasource("logs", "Logs", "loki").hide(VariableHide.HIDE_VARIABLE),
}
