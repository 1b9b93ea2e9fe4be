"""Component: what its checks find, how long they take, and why they fail."""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.dashboard import FieldColorModeId

from .expressions import CHECK, COMPONENT, facts, quantile, select, worst
from .frame import dashboard
from .panels import color_from, dashed, fixed_color, heatmap, lines, link, stat, status_stat, table, timeline
from .queries import cells, now, over_time
from .statuses import GREEN, GREY, RED, YELLOW, mapping, thresholds

_BY_CHECK = "job, namespace, environment, component, check"
_LEGEND = "{{component}}/{{check}}"
_LAST_SUCCESS = select("health_check_last_success_timestamp_seconds", CHECK)
_LAST_RUN = select("health_check_last_run_timestamp_seconds", CHECK)
_NOT_AFTER = select("health_tls_certificate_not_after_timestamp_seconds", CHECK)
_KINDS = "disk|dns|environment|exec|file|heartbeat|http|memory|postgres|redis|runtime|tls"
_DURATION = "health_check_duration_seconds"
_COMPONENTS = f"count by (job, namespace, environment, component) ({select('health_component_info', COMPONENT)})"
_IS_ONE = f"(count({_COMPONENTS}) == 1)"
_CIRCUITS = [
    select("health_check_circuit_state", CHECK, f'state="{state}"') for state in ("closed", "half_open", "open")
]


def _runs_by_result() -> timeseries.Panel:
    runs = f"sum by (result) (rate({select('health_check_runs_total', CHECK)}[$__rate_interval]))"
    panel = lines(
        "Runs by result",
        "Completed runs. `internal` is an error of the exporter itself, and moves no status.",
        "cps",
        [over_time(runs, "{{result}}")],
        "No runs in this time",
        stacked=True,
    )
    colors = {"success": GREEN, "degraded": YELLOW, "failure": RED, "timeout": "dark-red", "internal": GREY}
    for result, color in colors.items():
        panel = panel.override_by_name(result, fixed_color(color))
    return panel


