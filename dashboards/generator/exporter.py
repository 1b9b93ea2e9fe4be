"""Exporter: whether the exporter itself is well, and may be believed."""

from grafana_foundation_sdk.builders import timeseries

from .expressions import SERVICE, TARGET, quantile, select
from .frame import dashboard
from .panels import dashed, exporters_down, heatmap, lines, logarithmic, properties, stat, table, timeline
from .queries import cells, now, over_time
from .statuses import GREEN, RED, YELLOW, mapping, thresholds

_BY = "job, instance"
_LEGEND = "{{instance}} ({{job}})"
_DELAY = "health_exporter_schedule_delay_seconds"
_BUILD = select("health_exporter_build_info", SERVICE)
_ALIVE = select("health_probe_passing", SERVICE, 'probe="liveness"')
_RELOADED = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
_RELOADS = select("health_exporter_config_reloads_total", SERVICE)


def _rate(metric: str, by: str, *labels: str, target: str = SERVICE) -> str:
    return f"sum by ({by}) (rate({select(metric, target, *labels)}[$__rate_interval]))"


def _gauge(title: str, description: str, unit: str, metric: str) -> timeseries.Panel:
    query = over_time(f"max by ({_BY}) ({select(metric, SERVICE)})", _LEGEND)
    return lines(title, description, unit, [query], "No exporter")


