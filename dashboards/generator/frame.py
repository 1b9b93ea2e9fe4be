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
        .tags(["health"])
        .version(2)
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh(refresh)
        .timezone("browser")
        .fiscal_year_start_month(0)
        .time(time_from, "now")
        .link(_links())
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
