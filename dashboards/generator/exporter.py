"""Exporter: whether the exporter itself is well, and may be believed."""

from .expressions import ANNOTATIONS, SERVICE, TARGET, VARIABLES, select
from .model import GREEN, RED, YELLOW, Dashboard, Panel, Query, Row, mapping, thresholds
from .panels import column, exporters_down, heatmap, line_of, lines, stat, table, timeline

_BY = "job, instance"
_LEGEND = "{{instance}} ({{job}})"
_DELAY = select("health_exporter_schedule_delay_seconds_bucket", SERVICE)
_BUILD = select("health_exporter_build_info", SERVICE)
_ALIVE = select("health_probe_passing", SERVICE, 'probe="liveness"')
_RELOADED = select("health_exporter_config_last_reload_success_timestamp_seconds", SERVICE)
_RELOADS = select("health_exporter_config_reloads_total", SERVICE)


def _rate(metric: str, by: str, *labels: str, target: str = SERVICE) -> str:
    return f"sum by ({by}) (rate({select(metric, target, *labels)}[$__rate_interval]))"


def _gauge(title: str, description: str, unit: str, metric: str, **more: object) -> Panel:
    query = Query(f"max by ({_BY}) ({select(metric, SERVICE)})", _LEGEND)
    return lines(title, description, unit, [query], "No exporter", **more)