COMPONENT_DASHBOARD = dashboard(
    "health-component",
    "Health / Component",
    "What the checks of a component find, how long they take, and why they fail.",
    {
        "Now": [
            status_stat(
                "Status",
                "The worst status of each component over all chosen instances. "
                "With a heartbeat it is unknown until the first one comes or is due.",
                now(
                    worst("health_component_status", COMPONENT, "job, namespace, environment, component"),
                    "{{component}}",
                ),
                "No such component",
            ).span(8),
            stat(
                "Failures in a row",
                "Failures and timeouts until now, the most of any check and instance.",
                "none",
                [now(f"max({select('health_check_consecutive_failures', CHECK)})", "Failures in a row")],
                "No such check",
            ).thresholds(thresholds((None, GREEN), (1, YELLOW), (3, RED))),
            stat(
                "Last success",
                "How long ago the least lucky check last succeeded.",
                "s",
                [now(f"time() - min({_LAST_SUCCESS} > 0)", "Last success")],
                "Never yet",
            ).thresholds(thresholds((None, GREEN), (300, YELLOW), (3600, RED))),
            stat(
                "Certificate expires in",
                "The first to expire of the certificates that the checks see, whole chains included.",
                "s",
                [now(f"min({_NOT_AFTER}) - time()", "Certificate")],
                "No TLS",
            ).thresholds(thresholds((None, RED), (3 * 86400, YELLOW), (14 * 86400, GREEN))),
            stat(
                "Slowest last run",
                "Of the chosen checks and instances.",
                "s",
                [now(f"max({select('health_check_last_duration_seconds', CHECK)})", "Last run")],
                "No runs yet",
            ).color_scheme(color_from(FieldColorModeId.FIXED)),
            table(
                "Facts",
                "What the configuration says of each component.",
                [cells(facts(COMPONENT, "impact", "scope", "group", "owner", "runbook"))],
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
            )
            .span(24)
            .height(5)
            .override_by_name("Runbook", link("Open the runbook", "${__value.raw}")),
        ],
        "Results": [
            timeline(
                "Checks",
                "The status of each check at each instance.",
                over_time(
                    worst("health_check_status", CHECK, f"{_BY_CHECK}, instance"), f"{_LEGEND} ({{{{instance}}}})"
                ),
                "No such check",
            ).span(24),
            _runs_by_result(),
            lines(
                "Why runs fail",
                "Every run that isn't a success, by reason.",
                "cps",
                [
                    over_time(
                        f"sum by (component, check, reason) (rate({select('health_check_failures_total', CHECK)}[$__rate_interval])) > 0",
                        f"{_LEGEND}: {{{{reason}}}}",
                    )
                ],
                "No failures in this time",
                bars=True,
                stacked=True,
            ),
            lines(
                "Slots without a run",
                "`overlap`: the run before still hung. `circuit_open`: the breaker was open. `saturated`: too many runs in flight.",
                "cps",
                [
                    over_time(
                        f"sum by (reason) (rate({select('health_check_skips_total', CHECK)}[$__rate_interval]))",
                        "{{reason}}",
                    )
                ],
                "No such check",
            ),
            timeline(
                "Circuit breakers",
                "The state of each check's breaker, for those that have one.",
                over_time(
                    f"max by ({_BY_CHECK}, instance) (0 * {_CIRCUITS[0]} or 1 * {_CIRCUITS[1]} or 2 * {_CIRCUITS[2]})",
                    f"{_LEGEND} ({{{{instance}}}})",
                ),
                "No breakers are configured.",
            )
            .mappings(mapping([(0, "closed", GREEN), (1, "half-open", YELLOW), (2, "open", RED)]))
            .thresholds(thresholds((None, GREEN), (1, YELLOW), (2, RED))),
        ],
        "Latency": [
            heatmap(
                "Latency of runs",
                "How many runs took how long; a timeout counts as its deadline. Components have bounds of their own, so choose one.",
                over_time(
                    f"sum by (le) (increase({select(_DURATION + '_bucket', CHECK)}[$__rate_interval])) and on () {_IS_ONE}",
                    "{{le}}",
                ),
                "Choose one component",
            ),
            lines(
                "Quantiles",
                "With the timeout and the limit from which on a run is degraded. Few runs make a 99th percentile the maximum.",
                "s",
                [
                    over_time(quantile(0.5, _DURATION, CHECK, _BY_CHECK), f"p50 {_LEGEND}"),
                    over_time(quantile(0.95, _DURATION, CHECK, _BY_CHECK), f"p95 {_LEGEND}"),
                    over_time(quantile(0.99, _DURATION, CHECK, _BY_CHECK), f"p99 {_LEGEND}").exemplar(True),
                    over_time(
                        f"max by ({_BY_CHECK}) ({select('health_check_timeout_seconds', CHECK)})", f"timeout {_LEGEND}"
                    ),
                    over_time(
                        f"max by ({_BY_CHECK}) ({select('health_check_degraded_above_seconds', CHECK)})",
                        f"degraded above {_LEGEND}",
                    ),
                ],
                "No runs in this time",
            )
            .override_by_regexp("/^timeout/", dashed(RED))
            .override_by_regexp("/^degraded above/", dashed(YELLOW)),
            lines(
                "Phases of the last run",
                "Where the time goes: name, connection, TLS, request, waiting, transfer. The slowest instance.",
                "s",
                [
                    over_time(
                        f"max by ({_BY_CHECK}, phase) ({select('health_check_phase_duration_seconds', CHECK)})",
                        f"{{{{phase}}}} {_LEGEND}",
                    )
                ],
                "No check that connects",
                stacked=True,
            ),
            lines(
                "Age of the last result",
                "From max_age on the status is unknown: two intervals and a timeout, unless the configuration says otherwise.",
                "s",
                [over_time(f"time() - min by ({_BY_CHECK}) ({_LAST_RUN} > 0)", _LEGEND)],
                "No runs yet",
            ),
        ],
        "Change": [
            lines(
                "Changes of status",
                "A check that changes often is worth a longer threshold, or a repair.",
                "short",
                [
                    over_time(
                        f"sum by ({_BY_CHECK}) (increase({select('health_check_transitions_total', CHECK)}[$__rate_interval]))",
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
                    over_time(
                        f"sum by ({_BY_CHECK}) (rate({select('health_check_retries_total', CHECK)}[$__rate_interval]))",
                        _LEGEND,
                    )
                ],
                "No such check",
            ),
        ],
        "Measurements": [
            table(
                "What the checks measure",
                "The newest values, in the unit that the name ends with. They go when they are too old.",
                [cells(f'{{__name__=~"health_({_KINDS})_.+", {CHECK}}}')],
                "Nothing is measured.",
                {
                    "component": "Component",
                    "check": "Check",
                    "instance": "Instance",
                    "__name__": "Measurement",
                    "Value": "Value",
                },
            ).span(24)
        ],
    },
)
