"""Component: what its checks find, how long they take, and why they fail."""

from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries

from .expressions import (
    BY_CHECK,
    BY_COMPONENT,
    BY_INSTANCE,
    CHECK,
    ONE,
    SERVICE,
    facts,
    lately,
    quantile,
    select,
    success_ratio,
    worst,
)
from .frame import Row, dashboard
from .links import LOGS, RUNBOOK_OF_COMPONENT
from .measurements import measurements
from .panels import (
    STATUS_CELL,
    dashed,
    fixed_color,
    heatmap,
    linked,
    lines,
    logarithmic,
    properties,
    share_stat,
    sorted_by,
    stat,
    status_stat,
    table,
    timeline,
)
from .queries import cells, now, over_time
from .statuses import GREEN, GREY, NEUTRAL, RED, YELLOW, above, mapping, thresholds

_HEALTHY = select("health_component_status", ONE, 'status="healthy"')
_LAST_SUCCESS = select("health_check_last_success_timestamp_seconds", CHECK)
_LAST_RUN = select("health_check_last_run_timestamp_seconds", CHECK)
_LAST_DURATION = select("health_check_last_duration_seconds", CHECK)
_TIMEOUT = select("health_check_timeout_seconds", CHECK)
_NOT_AFTER = select("health_tls_certificate_not_after_timestamp_seconds", CHECK)
_DURATION = "health_check_duration_seconds"
_CIRCUITS = [
    select("health_check_circuit_state", CHECK, f'state="{state}"') for state in ("closed", "half_open", "open")
]


def _max_age() -> str:
    """From which age on a result is too old: as configured, or, where that isn't exported, two mean intervals and a timeout.

    The mean is that of the last hour, or since the process began.
    """
    configured = f"max by ({BY_CHECK}) ({select('health_check_max_age_seconds', CHECK)})"
    lived = f"max by ({BY_INSTANCE}) (clamp_max(time() - {select('process_start_time_seconds', SERVICE)}, 3600))"
    runs = f"sum by ({BY_CHECK}, instance) (increase({select('health_check_runs_total', CHECK)}[1h]))"
    intervals = f"max by ({BY_CHECK}) (2 / ({runs} > 0) * on ({BY_INSTANCE}) group_left () {lived})"
    return f"({configured} or {intervals} + on ({BY_CHECK}) max by ({BY_CHECK}) ({_TIMEOUT}))"


# How long ago each check had last succeeded when it was scraped, at its least lucky instance; without those that never did.
_AGE = f"max by ({BY_CHECK}) (timestamp({_LAST_SUCCESS}) - ({_LAST_SUCCESS} > 0))"
_NEVER = f"count(min by ({BY_CHECK}) ({_LAST_SUCCESS}) == 0)"


def _last_success() -> stats.Panel:
    too_old = f"max({_AGE} > {_max_age()})"
    return (
        stat(
            "Last success",
            "How long ago the check last succeeded whose success is oldest, at its least lucky instance, when it was scraped. "
            "Red: longer ago than max_age, from which on a status is unknown; without `profile: full`, which exports it, "
            "two mean intervals of the last hour and a timeout. "
            "Checks that never succeeded since their exporter started are counted beside it.",
            "s",
            [
                now(f"max({_AGE}) unless on () {too_old}", "Last success"),
                now(too_old, "Too long ago"),
                now(_NEVER, "Never succeeded"),
            ],
            "No such check",
        )
        .override_by_name("Last success", fixed_color(GREEN))
        .override_by_name("Too long ago", fixed_color(RED))
        .override_by_name("Never succeeded", [*fixed_color(YELLOW), *properties(unit="none", decimals=0)])
    )


