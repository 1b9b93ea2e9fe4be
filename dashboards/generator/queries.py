"""Queries of panels, in the three shapes that Prometheus answers."""

from __future__ import annotations

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

# The variable that every panel, variable and annotation reads from.
DATASOURCE = DataSourceRef("prometheus", "${datasource}")


def _query(expression: str, legend: str) -> Dataquery:
    query = Dataquery().datasource(DATASOURCE).editor_mode(QueryEditorMode.CODE)
    return query.expr(expression).legend_format(legend).format(PromQueryFormat.TIME_SERIES)


def over_time(expression: str, legend: str) -> Dataquery:
    """A series of values over the time range."""
    return _query(expression, legend).range()


def now(expression: str, legend: str) -> Dataquery:
    """The newest value of each series."""
    return _query(expression, legend).instant()


def cells(expression: str) -> Dataquery:
    """The newest value of each series, as rows of a table with a column for each label."""
    return _query(expression, "__auto").instant().format(PromQueryFormat.TABLE)


def events(expression: str) -> Dataquery:
    """The query of an annotation: an event wherever it has a value above 0."""
    return _query(expression, "__auto").range().ref_id("Anno").interval("60s")
