"""Overview: what is not healthy, since when, and who looks after it."""

from .expressions import (
    BY_CHECK,
    BY_COMPONENT,
    BY_INSTANCE,
    BY_SERVICE,
    COMPONENT,
    SCOPE,
    SERVICE,
    bad_ratio,
    count_by_status,
    facts,
    lately,
    located,
    named,
    select,
    worst,
    worst_components,
)
from .frame import Row, dashboard
from .links import COMPONENT_OF_ROW, COMPONENT_OF_SERIES, LOGS_OF_ROW, RUNBOOK_OF_ALERT, RUNBOOK_OF_COMPONENT
from .panels import (
    FEW_POINTS,
    HIDDEN,
    STATUS_CELL,
    exporters_down,
    linked,
    lines,
    properties,
    share_stat,
    sorted_by,
    stat,
    status_stat,
    table,
    timeline,
)
from .queries import cells, now, over_time
from .statuses import BLUE, GREEN, GREY, NEUTRAL, RED, STATUSES, YELLOW, mapping, thresholds

# How many lines a panel draws at each moment.
_LINES, _ROWS = 10, 30
_LEGEND = "{{component}} ({{service}})"

_HEALTHY = select("health_component_status", COMPONENT, 'status="healthy"')
_CHECK_HEALTHY = select("health_check_status", COMPONENT, 'status="healthy"')
_READY = select("health_probe_passing", SERVICE, 'probe="readiness"')


def _no_check(expression: str) -> str:
    """With a label `check` all the same: rows are merged by the labels that all queries of a table have."""
    return f'label_replace({expression}, "check", "–", "", "")'


# A row for each check that isn't healthy somewhere, and for each component that isn't although its checks are, as in a drill.
# A check whose component is healthy all the same isn't among them: a heartbeat that waits for its first beat.
# The value is 0, so that others can be added.
_COMPONENT_IS_NOT = f"min by ({BY_COMPONENT}) ({_HEALTHY}) == 0"
_OF_SUCH = f"and on ({BY_COMPONENT}) {_COMPONENT_IS_NOT}"
_KEYS = (
    f"(min by ({BY_CHECK}) ({_CHECK_HEALTHY}) == 0 {_OF_SUCH}"
    f" or on ({BY_COMPONENT}) {_no_check(_COMPONENT_IS_NOT)})"
)


def _of_rows(expression: str, *labels: str, by: str = BY_COMPONENT) -> str:
    """A value or labels for each row, from an expression about its component or its check."""
    return f"{_KEYS} + on ({by}) group_left ({', '.join(labels)}) {expression}"


_STATUS = (
    f"({worst('health_check_status', COMPONENT, BY_CHECK)} > 0 {_OF_SUCH}"
    f" or on ({BY_COMPONENT}) {_no_check(worst('health_component_status', COMPONENT, BY_COMPONENT) + ' > 0')})"
)
_TRANSITION = select("health_component_last_transition_timestamp_seconds", COMPONENT)
_SINCE = (
    f"(1000 * min by ({BY_COMPONENT}) ({_TRANSITION} > 0 and on ({BY_COMPONENT}, instance) ({_HEALTHY} == 0)))"
)
_DRILL = select("health_component_drill_active", COMPONENT)
_SUPPRESSED = select("health_component_suppressed", COMPONENT)


def _seen_by(healthy: str, by: str) -> str:
    """The label `instances`: at how many of them it isn't healthy, such as "2 of 3"."""
    bad = f'count_values by ({by}) ("bad", count by ({by}) ({healthy} == 0))'
    of = f'count_values by ({by}) ("of", count by ({by}) ({healthy}))'
    return f'label_join({bad} * on ({by}) group_left (of) {of}, "instances", " of ", "bad", "of")'