def _success_ratio() -> stats.Panel:
    ratio = success_ratio(ONE, BY_COMPONENT, "$__range")
    objective = f"max by ({BY_COMPONENT}) ({select('health_component_objective_ratio', ONE)})"
    missed = f"min({ratio} < on ({BY_COMPONENT}) {objective})"
    return (
        stat(
            "Success ratio",
            "Within the chosen time range, from counters, which a restart doesn't reset: slots lost to hung runs and open breakers are failures. "
            "Green: not below the objective. Of several services the lowest.",
            "percentunit",
            [
                now(f"min({ratio}) unless on () {missed}", "Objective kept"),
                now(missed, "Below the objective"),
            ],
            "No runs yet",
        )
        .decimals(2)
        .override_by_name("Objective kept", fixed_color(GREEN))
        .override_by_name("Below the objective", fixed_color(RED))
    )


def _checks_table() -> tables.Panel:
    healthy = select("health_check_status", CHECK, 'status="healthy"')
    bad = f'count_values by ({BY_CHECK}) ("bad", count by ({BY_CHECK}) ({healthy} == 0))'
    of = f'count_values by ({BY_CHECK}) ("of", count by ({BY_CHECK}) ({healthy}))'
    age = f"max by ({BY_CHECK}) (timestamp({_LAST_SUCCESS}) - {_LAST_SUCCESS})"
    return (
        table(
            "Checks",
            "Each check at its worst instance. Reason: of most bad runs within 2 minutes, or else 15. Of max_age: how much of it "
            "has passed since the last success. Slowest: of the runs that scrapes saw in the time range.",
            [
                cells(worst("health_check_status", CHECK, BY_CHECK)),
                cells(f"max by ({BY_CHECK}, kind) ({select('health_check_info', CHECK)})"),
                cells(lately(CHECK, BY_CHECK)),
                cells(f'label_join({bad} * on ({BY_CHECK}) group_left (of) {of}, "instances", " of ", "bad", "of")'),
                cells(f"max by ({BY_CHECK}) ({select('health_check_consecutive_failures', CHECK)})"),
                cells(f"1000 * min by ({BY_CHECK}) ({_LAST_SUCCESS})"),
                cells(f"{age} / {_max_age()}"),
                cells(f"max by ({BY_CHECK}) ({_LAST_DURATION})"),
                cells(f"max by ({BY_CHECK}) (max_over_time({_LAST_DURATION}[$__range]))"),
                cells(f"max by ({BY_CHECK}) ({_TIMEOUT})"),
            ],
            "No such check",
            {
                "check": "Check",
                "kind": "Kind",
                "Value #A": "Status",
                "instances": "Not healthy at",
                "reason": "Reason",
                "Value #E": "Failures in a row",
                "Value #F": "Last success",
                "Value #G": "Of max_age",
                "Value #H": "Last run took",
                "Value #I": "Slowest",
                "Value #J": "Timeout",
                "job": "Job",
                "environment": "Environment",
                "namespace": "Namespace",
                "cluster": "Cluster",
            },
        )
        .span(24)
        .height(6)
        .override_by_name("Check", linked(LOGS))
        .override_by_name("Status", STATUS_CELL)
        .override_by_name("Failures in a row", properties(unit="none", decimals=0))
        .override_by_name("Last success", properties(unit="dateTimeFromNow", mappings=mapping([(0, "never", YELLOW)])))
        .override_by_name(
            "Of max_age",
            properties(
                unit="percentunit",
                decimals=0,
                # Nothing that succeeded since a process began is older than a hundred thousand times its age.
                mappings=above(100_000, "never", YELLOW),
                thresholds=thresholds((None, GREEN), (1, RED)).build(),
                custom__cellOptions={"type": "color-text"},
            ),
        )
        .override_by_name("Last run took", properties(unit="s"))
        .override_by_name("Slowest", properties(unit="s"))
        .override_by_name("Timeout", properties(unit="s"))
    )


