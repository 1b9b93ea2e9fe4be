"""The types of panels that the dashboards are made of, each with its look: builders of Grafana's SDK, to be refined by the caller."""

from __future__ import annotations

from typing import Any, TypeVar

from grafana_foundation_sdk.builders import common, statetimeline, timeseries
from grafana_foundation_sdk.builders import heatmap as heatmaps
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    AxisPlacement,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueJustifyMode,
    BigValueTextMode,
    FieldTextAlignment,
    GraphDrawStyle,
    HeatmapCellLayout,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    ScaleDistribution,
    SortOrder,
    StackingMode,
    TableAutoCellOptions,
    TableCellHeight,
    TimelineValueAlignment,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from .expressions import BY_INSTANCE, SERVICE, TARGET, select, share
from .queries import DATASOURCE, now
from .statuses import GREEN, PLAIN, RED, SHARE_THRESHOLDS, STATUS_MAPPING, STATUS_THRESHOLDS, thresholds

# Of a line, at most: with a step of a minute or more for six hours, 30,000 checks stay below what Prometheus loads for a query.
POINTS = 400
# Where all components or checks are read for the worst of them.
FEW_POINTS = 200

AnyPanel = TypeVar("AnyPanel", stats.Panel, timeseries.Panel, statetimeline.Panel, heatmaps.Panel, tables.Panel)


def _described(
    panel: AnyPanel, title: str, description: str, unit: str, queries: list[Dataquery], no_data: str
) -> AnyPanel:
    """What every panel says: what it shows, what it queries, and what it shows when there is nothing."""
    targets = [query.ref_id(chr(ord("A") + index)) for index, query in enumerate(queries)]
    panel = panel.title(title).description(description).datasource(DATASOURCE).targets(targets).transformations([])
    panel = panel.unit(unit).no_value(no_data).mappings([]).thresholds(PLAIN)
    return panel.color_scheme(color_from(FieldColorModeId.PALETTE_CLASSIC)).max_data_points(POINTS).span(12).height(8)


def color_from(mode: FieldColorModeId) -> FieldColor:
    """Where a value gets its colour from."""
    return FieldColor().mode(mode)


def properties(**values: Any) -> list[DynamicConfigValue]:
    """What an override changes; a double underscore stands for a dot."""
    return [DynamicConfigValue(name.replace("__", "."), value) for name, value in values.items()]


def fixed_color(name: str) -> list[DynamicConfigValue]:
    """An override that gives a series a colour of its own."""
    return properties(color={"mode": "fixed", "fixedColor": name})


def dashed(color: str | None = None) -> list[DynamicConfigValue]:
    """An override that draws a limit as a dashed line."""
    line = properties(custom__lineStyle={"fill": "dash", "dash": [10, 10]})
    return line + (fixed_color(color) if color else [])


# Of a column that links need and nobody wants to see: Grafana 12.2 moved the switch.
HIDDEN = properties(custom__hidden=True, custom__hideFrom={"viz": True, "legend": False, "tooltip": False})
STATUS_CELL = properties(
    mappings=STATUS_MAPPING,
    thresholds=STATUS_THRESHOLDS.build(),
    custom__cellOptions={"type": "color-background", "mode": "basic"},
)


def linked(*links: dict[str, Any]) -> list[DynamicConfigValue]:
    """An override that links from cells or series."""
    return properties(links=list(links))


def stat(title: str, description: str, unit: str, queries: list[Dataquery], no_data: str) -> stats.Panel:
    """Large values, the newest of each series."""
    return (
        _described(stats.Panel(), title, description, unit, queries, no_data)
        .span(4)
        .height(4)
        .color_scheme(color_from(FieldColorModeId.THRESHOLDS))
        .color_mode(BigValueColorMode.BACKGROUND)
        .graph_mode(BigValueGraphMode.NONE)
        .justify_mode(BigValueJustifyMode.AUTO)
        .text_mode(BigValueTextMode.AUTO)
        .orientation(VizOrientation.AUTO)
        .wide_layout(True)
        .show_percent_change(False)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
    )


def status_stat(title: str, description: str, query: Dataquery, no_data: str) -> stats.Panel:
    """A status as a coloured word."""
    return stat(title, description, "none", [query], no_data).mappings(STATUS_MAPPING).thresholds(STATUS_THRESHOLDS)


def share_stat(title: str, description: str, part: str, whole: str, no_data: str) -> stats.Panel:
    """How many of how many, as "2 of 3": green for all, yellow for some, red for none."""
    query = now(share(part, whole), "{{part}} of {{whole}}")
    panel = stat(title, description, "percentunit", [query], no_data).text_mode(BigValueTextMode.NAME)
    return panel.thresholds(SHARE_THRESHOLDS)


def of_known(expression: str) -> str:
    """Of targets, those that were exporters within a day."""
    return f"{expression} and on ({BY_INSTANCE}) last_over_time({select('health_exporter_build_info', SERVICE)}[1d])"