_NOT_HEALTHY = (
    table(
        "Not healthy",
        "A row for each check that isn't healthy at some instance: the reason of most bad runs within 2 minutes, or else 15; since when "
        "its component is so; and at how many instances. A row without a check is a component whose checks are all healthy: a drill. "
        "Suppressed ones alert nobody.",
        [
            cells(
                located(
                    f"{_STATUS} * on ({BY_COMPONENT}) group_left (impact, owner, runbook)"
                    f" {facts(COMPONENT, 'impact', 'owner', 'runbook')}"
                )
            ),
            cells(_of_rows(_SINCE)),
            cells(_of_rows(lately(COMPONENT, BY_CHECK), "reason", by=BY_CHECK)),
            cells(
                f"{_seen_by(_CHECK_HEALTHY, BY_CHECK)} {_OF_SUCH}"
                f" or on ({BY_COMPONENT}) {_no_check(_seen_by(_HEALTHY, BY_COMPONENT))}"
            ),
            cells(
                _of_rows(
                    f'label_replace(topk by ({BY_COMPONENT}) (1, max by ({BY_COMPONENT}, reason) ({_SUPPRESSED}) == 1),'
                    ' "suppressed", "$1", "reason", "(.*)")',
                    "suppressed",
                )
            ),
            cells(
                _of_rows(
                    f'label_replace(max by ({BY_COMPONENT}) ({_DRILL}) == 1, "drill", "drill", "", "")',
                    "drill",
                )
            ),
        ],
        "All components are healthy, or no exporter is there.",
        {
            "component": "Component",
            "check": "Check",
            "Value #A": "Status",
            "reason": "Reason",
            "Value #B": "Since",
            "instances": "Instances",
            "suppressed": "Suppressed",
            "drill": "Drill",
            "impact": "Impact",
            "owner": "Owner",
            "runbook": "Runbook",
            "job": "Job",
            "environment": "Environment",
            "namespace": "Namespace",
            "cluster": "Cluster",
            "at": "at",
        },
    )
    .span(24)
    .height(7)
    .override_by_name("Status", STATUS_CELL)
    .override_by_name("Since", properties(unit="dateTimeFromNow"))
    .override_by_name("Component", linked(COMPONENT_OF_ROW, LOGS_OF_ROW))
    .override_by_name("at", HIDDEN)
    .override_by_name("Runbook", linked(RUNBOOK_OF_COMPONENT))
)

_ALERTS = f'alertname=~"Health.+", {SCOPE}'
_ALERTS_NOW = select("ALERTS", _ALERTS, 'alertstate="firing"')
_FIRING = (
    table(
        "Firing alerts",
        "What the alerting rules of this Prometheus say now. Since: when the condition began to hold, before the alert waited for its time.",
        [
            cells(
                located(f"1000 * {select('ALERTS_FOR_STATE', _ALERTS)} and ignoring (alertstate) {_ALERTS_NOW}")
            )
        ],
        "None, or this Prometheus has no alerting rules.",
        {
            "alertname": "Alert",
            "severity": "Severity",
            "component": "Component",
            "group": "Group",
            "check": "Check",
            "instance": "Instance",
            "Value": "Since",
            "owner": "Owner",
            "job": "Job",
            "environment": "Environment",
            "namespace": "Namespace",
            "cluster": "Cluster",
            "at": "at",
        },
    )
    .span(24)
    .height(5)
    .override_by_name("Since", properties(unit="dateTimeFromNow"))
    .override_by_name(
        "Severity",
        properties(
            mappings=mapping([("critical", "critical", RED), ("warning", "warning", YELLOW), ("info", "info", BLUE)]),
            custom__cellOptions={"type": "color-background", "mode": "basic"},
        ),
    )
    .override_by_name("Alert", linked(RUNBOOK_OF_ALERT))
    .override_by_name("Component", linked(COMPONENT_OF_ROW, LOGS_OF_ROW))
    .override_by_name("at", HIDDEN)
)

_COLORS = dict(STATUSES)
_COUNTS = [
    stat(
        status.capitalize(),
        "Components that are healthy at every instance." if status == "healthy" else f"Components that are {status} at their worst instance.",
        "none",
        [now(count, status.capitalize())],
        "No exporter",
    )
    .span(3)
    .thresholds(thresholds((None, NEUTRAL), (1, _COLORS[status])))
    for status, count in count_by_status("health_component_status", COMPONENT, BY_COMPONENT).items()
]

