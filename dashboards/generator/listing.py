"""All queries that the dashboards send to Prometheus, one a line."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.models.dashboard import Dashboard, RowPanel

from .frame import panels

HEADER = """\
# Every query of the dashboards, written by `python -m generator --queries`. Fields are separated by tabs: dashboard, panel
# or annotation:NAME, ref id, `instant` or `range`, the most points of a series (`-` for instant ones; annotations have a step of a
# minute or more), expression. Variables stand as they are: $component is one name in health-component, $window, $__range,
# $__interval and $__rate_interval are durations, and all others are regular expressions.
"""


def queries(dashboards: list[Dashboard]) -> Iterator[str]:
    """The header and a line for each query, in the order of the files."""
    yield from HEADER.splitlines()
    for dashboard in dashboards:
        for panel in panels(dashboard):
            if isinstance(panel, RowPanel):
                continue
            for target in panel.targets or []:
                shape = ("instant", "-") if target.instant else ("range", f"{panel.max_data_points:g}")
                yield "\t".join([dashboard.uid, panel.title, target.ref_id, *shape, target.expr])
        for annotation in dashboard.annotations.list_val or []:
            yield "\t".join([dashboard.uid, f"annotation:{annotation.name}", "Anno", "range", "-", annotation.expr])
