"""Component: what its checks find, how long they take, and why they fail."""

from .expressions import ANNOTATIONS, CHECK, COMPONENT, VARIABLES, facts, quantile, select, worst
from .model import GREEN, GREY, RED, YELLOW, Dashboard, Query, Row, mapping, thresholds
from .panels import column, heatmap, line_of, lines, link, stat, status_stat, table, timeline

_BY_CHECK = "job, namespace, environment, component, check"
_LEGEND = "{{component}}/{{check}}"
_LAST_SUCCESS = select("health_check_last_success_timestamp_seconds", CHECK)
_LAST_RUN = select("health_check_last_run_timestamp_seconds", CHECK)
_NOT_AFTER = select("health_tls_certificate_not_after_timestamp_seconds", CHECK)
_KINDS = "disk|dns|environment|exec|file|heartbeat|http|memory|postgres|redis|runtime|tls"
_DURATION = "health_check_duration_seconds_bucket"
_COMPONENTS = f"count by (job, namespace, environment, component) ({select('health_component_info', COMPONENT)})"
_IS_ONE = f"(count({_COMPONENTS}) == 1)"
_CIRCUITS = [
    select("health_check_circuit_state", CHECK, f'state="{state}"') for state in ("closed", "half_open", "open")
]

COMPONENT_DASHBOARD = Dashboard(
    "health-component",
    "Health / Component",
    "What the checks of a component find, how long they take, and why they fail.",
    VARIABLES,
    ANNOTATIONS,
    [
        Row(
            "Now",
            [
                status_stat(
                    "Status",
                    "The worst status of each component over all chosen instances. With a heartbeat it is unknown until the first one comes or is due.",
                    Query(
                        worst("health_component_status", COMPONENT, "job, namespace, environment, component"),
                        "{{component}}",
                        instant=True,
                    ),
                    "No such component",
                    width=8,
                ),
                stat(
                    "Failures in a row",
                    "Failures and timeouts until now, the most of any check and instance.",
                    "none",
                    [
                        Query(
                            f"max({select('health_check_consecutive_failures', CHECK)})",
                            "Failures in a row",
                            instant=True,
                        )
                    ],
                    "No such check",
                    thresholds=thresholds((None, GREEN), (1, YELLOW), (3, RED)),
                ),
                stat(
                    "Last success",
                    "How long ago the least lucky check last succeeded.",
                    "s",
                    [Query(f"time() - min({_LAST_SUCCESS} > 0)", "Last success", instant=True)],
                    "Never yet",
                    thresholds=thresholds((None, GREEN), (300, YELLOW), (3600, RED)),
                ),
                stat(
                    "Certificate expires in",
                    "The first to expire of the certificates that the checks see, whole chains included.",
                    "s",
                    [Query(f"min({_NOT_AFTER}) - time()", "Certificate", instant=True)],
                    "No TLS",
                    thresholds=thresholds((None, RED), (3 * 86400, YELLOW), (14 * 86400, GREEN)),
                ),
                stat(
                    "Slowest last run",
                    "Of the chosen checks and instances.",
                    "s",
                    [Query(f"max({select('health_check_last_duration_seconds', CHECK)})", "Last run", instant=True)],
                    "No runs yet",
                    color="fixed",
                ),
                table(
                    "Facts",
                    "What the configuration says of each component.",
                    [
                        Query(
                            facts(COMPONENT, "impact", "scope", "group", "owner", "runbook"),
                            instant=True,
                            format="table",
                        )
                    ],
                    "No such component",
                    {
                        "component": "Component",
                        "impact": "Impact",
                        "scope": "Scope",
                        "group": "Group",
                        "owner": "Owner",
                        "runbook": "Runbook",
                        "job": "Job",
                        "environment": "Environment",
                    },
                    width=24,
                    height=5,
                    overrides=[column("Runbook", links=link("Open the runbook", "${__value.raw}"))],
                ),
            ],
        ),
        Row(
            "Results",
            [
                timeline(
                    "Checks",
                    "The status of each check at each instance.",
                    Query(
                        worst("health_check_status", CHECK, f"{_BY_CHECK}, instance"), f"{_LEGEND} ({{{{instance}}}})"
                    ),
                    "No such check",
                    width=24,
                ),
                lines(
                    "Runs by result",
                    "Completed runs. `internal` is the exporter's own trouble, and moves no status.",
                    "cps",
                    [
                        Query(
                            f"sum by (result) (rate({select('health_check_runs_total', CHECK)}[$__rate_interval]))",
                            "{{result}}",
                        )
                    ],
                    "No runs in this time",
                    stacked=True,
                    overrides=[
                        column(name, color={"mode": "fixed", "fixedColor": color})
                        for name, color in (
                            ("success", GREEN),
                            ("degraded", YELLOW),
                            ("failure", RED),
                            ("timeout", "dark-red"),
                            ("internal", GREY),
                        )
                    ],
                ),
                lines(
                    "Why runs fail",
                    "Every run that isn't a success, by reason.",
                    "cps",
                    [
                        Query(
                            "sum by (component, check, reason)"
                            f" (rate({select('health_check_failures_total', CHECK)}[$__rate_interval])) > 0",
                            f"{_LEGEND}: {{{{reason}}}}",
                        )
                    ],
                    "No failures in this time",
                    bars=True,
                    stacked=True,
                ),
                lines(
                    "Slots without a run",
                    "`overlap`: the run before still hung. `circuit_open`: the breaker held it back. `saturated`: too many runs in flight.",
                    "cps",
                    [
                        Query(
                            f"sum by (reason) (rate({select('health_check_skips_total', CHECK)}[$__rate_interval]))",
                            "{{reason}}",
                        )
                    ],
                    "No such check",
                ),
                timeline(
                    "Circuit breakers",
                    "The state of each check's breaker, for those that have one.",
                    Query(
                        f"max by ({_BY_CHECK}, instance)"
                        f" (0 * {_CIRCUITS[0]} or 1 * {_CIRCUITS[1]} or 2 * {_CIRCUITS[2]})",
                        f"{_LEGEND} ({{{{instance}}}})",
                    ),
                    "No breakers are configured.",
                    mappings=mapping([(0, "closed", GREEN), (1, "half-open", YELLOW), (2, "open", RED)]),
                    thresholds=thresholds((None, GREEN), (1, YELLOW), (2, RED)),
                ),
            ],
        ),
        Row(
            "Latency",
            [
                heatmap(
                    "Latency of runs",
                    "How many runs took how long; a timeout counts as its deadline. Components have bounds of their own, so choose one.",
                    Query(
                        f"sum by (le) (increase({select(_DURATION, CHECK)}[$__rate_interval])) and on () {_IS_ONE}",
                        "{{le}}",
                        format="heatmap",
                    ),
                    "Choose one component",
                ),
                lines(
                    "Quantiles",
                    "With the timeout and the limit from which on a run is degraded. Few runs make a 99th percentile the maximum.",
                    "s",
                    [
                        *(
                            Query(
                                quantile(number / 100, CHECK, _BY_CHECK), f"p{number} {_LEGEND}", exemplars=number == 99
                            )
                            for number in (50, 95, 99)
                        ),
                        Query(
                            f"max by ({_BY_CHECK}) ({select('health_check_timeout_seconds', CHECK)})",
                            f"timeout {_LEGEND}",
                        ),
                        Query(
                            f"max by ({_BY_CHECK}) ({select('health_check_degraded_above_seconds', CHECK)})",
                            f"degraded above {_LEGEND}",
                        ),
                    ],
                    "No runs in this time",
                    overrides=[line_of("timeout", RED), line_of("degraded above", YELLOW)],
                ),
                lines(
                    "Phases of the last run",
                    "Where the time goes: name, connection, TLS, request, waiting, transfer. The slowest instance.",
                    "s",
                    [
                        Query(
                            f"max by ({_BY_CHECK}, phase) ({select('health_check_phase_duration_seconds', CHECK)})",
                            f"{{{{phase}}}} {_LEGEND}",
                        )
                    ],
                    "No check that connects",
                    stacked=True,
                ),
                lines(
                    "Age of the last result",
                    "With the age from which on the status is unknown.",
                    "s",
                    [
                        Query(f"time() - min by ({_BY_CHECK}) ({_LAST_RUN} > 0)", _LEGEND),
                        Query(
                            f"max by ({_BY_CHECK}) ({select('health_check_max_age_seconds', CHECK)})",
                            f"limit {_LEGEND}",
                        ),
                    ],
                    "No runs yet",
                    overrides=[line_of("limit", RED)],
                ),
            ],
        ),
        Row(
            "Change",
            [
                lines(
                    "Changes of status",
                    "A check that changes often is worth a longer threshold, or a repair.",
                    "short",
                    [
                        Query(
                            f"sum by ({_BY_CHECK})"
                            f" (increase({select('health_check_transitions_total', CHECK)}[$__rate_interval]))",
                            _LEGEND,
                        )
                    ],
                    "No such check",
                    bars=True,
                ),
                lines(
                    "Retries",
                    "Tries beyond the first within a run.",
                    "cps",
                    [
                        Query(
                            f"sum by ({_BY_CHECK}) (rate({select('health_check_retries_total', CHECK)}[$__rate_interval]))",
                            _LEGEND,
                        )
                    ],
                    "No such check",
                ),
            ],
        ),
        Row(
            "Measurements",
            [
                table(
                    "What the checks measure",
                    "The newest values, in the unit that the name ends with. They go when they are too old.",
                    [
                        Query(
                            f'{{__name__=~"health_({_KINDS})_.+", {CHECK}}}',
                            instant=True,
                            format="table",
                        )
                    ],
                    "Nothing is measured.",
                    {
                        "component": "Component",
                        "check": "Check",
                        "instance": "Instance",
                        "__name__": "Measurement",
                        "Value": "Value",
                    },
                    width=24,
                ),
            ],
        ),
    ],
)