OVERVIEW = dashboard(
    "health-overview",
    "Health / Overview",
    "What is not healthy, since when, and who looks after it.",
    [
        Row(
            "Now",
            [
                status_stat(
                    "Service",
                    "The worst status that any chosen instance has: what its critical components pass up.",
                    now(f"max({worst('health_service_status', SERVICE, BY_SERVICE)})", "Service"),
                    "No exporter",
                ).span(3),
                *_COUNTS,
                share_stat(
                    "Ready",
                    "Instances whose readiness probe passes, of those that can be scraped.",
                    f"sum({_READY})",
                    f"count({_READY})",
                    "No exporter",
                ).span(3),
                exporters_down(),
                stat(
                    "Lowest success ratio",
                    "Of all components within an hour, from the recording rules: slots lost to hung runs and open breakers are failures, "
                    "suppressed ones are left out.",
                    "percentunit",
                    [now(f"1 - max({bad_ratio('1h')})", "1 hour")],
                    "No recording rules",
                )
                .span(3)
                .decimals(2)
                .thresholds(thresholds((None, RED), (0.95, YELLOW), (0.99, GREEN))),
                sorted_by(_NOT_HEALTHY, "Status", descending=True),
                sorted_by(_FIRING, "Severity"),
                timeline(
                    "Components",
                    f"The worst status of each component over all chosen instances, from the recording rules: at each moment the {_ROWS} worst.",
                    over_time(located(named(worst_components(_ROWS))), _LEGEND),
                    "No recording rules",
                )
                .span(24)
                .height(9)
                .max_data_points(FEW_POINTS)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES)),
            ],
        ),
        Row(
            "Success and duration",
            [
                lines(
                    "Success ratio within an hour",
                    f"From the recording rules: at each moment the {_LINES} components with the lowest.",
                    "percentunit",
                    [over_time(located(named(f"bottomk({_LINES}, 1 - {bad_ratio('1h')})")), _LEGEND)],
                    "No recording rules, or no runs yet",
                )
                .max(1)
                .axis_soft_min(0.9)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES)),
                lines(
                    "Slowest runs",
                    f"The last run of each check, as each scrape saw it; a timeout counts as its deadline. At each moment the {_LINES} slowest.",
                    "s",
                    [
                        over_time(
                            located(
                                named(
                                    f"topk({_LINES}, max by ({BY_COMPONENT}) (max_over_time("
                                    f"{select('health_check_last_duration_seconds', COMPONENT)}[$__rate_interval])))"
                                )
                            ),
                            _LEGEND,
                        )
                    ],
                    "No runs yet",
                )
                .max_data_points(FEW_POINTS)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES)),
            ],
        ),
        Row(
            "Groups, flags, probes and suppression",
            [
                timeline(
                    "Groups",
                    f"The status of each group at its worst instance: at each moment the {_ROWS} worst.",
                    over_time(
                        named(f"topk({_ROWS}, {worst('health_group_status', SERVICE, BY_SERVICE + ', group')})"),
                        "{{group}} ({{service}})",
                    ),
                    "No groups are configured.",
                ).height(6),
                timeline(
                    "Feature flags",
                    "Whether a feature is on at every chosen instance.",
                    over_time(
                        named(f"min by ({BY_SERVICE}, flag) ({select('health_feature_flag_enabled', SERVICE)})"),
                        "{{flag}} ({{service}})",
                    ),
                    "No flags are configured.",
                )
                .height(6)
                .mappings(mapping([(0, "off", YELLOW), (1, "on", GREEN)]))
                .thresholds(thresholds((None, YELLOW), (1, GREEN))),
                timeline(
                    "Probes",
                    "What Kubernetes would hear from each instance.",
                    over_time(
                        named(
                            f"min by ({BY_INSTANCE}, probe) ({select('health_probe_passing', SERVICE)})",
                            "cluster",
                            "namespace",
                            "job",
                            "instance",
                        ),
                        "{{probe}} ({{service}})",
                    ),
                    "No exporter",
                )
                .height(6)
                .mappings(mapping([(0, "failing", RED), (1, "passing", GREEN)]))
                .thresholds(thresholds((None, RED), (1, GREEN))),
                timeline(
                    "Suppressed alerts",
                    "Components in maintenance, or not healthy because of something that they depend on: "
                    f"at each moment {_ROWS} of them.",
                    over_time(
                        named(f"topk({_ROWS}, max by ({BY_COMPONENT}, reason) ({_SUPPRESSED}) == 1)"),
                        "{{component}}: {{reason}} ({{service}})",
                    ),
                    "None in this time",
                )
                .height(6)
                .mappings(mapping([(1, "suppressed", GREY)]))
                .thresholds(thresholds((None, GREY))),
            ],
            is_open=False,
        ),
    ],
    variables=("datasource", "cluster", "namespace", "job", "environment", "components", "instance", "logs"),
    events={name: COMPONENT for name in ("changes", "drills", "versions", "reloads")},
    # All components are much to read.
    refresh="1m",
)