EXPORTER = Dashboard(
    "health-exporter",
    "Health / Exporter",
    "Whether the exporter itself is well, and may be believed.",
    [variable for variable in VARIABLES if variable.name not in ("component", "check")],
    [annotation for annotation in ANNOTATIONS if annotation.name in ("Versions", "Reloads")],
    [
        Row(
            "Now",
            [
                stat(
                    "Reachable",
                    "Exporters that Prometheus can scrape.",
                    "none",
                    [
                        Query(
                            f"sum({select('up', TARGET)} and on (job, instance) {_BUILD}) or vector(0)",
                            "Up",
                            instant=True,
                        )
                    ],
                    "No exporter",
                    thresholds=thresholds((None, RED), (1, GREEN)),
                    width=3,
                ),
                exporters_down(),
                stat(
                    "Checks",
                    "Registered, the most of any instance.",
                    "none",
                    [Query(f"max({select('health_exporter_checks', SERVICE)})", "Checks", instant=True)],
                    "No exporter",
                    width=3,
                ),
                stat(
                    "Configuration",
                    "Whether the last reload of every instance succeeded.",
                    "none",
                    [
                        Query(
                            f"min({select('health_exporter_config_last_reload_successful', SERVICE)})",
                            "Last reload",
                            instant=True,
                        )
                    ],
                    "No exporter",
                    mappings=mapping([(0, "last reload failed", RED), (1, "as in the file", GREEN)]),
                    thresholds=thresholds((None, RED), (1, GREEN)),
                    width=3,
                ),
                table(
                    "Instances",
                    "What runs where.",
                    [
                        Query(_BUILD, instant=True, format="table"),
                        Query(f"{_RELOADED} * 1000", instant=True, format="table"),
                    ],
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
                    height=6,
                    overrides=[column("Configuration loaded", unit="dateTimeFromNow")],
                ),
            ],
        ),
        Row(
            "Schedule",
            [
                heatmap(
                    "How late runs start",
                    "The time between a slot and the start of its run.",
                    Query(f"sum by (le) (increase({_DELAY}[$__rate_interval]))", "{{le}}", format="heatmap"),
                    "No runs in this time",
                ),
                lines(
                    "How late, 99th percentile",
                    "More than a moment means that the process lacks CPU.",
                    "s",
                    [
                        Query(
                            f"histogram_quantile(0.99, sum by ({_BY}, le) (rate({_DELAY}[$__rate_interval])))", _LEGEND
                        )
                    ],
                    "No runs in this time",
                ),
                lines(
                    "Runs in flight",
                    "Within their deadline, and past it: the latter hang, and ignore that they were cancelled.",
                    "short",
                    [
                        Query(
                            f"max by ({_BY}) ({select('health_exporter_runs_in_flight', SERVICE)})",
                            f"in flight {_LEGEND}",
                        ),
                        Query(
                            f"max by ({_BY}) ({select('health_exporter_runs_overdue', SERVICE)})", f"overdue {_LEGEND}"
                        ),
                    ],
                    "No exporter",
                ),
                lines(
                    "Own trouble",
                    "Runs that the exporter spoilt for want of descriptors, ports, threads or CPU, and slots left out because too many ran.",
                    "cps",
                    [
                        Query(_rate("health_check_runs_total", _BY, 'result="internal"'), f"internal {_LEGEND}"),
                        Query(_rate("health_check_skips_total", _BY, 'reason="saturated"'), f"saturated {_LEGEND}"),
                    ],
                    "No exporter",
                ),
                lines(
                    "Stalls",
                    "How long ago each part last moved. Beyond limits.stall, 30 s by default, liveness fails.",
                    "s",
                    [
                        Query(
                            f"max by ({_BY}, loop) ({select('health_exporter_stall_seconds', SERVICE)})",
                            f"{{{{loop}}}} {_LEGEND}",
                        )
                    ],
                    "No exporter",
                ),
                timeline(
                    "Liveness",
                    "Whether the liveness probe passes.",
                    Query(
                        f"min by ({_BY}) ({_ALIVE})",
                        _LEGEND,
                    ),
                    "No exporter",
                    mappings=mapping([(0, "failing", RED), (1, "passing", GREEN)]),
                    thresholds=thresholds((None, RED), (1, GREEN)),
                ),
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
                        Query(
                            f"sum by ({_BY}, result) (increase({_RELOADS}[$__rate_interval]))",
                            f"{{{{result}}}} {_LEGEND}",
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
                        Query(
                            _rate("health_exporter_http_requests_total", "handler, code") + " > 0",
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
                        Query(_rate("health_exporter_log_events_total", "level"), "{{level}}"),
                        Query(
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
                        Query(
                            f"time() - max by ({_BY}, probe)"
                            f" ({select('health_probe_last_request_timestamp_seconds', SERVICE)} > 0)",
                            f"{{{{probe}}}} {_LEGEND}",
                        )
                    ],
                    "Nobody probes",
                ),
            ],
        ),
        Row(
            "Process and scrape",
            [
                lines(
                    "CPU",
                    "Cores in use.",
                    "none",
                    [Query(_rate("process_cpu_seconds_total", _BY), _LEGEND)],
                    "No exporter",
                ),
                _gauge("Resident memory", "Of the process.", "bytes", "process_resident_memory_bytes"),
                lines(
                    "File descriptors",
                    "With the limit of the process. The last ones are kept free.",
                    "short",
                    [
                        Query(f"max by ({_BY}) ({select('process_open_fds', SERVICE)})", _LEGEND),
                        Query(f"max by ({_BY}) ({select('process_max_fds', SERVICE)})", f"limit {_LEGEND}"),
                    ],
                    "No exporter",
                    overrides=[line_of("limit", RED)],
                    custom={"scaleDistribution": {"type": "log", "log": 10}},
                ),
                _gauge("Threads", "Of the operating system.", "short", "process_threads"),
                lines(
                    "Scrape size",
                    "Samples in a scrape; check-config says how many to expect.",
                    "short",
                    [
                        Query(
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
                        Query(
                            f"max by ({_BY}) ({select('scrape_duration_seconds', TARGET)} and on (job, instance) {_BUILD})",
                            _LEGEND,
                        )
                    ],
                    "No exporter",
                    thresholds=thresholds((None, GREEN), (1, YELLOW), (5, RED)),
                ),
            ],
        ),
    ],
)
