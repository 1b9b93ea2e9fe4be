"""Overview: what is not healthy, since when, and who looks after it."""

from .expressions import ANNOTATIONS, COMPONENT, SERVICE, VARIABLES, facts, quantile, select, worst
from .model import GREEN, GREY, RED, STATUSES, YELLOW, Dashboard, Query, Row, mapping, thresholds
from .panels import column, exporters_down, lines, link, stat, status_column, status_stat, table, timeline

_COMPONENTS = worst("health_component_status", COMPONENT, "job, namespace, environment, component")
_TO_COMPONENT = "/d/health-component?${__url_time_range}&${datasource:queryparam}&var-job=${__data.fields.Job}&var-environment=${__data.fields.Environment}&var-component="
_HEALTHY = select("health_component_status", COMPONENT, 'status="healthy"')
_NOT_HEALTHY_THERE = f"({_HEALTHY} == 0)"
_SINCE = select("health_component_last_transition_timestamp_seconds", COMPONENT)
_READY = select("health_probe_passing", SERVICE, 'probe="readiness"')
_RATIO = select("health_component_success_ratio", COMPONENT, 'window="1h"')
_ONE_DAY = select("health_component_success_ratio", COMPONENT, 'window="24h"')

_COUNTS = [
    stat(
        status.capitalize(),
        f"Components that are {status} at their worst instance.",
        "none",
        [Query(f"count({_COMPONENTS} == {number}) or vector(0)", status.capitalize(), instant=True)],
        "No exporter",
        width=3,
        thresholds=thresholds((None, GREEN if number == 0 else GREY), (1, color)),
    )
    for number, (status, color) in enumerate(STATUSES)
]

_NOT_HEALTHY = table(
    "Not healthy",
    "Components that are not healthy now, with what they do to the service, who looks after them, and what to do.",
    [
        Query(
            f"{_COMPONENTS} * on (job, namespace, environment, component) group_left (impact, owner, runbook)"
            f" {facts(COMPONENT, 'impact', 'owner', 'runbook')} > 0",
            instant=True,
            format="table",
        ),
        Query(
            f"min by (job, namespace, environment, component) ({_SINCE} > 0 and on"
            f" (job, namespace, environment, component, instance) {_NOT_HEALTHY_THERE}) * 1000"
            f" and on (job, namespace, environment, component) {_COMPONENTS} > 0",
            instant=True,
            format="table",
        ),
    ],
    "Nothing is known to be other than healthy.",
    {
        "component": "Component",
        "Value #A": "Status",
        "Value #B": "Since",
        "impact": "Impact",
        "owner": "Owner",
        "runbook": "Runbook",
        "job": "Job",
        "environment": "Environment",
    },
    width=24,
    height=7,
    overrides=[
        status_column("Status"),
        column("Since", unit="dateTimeFromNow"),
        column("Component", links=link("Show this component", _TO_COMPONENT + "${__value.raw}")),
        column("Runbook", links=link("Open the runbook", "${__value.raw}")),
    ],
)

OVERVIEW = Dashboard(
    "health-overview",
    "Health / Overview",
    "What is not healthy, since when, and who looks after it.",
    [variable for variable in VARIABLES if variable.name != "check"],
    ANNOTATIONS,
    [
        Row(
            "Now",
            [
                status_stat(
                    "Service",
                    "The worst status that any chosen instance has: what its critical components pass up.",
                    Query(
                        worst("health_service_status", SERVICE, "job, namespace, environment"), "{{job}}", instant=True
                    ),
                    "No exporter",
                    width=3,
                ),
                *_COUNTS,
                stat(
                    "Ready instances",
                    "Instances whose readiness probe passes.",
                    "none",
                    [
                        Query(
                            f"sum({_READY}) or vector(0)",
                            "Ready",
                            instant=True,
                        )
                    ],
                    "No exporter",
                    width=3,
                    thresholds=thresholds((None, RED), (1, GREEN)),
                ),
                exporters_down(),
                stat(
                    "Lowest success ratio",
                    "Of all components within a day, or within an hour while no exporter runs for long enough, as they count it: slots lost to hung runs and open breakers are failures.",
                    "percentunit",
                    [Query(f"min({_ONE_DAY}) or min({_RATIO})", "24 h", instant=True)],
                    "No runs yet",
                    width=3,
                    decimals=2,
                    thresholds=thresholds((None, RED), (0.95, YELLOW), (0.99, GREEN)),
                ),
                _NOT_HEALTHY,
            ],
        ),
        Row(
            "Over time",
            [
                timeline(
                    "Components",
                    "The worst status of each component over all chosen instances.",
                    Query(_COMPONENTS, "{{component}} ({{job}})"),
                    "No components",
                    width=24,
                    height=10,
                ),
                lines(
                    "Success ratio within an hour",
                    "The lowest of the chosen instances, as the exporters count it.",
                    "percentunit",
                    [Query(f"min by (job, namespace, environment, component) ({_RATIO})", "{{component}} ({{job}})")],
                    "No runs yet",
                    maximum=1,
                    custom={"axisSoftMin": 0.9},
                ),
                lines(
                    "Latency, 95th percentile",
                    "Of all completed runs; a timeout counts as its deadline.",
                    "s",
                    [
                        Query(
                            quantile(0.95, COMPONENT, "job, namespace, environment, component"),
                            "{{component}} ({{job}})",
                            exemplars=True,
                        )
                    ],
                    "No runs in this time",
                ),
                timeline(
                    "Groups",
                    "The status of each group at its worst instance.",
                    Query(
                        worst("health_group_status", SERVICE, "job, namespace, environment, group"),
                        "{{group}} ({{job}})",
                    ),
                    "No groups are configured.",
                    height=6,
                ),
                timeline(
                    "Feature flags",
                    "Whether a feature is on at every chosen instance.",
                    Query(
                        f"min by (job, namespace, environment, flag) ({select('health_feature_flag_enabled', SERVICE)})",
                        "{{flag}} ({{job}})",
                    ),
                    "No flags are configured.",
                    height=6,
                    mappings=mapping([(0, "off", YELLOW), (1, "on", GREEN)]),
                    thresholds=thresholds((None, YELLOW), (1, GREEN)),
                ),
                timeline(
                    "Probes",
                    "What Kubernetes would hear from each instance.",
                    Query(
                        f"min by (job, instance, probe) ({select('health_probe_passing', SERVICE)})",
                        "{{probe}} ({{instance}})",
                    ),
                    "No exporter",
                    height=6,
                    mappings=mapping([(0, "failing", RED), (1, "passing", GREEN)]),
                    thresholds=thresholds((None, RED), (1, GREEN)),
                ),
                timeline(
                    "Alerts held back",
                    "Components in maintenance, or not healthy because of something that they depend on.",
                    Query(
                        "max by (job, namespace, environment, component, reason)"
                        f" ({select('health_component_suppressed', COMPONENT)}) == 1",
                        "{{component}}: {{reason}} ({{job}})",
                    ),
                    "None in this time",
                    height=6,
                    mappings=mapping([(1, "held back", GREY)]),
                    thresholds=thresholds((None, GREY)),
                ),
            ],
        ),
    ],
)
