"""Exporter: whether the exporter itself is well, and may be believed."""

from grafana_foundation_sdk.builders import timeseries

from .expressions import BY_INSTANCE, BY_SERVICE, SERVICE, TARGET, named, quantile, select
from .frame import Row, dashboard
from .panels import (
    dashed,
    exporters_down,
    heatmap,
    lines,
    logarithmic,
    of_known,
    properties,
    share_stat,
    stat,
    table,
    timeline,
)
from .queries import cells, now, over_time
from .statuses import GREEN, NEUTRAL, RED, YELLOW, mapping, thresholds

_LEGEND = "{{service}}"
_DELAY = "health_exporter_schedule_delay_seconds"
_BUILD = select("health_exporter_build_info", SERVICE)
_ALIVE = select("health_probe_passing", SERVICE, 'probe="liveness"')
_STARTED = select("process_start_time_seconds", SERVICE)
_RELOADED = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
_RELOADS = select("health_exporter_config_reloads_total", SERVICE)


def _of_instances(expression: str, by: str = "", function: str = "max") -> str:
    """A line for each instance, whose `service` is cluster/namespace/job/instance."""
    by = f"{BY_INSTANCE}, {by}" if by else BY_INSTANCE
    return named(f"{function} by ({by}) ({expression})", "cluster", "namespace", "job", "instance")


def _rate(metric: str, *labels: str) -> str:
    return f"rate({select(metric, SERVICE, *labels)}[$__rate_interval])"


def _gauge(title: str, description: str, unit: str, metric: str) -> timeseries.Panel:
    return lines(title, description, unit, [over_time(_of_instances(select(metric, SERVICE)), _LEGEND)], "No exporter")