def exporters_down() -> stats.Panel:
    """Those that were scraped within a day, and can't be now: nothing else on a dashboard shows what they saw."""
    panel = stat(
        "Exporters down",
        "Scraped within the last day, and not to be scraped now. What they see is missing from all dashboards.",
        "none",
        [now(f"sum({of_known('(' + select('up', TARGET) + ' == bool 0)')})", "Down")],
        "No exporter",
    )
    return panel.span(3).thresholds(thresholds((None, GREEN), (1, RED)))


def lines(
    title: str,
    description: str,
    unit: str,
    queries: list[Dataquery],
    no_data: str,
    *,
    stacked: bool = False,
    bars: bool = False,
) -> timeseries.Panel:
    """Lines over time; `stacked` fills them one above the other, `bars` draws bars."""
    legend = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.RIGHT)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    return (
        _described(timeseries.Panel(), title, description, unit, queries, no_data)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .line_interpolation(LineInterpolation.LINEAR)
        .line_width(1)
        .fill_opacity(60 if stacked or bars else 0)
        .show_points(VisibilityMode.NEVER)
        .span_nulls(False)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE).group("A"))
        .axis_placement(AxisPlacement.AUTO)
        .axis_soft_min(0)
    )


def logarithmic() -> common.ScaleDistributionConfig:
    """An axis for values of very different size."""
    return common.ScaleDistributionConfig().type(ScaleDistribution.LOG).log(10)


def timeline(title: str, description: str, query: Dataquery, no_data: str) -> statetimeline.Panel:
    """States over time, a row for each series."""
    legend = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs([])
    )
    return (
        _described(statetimeline.Panel(), title, description, "none", [query], no_data)
        .mappings(STATUS_MAPPING)
        .thresholds(STATUS_THRESHOLDS)
        .color_scheme(color_from(FieldColorModeId.THRESHOLDS))
        .merge_values(True)
        .show_value(VisibilityMode.NEVER)
        .align_value(TimelineValueAlignment.LEFT)
        .row_height(0.85)
        .per_page(20)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.SINGLE).sort(SortOrder.NONE))
        .line_width(0)
        .fill_opacity(80)
        .span_nulls(False)
    )


def heatmap(title: str, description: str, query: Dataquery, no_data: str) -> heatmaps.Panel:
    """The buckets of a histogram over time."""
    colors = (
        heatmaps.HeatmapColorOptions()
        .mode(HeatmapColorMode.SCHEME)
        .scheme("Oranges")
        .exponent(0.5)
        .steps(64)
        .fill("dark-orange")
        .reverse(False)
        .scale(HeatmapColorScale.EXPONENTIAL)
    )
    tooltip = heatmaps.HeatmapTooltip().mode(TooltipDisplayMode.SINGLE).y_histogram(False).show_color_scale(False)
    return (
        _described(heatmaps.Panel(), title, description, "short", [query.format(PromQueryFormat.HEATMAP)], no_data)
        .calculate(False)
        .cell_gap(1)
        .color(colors)
        .y_axis(heatmaps.YAxisConfig().unit("s").axis_placement(AxisPlacement.LEFT).reverse(False))
        .rows_frame(heatmaps.RowsHeatmapOptions().layout(HeatmapCellLayout.AUTO))
        .filter_values(heatmaps.FilterValueRange().le(1e-9))
        .show_legend()
        .exemplars_color("rgba(255,0,255,0.7)")
        .show_value(VisibilityMode.NEVER)
        .tooltip(tooltip)
    )


def sorted_by(panel: tables.Panel, heading: str, *, descending: bool = False) -> tables.Panel:
    """With the rows in the order of a column, until somebody chooses another."""
    return panel.sort_by([common.TableSortByFieldState().display_name(heading).desc(descending)])


def table(
    title: str, description: str, queries: list[Dataquery], no_data: str, columns: dict[str, str]
) -> tables.Panel:
    """Instant values side by side: `columns` in order, from the field to its heading; all others are left out."""
    positions = {name: index for index, name in enumerate(columns)}
    organize = {"indexByName": positions, "renameByName": columns, "excludeByName": {}}
    return (
        _described(tables.Panel(), title, description, "none", queries, no_data)
        .transformations([])
        .with_transformation(DataTransformerConfig("merge", options={}))
        .with_transformation(DataTransformerConfig("filterFieldsByName", options={"include": {"names": list(columns)}}))
        .with_transformation(DataTransformerConfig("organize", options=organize))
        .color_scheme(color_from(FieldColorModeId.THRESHOLDS))
        .show_header(True)
        .cell_height(TableCellHeight.SM)
        .footer(common.TableFooterOptions().show(False).reducer(["sum"]).count_rows(False))
        .align(FieldTextAlignment.AUTO)
        .cell_options(TableAutoCellOptions())
        .inspect(False)
        .filterable(True)
        # A cell without a value is no table without rows; and a version such as 1.10 is no number.
        .override_by_field_type("string", properties(unit="string", noValue="–"))
        .override_by_field_type("number", properties(noValue="–"))
    )
