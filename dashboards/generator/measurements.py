"""What checks measure, by unit: the names of families end with it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries

from .expressions import CHECK, select
from .panels import lines, table
from .queries import cells, over_time

# All kinds that measure; `health_check_…`, `health_component_…` and others are no measurements.
_KINDS = "disk|dns|environment|exec|file|heartbeat|http|memory|postgres|redis|runtime|tls"
_LEGEND = "{{check}}: {{measured}} ({{instance}})"
_NOTHING = "No check of this component measures any."


def _family(pattern: str) -> str:
    """Measurements whose names fit, with what the pattern has in parentheses as the label `measured`."""
    selected = f'{{__name__=~"health_{pattern}", {CHECK}}}'
    # Without the version, which changes with a restart.
    by_instance = f"max by (__name__, check, instance) ({selected})"
    return f'label_replace({by_instance}, "measured", "$1", "__name__", "health_{pattern}")'


def _panel(title: str, description: str, unit: str, expression: str, legend: str = _LEGEND) -> timeseries.Panel:
    return lines(title, description, unit, [over_time(expression, legend)], _NOTHING)


def measurements() -> list[timeseries.Panel | tables.Panel]:
    """A panel for each unit, and a table of all."""
    certificate = select("health_tls_certificate_not_after_timestamp_seconds", CHECK)
    due = select("health_heartbeat_due_timestamp_seconds", CHECK)
    beat = select("health_heartbeat_last_beat_timestamp_seconds", CHECK)
    modified = select("health_file_modified_timestamp_seconds", CHECK)
    return [
        _panel(
            "Bytes",
            "Disk space free and in all, memory in use and its limit, sizes of files and answers, memory of Redis.",
            "bytes",
            _family(f"(?:{_KINDS})_(.+)_bytes"),
        ),
        _panel(
            "Used",
            "Shares in use: disk, inodes, memory, connections, threads and descriptors; for memory also the share of time that something waited.",
            "percentunit",
            _family(f"(?:{_KINDS})_(.+)_ratio"),
        ).max(1),
        _panel(
            "Lag",
            "Replication of PostgreSQL and Redis: how far behind; event loops and thread pools: how long until they begin a task.",
            "s",
            _family("(?:postgres|redis|runtime)_(.+)_lag_seconds"),
        ),
        _panel(
            "Connections",
            "Of PostgreSQL, with how many there may be, and clients of Redis.",
            "short",
            _family("(?:postgres|redis)_(connections_used|connections_limit|connected_clients)"),
        ),
        lines(
            "Certificates expire in",
            "Days until the first certificate of the chain expires, as the worst instance sees it.",
            "d",
            [over_time(f"(min by (check) ({certificate}) - time()) / 86400", "{{check}}")],
            "No check of this component speaks TLS.",
        ),
        lines(
            "Heartbeats and files",
            "How long ago the last beat came and a file was modified, and how long until the next beat is due: below 0 it is missed.",
            "s",
            [
                over_time(f"time() - max by (check) ({beat})", "{{check}}: since the last beat"),
                over_time(f"max by (check) ({due}) - time()", "{{check}}: until the next is due"),
                over_time(f"time() - max by (check, instance) ({modified})", "{{check}}: since it was modified ({{instance}})"),
            ],
            "No heartbeats and no files",
        ),
        _panel(
            "Counts",
            "Redirects, records of a DNS answer, missing variables and files, entries that wait in queues.",
            "short",
            _family("(?:dns|environment|http|runtime)_(redirects|answers|missing|queue_.+_depth)"),
        ),
        _panel(
            "Codes",
            "Status codes of HTTP, and exit codes of commands.",
            "none",
            _family("(?:exec|http)_(exit|status)_code"),
        ),
        table(
            "Newest measurements",
            "In the unit that the name ends with. They go when they were not measured for max_age.",
            [cells(f'{{__name__=~"health_({_KINDS})_.+", {CHECK}}}')],
            "Nothing is measured.",
            {"check": "Check", "instance": "Instance", "__name__": "Measurement", "Value": "Value", "job": "Job"},
        ).span(24),
    ]