EXPORTER = dashboard(
    "health-exporter",
    "Health / Exporter",
    "Whether the exporter itself is well, and may be believed.",
    {
        "Now": [
            stat(
                "Reachable",
                "Exporters that Prometheus can scrape.",
                "none",
                [now(f"sum({select('up', TARGET)} and on (job, instance) {_BUILD}) or vector(0)", "Up")],
                "No exporter",
            )
            .thresholds(thresholds((None, RED), (1, GREEN)))
            .span(3),
            exporters_down(),
            stat(
                "Checks",
                "Registered, the most of any instance.",
                "none",
                [now(f"max({select('health_exporter_checks', SERVICE)})", "Checks")],
                "No exporter",
            ).span(3),
            stat(
                "Configuration",
                "Whether the last reload of every instance succeeded.",
                "none",
                [now(f"min({select('health_exporter_config_last_reload_successful', SERVICE)})", "Last reload")],
                "No exporter",
            )
            .mappings(mapping([(0, "last reload failed", RED), (1, "as in the file", GREEN)]))
            .thresholds(thresholds((None, RED), (1, GREEN)))
            .span(3),
            table(
                "Instances",
                "What runs where.",
                [cells(_BUILD), cells(f"{_RELOADED} * 1000")],
                "No exporter",
                {
                    "instance": "Instance",
                    "job": "Job",
                    "environment": "Environment",
                    "version": "Version",
                    "exporter_version": "Exporter",
                    "swift_version": "Swift",
                    "revision": "Revision",
                    "Value #B": "Configuration loaded",
                },
            )
            .height(6)
            .override_by_name("Configuration loaded", properties(unit="dateTimeFromNow")),
        ],
        "Schedule": [
            heatmap(
                "How late runs start",
                "The time between a slot and the start of its run.",
                over_time(f"sum by (le) (increase({select(_DELAY + '_bucket', SERVICE)}[$__rate_interval]))", "{{le}}"),
                "No runs in this time",
            ),
            lines(
                "How late, 99th percentile",
                "More than a moment means that the process lacks CPU.",
                "s",
                [over_time(quantile(0.99, _DELAY, SERVICE, _BY), _LEGEND)],
                "No runs in this time",
            ),
            lines(
                "Runs in flight",
                "Within their deadline, and past it: the latter hang, and ignore that they were cancelled.",
                "short",
                [
                    over_time(
                        f"max by ({_BY}) ({select('health_exporter_runs_in_flight', SERVICE)})", f"in flight {_LEGEND}"
                    ),
                    over_time(
                        f"max by ({_BY}) ({select('health_exporter_runs_overdue', SERVICE)})", f"overdue {_LEGEND}"
                    ),
                ],
                "No exporter",
            ),
            lines(
                "Internal errors",
                "Runs that failed because the exporter lacked descriptors, ports, threads or CPU, and slots skipped because too many ran.",
                "cps",
                [
                    over_time(_rate("health_check_runs_total", _BY, 'result="internal"'), f"internal {_LEGEND}"),
                    over_time(_rate("health_check_skips_total", _BY, 'reason="saturated"'), f"saturated {_LEGEND}"),
                ],
                "No exporter",
            ),
            lines(
                "Stalls",
                "How long ago each part last moved. Beyond limits.stall, 30 s by default, liveness fails.",
                "s",
                [
                    over_time(
                        f"max by ({_BY}, loop) ({select('health_exporter_stall_seconds', SERVICE)})",
                        f"{{{{loop}}}} {_LEGEND}",
                    )
                ],
                "No exporter",
            ),
            timeline(
                "Liveness",
                "Whether the liveness probe passes.",
                over_time(f"min by ({_BY}) ({_ALIVE})", _LEGEND),
                "No exporter",
            )
            .mappings(mapping([(0, "failing", RED), (1, "passing", GREEN)]))
            .thresholds(thresholds((None, RED), (1, GREEN))),
        ],
        "Configuration, requests and logs": [
            lines(
                "Reloads",
                "Attempts to load the configuration anew.",
                "short",
                [
                    over_time(
                        f"sum by ({_BY}, result) (increase({_RELOADS}[$__rate_interval]))", f"{{{{result}}}} {_LEGEND}"
                    )
                ],
                "No exporter",
                bars=True,
            ),
            lines(
                "Requests",
                "By path and class of status code.",
                "reqps",
                [
                    over_time(
                        _rate("health_exporter_http_requests_total", "handler, code") + " > 0", "{{handler}} {{code}}"
                    )
                ],
                "No requests in this time",
                stacked=True,
            ),
            lines(
                "Log lines",
                "By level, and those dropped because nobody read them in time.",
                "cps",
                [
                    over_time(_rate("health_exporter_log_events_total", "level"), "{{level}}"),
                    over_time(
                        f"sum(rate({select('health_exporter_log_events_dropped_total', SERVICE)}[$__rate_interval]))",
                        "dropped",
                    ),
                ],
                "No exporter",
                bars=True,
                stacked=True,
            ),
            lines(
                "Time since a probe asked",
                "Kubernetes asks every few seconds; the start-up probe only until it passes.",
                "s",
                [
                    over_time(
                        f"time() - max by ({_BY}, probe) ({select('health_probe_last_request_timestamp_seconds', SERVICE)} > 0)",
                        f"{{{{probe}}}} {_LEGEND}",
                    )
                ],
                "Nobody probes",
            ),
        ],
        "Process and scrape": [
            lines(
                "CPU",
                "Cores in use.",
                "none",
                [over_time(_rate("process_cpu_seconds_total", _BY), _LEGEND)],
                "No exporter",
            ),
            _gauge("Resident memory", "Of the process.", "bytes", "process_resident_memory_bytes"),
            lines(
                "File descriptors",
                "With the limit of the process. The last ones are kept free.",
                "short",
                [
                    over_time(f"max by ({_BY}) ({select('process_open_fds', SERVICE)})", _LEGEND),
                    over_time(f"max by ({_BY}) ({select('process_max_fds', SERVICE)})", f"limit {_LEGEND}"),
                ],
                "No exporter",
            )
            .override_by_regexp("/^limit/", dashed(RED))
            .scale_distribution(logarithmic()),
            _gauge("Threads", "Of the operating system.", "short", "process_threads"),
            lines(
                "Scrape size",
                "Samples in a scrape; check-config says how many to expect.",
                "short",
                [
                    over_time(
                        f"max by ({_BY}) ({select('scrape_samples_scraped', TARGET)} and on (job, instance) {_BUILD})",
                        _LEGEND,
                    )
                ],
                "No exporter",
            ),
            lines(
                "Scrape duration",
                "As Prometheus saw it.",
                "s",
                [
                    over_time(
                        f"max by ({_BY}) ({select('scrape_duration_seconds', TARGET)} and on (job, instance) {_BUILD})",
                        _LEGEND,
                    )
                ],
                "No exporter",
            ).thresholds(thresholds((None, GREEN), (1, YELLOW), (5, RED))),
        ],
    },
    without=("component", "check", "changes", "drills"),
)