def _runs_by_result() -> timeseries.Panel:
    runs = f"sum by (result) (rate({select('health_check_runs_total', CHECK)}[$__rate_interval]))"
    panel = lines(
        "Runs by result",
        "Completed runs per second. `internal` is an error of the exporter itself, and moves no status.",
        "cps",
        [over_time(runs, "{{result}}")],
        "No runs in this time",
        stacked=True,
    )
    colors = {"success": GREEN, "degraded": YELLOW, "failure": RED, "timeout": "dark-red", "internal": GREY}
    for result, color in colors.items():
        panel = panel.override_by_name(result, fixed_color(color))
    return panel


def _with_limits(panel: timeseries.Panel) -> timeseries.Panel:
    panel = panel.scale_distribution(logarithmic())
    return panel.override_by_regexp("/^timeout/", dashed(RED)).override_by_regexp("/^degraded above/", dashed(YELLOW))


_LIMITS = [
    over_time(f"max by (check) ({_TIMEOUT})", "timeout {{check}}"),
    over_time(
        f"max by (check) ({select('health_check_degraded_above_seconds', CHECK)})", "degraded above {{check}}"
    ),
]

_NOW = [
    status_stat(
        "Status",
        "The worst status over all chosen instances. With a heartbeat it is unknown until the first one comes or is due.",
        now(f"max({worst('health_component_status', ONE, BY_COMPONENT)})", "Status"),
        "No such component",
    ),
    share_stat(
        "Healthy instances",
        "Instances that see the component healthy, of all that know it.",
        f"sum({_HEALTHY})",
        f"count({_HEALTHY})",
        "No such component",
    ),
    _success_ratio(),
    _last_success(),
    stat(
        "Duration of runs",
        "Of the slowest check and instance: its last run, and the slowest of the runs that scrapes saw in the time range. "
        "These are durations as they were; the quantiles below are interpolated.",
        "s",
        [now(f"max({_LAST_DURATION})", "Last"), now(f"max(max_over_time({_LAST_DURATION}[$__range]))", "Slowest")],
        "No runs yet",
    ).thresholds(thresholds((None, NEUTRAL))),
    stat(
        "Certificate expires in",
        "The first to expire of the certificates that the checks see, whole chains included.",
        "s",
        [now(f"min({_NOT_AFTER}) - time()", "Certificate")],
        "No TLS",
    ).thresholds(thresholds((None, RED), (3 * 86400, YELLOW), (14 * 86400, GREEN))),
    sorted_by(_checks_table(), "Status", descending=True),
    table(
        "Facts",
        "What the configuration says of the component.",
        [cells(facts(ONE, "impact", "scope", "group", "owner", "runbook"))],
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
            "namespace": "Namespace",
            "cluster": "Cluster",
        },
    )
    .span(24)
    .height(4)
    .override_by_name("Runbook", linked(RUNBOOK_OF_COMPONENT)),
    timeline(
        "Checks over time",
        "The status of each check at each instance.",
        over_time(worst("health_check_status", CHECK, "check, instance"), "{{check}} ({{instance}})"),
        "No such check",
    )
    .span(24)
    .height(7)
    .override_by_regexp("/.*/", linked(LOGS)),
    _runs_by_result().span(8),
    lines(
        "Why runs fail",
        "Runs per second that were no success, by reason.",
        "cps",
        [
            over_time(
                f"sum by (check, reason) (rate({select('health_check_failures_total', CHECK)}[$__rate_interval])) > 0",
                "{{check}}: {{reason}}",
            )
        ],
        "No failures in this time",
        bars=True,
        stacked=True,
    )
    .span(8)
    .override_by_regexp("/.*/", linked(LOGS)),
    _with_limits(
        lines(
            "Last durations",
            "Of each check's last run at its slowest instance, as they were, with the limits from which on a run is degraded and is given up.",
            "s",
            [over_time(f"max by (check) (max_over_time({_LAST_DURATION}[$__rate_interval]))", "{{check}}"), *_LIMITS],
            "No runs in this time",
        )
    ).span(8),
]