EXPORTER = dashboard(
    "health-exporter",
    "Health / Exporter",
    "Whether the exporter itself is well, and may be believed.",
    [
        Row(
            "Now",
            [
                share_stat(
                    "Reachable",
                    "Exporters that Prometheus can scrape, of those that it scraped within the last day.",
                    f"sum({of_known(select('up', TARGET))})",
                    f"count({of_known(select('up', TARGET))})",
                    "No exporter",
                ).span(6),
                exporters_down().span(6),
                stat(
                    "Checks",
                    "Registered, the most of any instance.",
                    "none",
                    [now(f"max({select('health_exporter_checks', SERVICE)})", "Checks")],
                    "No exporter",
                )
                .thresholds(thresholds((None, NEUTRAL)))
                .span(6),
                stat(
                    "Configuration",
                    "Whether the last reload of every instance succeeded.",
                    "none",
                    [now(f"min({select('health_exporter_config_last_reload_successful', SERVICE)})", "Last reload")],
                    "No exporter",
                )
                .mappings(mapping([(0, "reload failed", RED), (1, "as in the file", GREEN)]))
                .thresholds(thresholds((None, RED), (1, GREEN)))
                .span(6),
                table(
                    "Instances",
                    "What runs where.",
                    [
                        cells(f"{_BUILD} * on ({BY_SERVICE}, instance) group_left () (1000 * {_STARTED})"),
                        cells(f"{_BUILD} * on ({BY_SERVICE}, instance) group_left () (1000 * {_RELOADED})"),
                    ],
                    "No exporter",
                    {
                        "instance": "Instance",
                        "version": "Version",
                        "Value #A": "Started",
                        "Value #B": "Configuration loaded",
                        "exporter_version": "Exporter",
                        "swift_version": "Swift",
                        "revision": "Revision",
                        "job": "Job",
                        "environment": "Environment",
                        "namespace": "Namespace",
                        "cluster": "Cluster",
                    },
                )
                .height(7)
                .span(24)
                .override_by_name("Started", properties(unit="dateTimeFromNow"))
                .override_by_name("Configuration loaded", properties(unit="dateTimeFromNow")),
            ],
        ),
        Row(
            "Schedule",
            [
                heatmap(
                    "How late runs start",
                    "The time between a slot and the start of its run.",
                    over_time(
                        f"sum by (le) (increase({select(_DELAY + '_bucket', SERVICE)}[$__rate_interval]))", "{{le}}"
                    ),
                    "No runs in this time, or no classic histograms",
                ),
                lines(
                    "How late, 99th percentile",
                    "Interpolated between the bounds of a bucket. More than a moment means that the process lacks CPU.",
                    "s",
                    [
                        over_time(
                            named(
                                f"({quantile(0.99, _DELAY, SERVICE, BY_INSTANCE, '$__rate_interval')})",
                                "cluster",
                                "namespace",
                                "job",
                                "instance",
                            ),
                            _LEGEND,
                        )
                    ],
                    "No runs in this time",
                ),
                lines(
                    "Runs in flight",
                    "Within their deadline, and past it: the latter hang, and ignore that they were cancelled.",
                    "short",
                    [
                        over_time(
                            _of_instances(select("health_exporter_runs_in_flight", SERVICE)), f"in flight {_LEGEND}"
                        ),
                        over_time(_of_instances(select("health_exporter_runs_overdue", SERVICE)), f"overdue {_LEGEND}"),
                    ],
                    "No exporter",
                ),
                lines(
                    "Internal errors",
                    "Runs that failed because the exporter lacked descriptors, ports, threads or CPU, and slots skipped because too many ran.",
                    "cps",
                    [
                        over_time(
                            _of_instances(_rate("health_check_runs_total", 'result="internal"'), function="sum"),
                            f"internal {_LEGEND}",
                        ),
                        over_time(
                            _of_instances(_rate("health_check_skips_total", 'reason="saturated"'), function="sum"),
                            f"saturated {_LEGEND}",
                        ),
                    ],
                    "No exporter",
                ),
                lines(
                    "Stalls",
                    "How long ago each part last moved. Beyond the dashed line, limits.stall, liveness fails. The slowest instance.",
                    "s",
                    [
                        over_time(f"max by (loop) ({select('health_exporter_stall_seconds', SERVICE)})", "{{loop}}"),
                        over_time(f"min({select('health_exporter_stall_limit_seconds', SERVICE)})", "limit"),
                    ],
                    "No exporter",
                )
                .override_by_regexp("/^limit/", dashed(RED)),
                timeline(
                    "Liveness",
                    "Whether the liveness probe passes.",
                    over_time(_of_instances(_ALIVE, function="min"), _LEGEND),
                    "No exporter",
                )
                .mappings(mapping([(0, "failing", RED), (1, "passing", GREEN)]))
                .thresholds(thresholds((None, RED), (1, GREEN))),
            ],
        ),
        Row(
            "Configuration, requests and logs",
            [
                lines(
                    "Reloads",
                    "Attempts to load the configuration anew.",
                    "short",
                    [
                        over_time(
                            f"sum by (result) (increase({_RELOADS}[$__rate_interval]))",
                            "{{result}}",
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
                            f"sum by (handler, code) ({_rate('health_exporter_http_requests_total')}) > 0",
                            "{{handler}} {{code}}",
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
                        over_time(f"sum by (level) ({_rate('health_exporter_log_events_total')})", "{{level}}"),
                        over_time(f"sum({_rate('health_exporter_log_events_dropped_total')})", "dropped"),
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
                            _of_instances(
                                f"time() - {select('health_probe_last_request_timestamp_seconds', SERVICE)} > 0",
                                "probe",
                                "min",
                            ),
                            f"{{{{probe}}}} {_LEGEND}",
                        )
                    ],
                    "Nobody probes",
                ),
            ],
            is_open=False,
        ),
        Row(
            "Process and scrape",
            [
                lines(
                    "CPU",
                    "Cores in use.",
                    "none",
                    [over_time(_of_instances(_rate("process_cpu_seconds_total"), function="sum"), _LEGEND)],
                    "No exporter",
                ),
                _gauge("Resident memory", "Of the process.", "bytes", "process_resident_memory_bytes"),
                lines(
                    "File descriptors",
                    "With the limit of the process. The last ones are kept free.",
                    "short",
                    [
                        over_time(_of_instances(select("process_open_fds", SERVICE)), _LEGEND),
                        over_time(f"min({select('process_max_fds', SERVICE)})", "limit"),
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
                    [over_time(_of_instances(of_known(select("scrape_samples_scraped", TARGET))), _LEGEND)],
                    "No exporter",
                ),
                lines(
                    "Scrape duration",
                    "As Prometheus saw it.",
                    "s",
                    [over_time(_of_instances(of_known(select("scrape_duration_seconds", TARGET))), _LEGEND)],
                    "No exporter",
                ).thresholds(thresholds((None, GREEN), (1, YELLOW), (5, RED))),
            ],
            is_open=False,
        ),
    ],
    variables=("datasource", "cluster", "namespace", "job", "environment", "instance"),
    events={name: SERVICE for name in ("versions", "reloads")},
)
