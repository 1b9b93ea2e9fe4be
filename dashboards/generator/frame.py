"""What the four dashboards share around their panels: settings, variables, annotations, the links to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
    RowPanel,
)

from .annotations import annotations
from .variables import VARIABLES


@dataclass(frozen=True)
class Row:
    """Panels under a heading. A closed one asks nothing until somebody opens it."""

    heading: str
    panels: list[Builder[Panel]]
    is_open: bool = True

    def add_to(self, dashboard: builders.Dashboard) -> builders.Dashboard:
        heading = builders.Row(self.heading).collapsed(not self.is_open)
        if self.is_open:
            dashboard = dashboard.with_row(heading)
            for panel in self.panels:
                dashboard = dashboard.with_panel(panel)
            return dashboard
        for panel in self.panels:
            heading = heading.with_panel(panel)
        return dashboard.with_row(heading)


def panels(dashboard: Dashboard) -> Iterator[Panel | RowPanel]:
    """Headings and panels in their order, those of closed rows too."""
    for panel in dashboard.panels or []:
        yield panel
        if isinstance(panel, RowPanel):
            yield from panel.panels


def _close_gaps(dashboard: Dashboard) -> None:
    """Takes out the room that the SDK leaves for what closed rows hold: Grafana makes it when somebody opens one."""
    hidden = 0
    for panel in dashboard.panels or []:
        inside = panel.panels if isinstance(panel, RowPanel) else []
        for one in [panel, *inside]:
            one.grid_pos.y -= hidden
        hidden += max((one.grid_pos.y + one.grid_pos.h - panel.grid_pos.y - 1 for one in inside), default=0)


# The dashboards that take any number of components, and so take over every choice.
_OF_MANY = "health-services"


def _link(title: str) -> builders.DashboardLink:
    link = builders.DashboardLink(title).as_dropdown(False).keep_time(True).target_blank(False)
    return link.icon("external link").tooltip("").url("").tags([])


def _links(uid: str, variables: tuple[str, ...]) -> list[builders.DashboardLink]:
    """From each dashboard to the others, with the choices and the time range; but Component takes no choice of all components."""
    to_others = _link("Health").type(DashboardLinkType.DASHBOARDS).tags([_OF_MANY]).include_vars(True)
    if uid == "health-component":
        return [to_others]
    kept = [name for name in variables if name not in ("components", "logs")]
    url = "/d/health-component?" + "&".join(f"${{{name}:queryparam}}" for name in kept)
    to_one = _link("Health / Component").type(DashboardLinkType.LINK).icon("dashboard").url(url).include_vars(False)
    return [to_others, to_one]


def dashboard(
    uid: str,
    title: str,
    description: str,
    rows: list[Row],
    *,
    variables: tuple[str, ...],
    events: dict[str, str],
    time_from: str = "now-6h",
    refresh: str = "30s",
) -> Dashboard:
    """A dashboard: one question, answered in rows. `events` are its annotations, each with the components that it tells of."""
    builder = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["health"] if uid == "health-component" else ["health", _OF_MANY])
        .version(2)
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh(refresh)
        .timezone("browser")
        .fiscal_year_start_month(0)
        .time(time_from, "now")
        .links(_links(uid, variables))
    )
    for name, variable in VARIABLES.items():
        builder = builder.with_variable(variable) if name in variables else builder
    for name, components in events.items():
        builder = builder.annotation(annotations(components)[name])
    for row in rows:
        builder = row.add_to(builder)
    built = builder.build()
    _close_gaps(built)
    for number, panel in enumerate(panels(built), start=1):
        panel.id_val = number
    # The SDK's default moves links and the switches of annotations into a menu; they stay above the panels.
    for visible in [*(built.links or []), *(built.annotations.list_val or [])]:
        visible.placement = None
    return built