_LATENCY = [
    heatmap(
        "Latency of runs",
        "How many runs took how long; a timeout counts as its deadline. Services have bounds of their own: choose one job.",
        over_time(f"sum by (le) (increase({select(_DURATION + '_bucket', CHECK)}[$__rate_interval]))", "{{le}}"),
        "No runs in this time, or no classic histograms",
    ),
    _with_limits(
        lines(
            "Quantiles",
            "Over the time chosen above as Quantiles over, which should hold at least ten runs: choose an hour for a check that runs every "
            "five minutes. Quantiles are interpolated between the bounds of a bucket, so that p99 may lie above every run; "
            "the dashed grey line is the slowest run that "
            "scrapes saw in the same time.",
            "s",
            [
                over_time(quantile(0.5, _DURATION, CHECK, "check", "$window"), "p50 {{check}}"),
                over_time(quantile(0.95, _DURATION, CHECK, "check", "$window"), "p95 {{check}}"),
                over_time(quantile(0.99, _DURATION, CHECK, "check", "$window"), "p99 {{check}}").exemplar(True),
                over_time(f"max by (check) (max_over_time({_LAST_DURATION}[$window]))", "slowest {{check}}"),
                *_LIMITS,
            ],
            "No runs in this time",
        ).override_by_regexp("/^slowest/", dashed(GREY))
    ),
    lines(
        "Phases of the last run",
        "Where the time goes: name, connection, TLS, request, waiting, transfer. The slowest instance.",
        "s",
        [
            over_time(
                f"max by (check, phase) ({select('health_check_phase_duration_seconds', CHECK)})",
                "{{check}}: {{phase}}",
            )
        ],
        "No check that connects",
        stacked=True,
    ),
    lines(
        "Age of the last result",
        "When it was scraped. From the dashed line on, max_age, the status is unknown. "
        "Without `profile: full` it is estimated from the runs of the last hour.",
        "s",
        [
            over_time(f"max by (check) (timestamp({_LAST_RUN}) - ({_LAST_RUN} > 0))", "{{check}}"),
            over_time(f"max by (check) ({_max_age()})", "max_age {{check}}"),
        ],
        "No runs yet",
    ).override_by_regexp("/^max_age/", dashed()),
]

_SCHEDULE = [
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
            f"max by (check, instance) (0 * {_CIRCUITS[0]} or 1 * {_CIRCUITS[1]} or 2 * {_CIRCUITS[2]})",
            "{{check}} ({{instance}})",
        ),
        "No breakers are configured.",
    )
    .mappings(mapping([(0, "closed", GREEN), (1, "half-open", YELLOW), (2, "open", RED)]))
    .thresholds(thresholds((None, GREEN), (1, YELLOW), (2, RED))),
    lines(
        "Changes of status",
        "A check that changes often is worth a longer threshold, or a repair. A start is a change from unknown.",
        "short",
        [
            over_time(
                f"sum by (check) (increase({select('health_check_transitions_total', CHECK)}[$__rate_interval]))",
                "{{check}}",
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
                f"sum by (check) (rate({select('health_check_retries_total', CHECK)}[$__rate_interval]))",
                "{{check}}",
            )
        ],
        "No retries are configured.",
    ),
]

COMPONENT_DASHBOARD = dashboard(
    "health-component",
    "Health / Component",
    "What the checks of a component find, how long they take, and why they fail.",
    [
        Row("Now", _NOW),
        Row("Latency", _LATENCY, is_open=False),
        Row("Slots, breakers, changes and retries", _SCHEDULE, is_open=False),
        Row("Measurements", measurements(), is_open=False),
    ],
    variables=(
        "datasource",
        "cluster",
        "namespace",
        "job",
        "environment",
        "component",
        "check",
        "instance",
        "window",
        "logs",
    ),
    events={name: ONE for name in ("changes", "drills", "versions", "reloads")},
)
