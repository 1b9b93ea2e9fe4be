"""Overview: what is not healthy, since when, and who looks after it."""

from .expressions import COMPONENT, SERVICE, facts, quantile, select, worst
from .frame import dashboard
from .panels import STATUS_CELL, exporters_down, lines, link, properties, stat, status_stat, table, timeline
from .queries import cells, now, over_time
from .statuses import GREEN, GREY, RED, STATUSES, YELLOW, mapping, thresholds

_BY = "job, namespace, environment, component"
_COMPONENTS = worst("health_component_status", COMPONENT, _BY)
_TO_COMPONENT = (
    "/d/health-component?${__url_time_range}&${datasource:queryparam}"
    "&var-job=${__data.fields.Job}&var-environment=${__data.fields.Environment}&var-component="
)
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
        [now(f"count({_COMPONENTS} == {number}) or vector(0)", status.capitalize())],
        "No exporter",
    )
    .span(3)
    .thresholds(thresholds((None, GREEN if number == 0 else GREY), (1, color)))
    for number, (status, color) in enumerate(STATUSES)
]

_NOT_HEALTHY = (
    table(
        "Not healthy",
        "Components that are not healthy now, with what they do to the service, who looks after them, and what to do.",
        [
            cells(
                f"{_COMPONENTS} * on ({_BY}) group_left (impact, owner, runbook)"
                f" {facts(COMPONENT, 'impact', 'owner', 'runbook')} > 0"
            ),
            cells(
                f"min by ({_BY}) ({_SINCE} > 0 and on ({_BY}, instance) {_NOT_HEALTHY_THERE}) * 1000"
                f" and on ({_BY}) {_COMPONENTS} > 0"
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
    )
    .span(24)
    .height(7)
    .override_by_name("Status", STATUS_CELL)
    .override_by_name("Since", properties(unit="dateTimeFromNow"))
    .override_by_name("Component", link("Show this component", _TO_COMPONENT + "${__value.raw}"))
    .override_by_name("Runbook", link("Open the runbook", "${__value.raw}"))
)

OVERVIEW = dashboard(
    "health-overview",
    "Health / Overview",
    "What is not healthy, since when, and who looks after it.",
    {
        "Now": [
            status_stat(
                "Service",
                "The worst status that any chosen instance has: what its critical components pass up.",
                now(worst("health_service_status", SERVICE, "job, namespace, environment"), "{{job}}"),
                "No exporter",
            ).span(3),
            *_COUNTS,
            stat(
                "Ready instances",
                "Instances whose readiness probe passes.",
                "none",
                [now(f"sum({_READY}) or vector(0)", "Ready")],
                "No exporter",
            )
            .span(3)
            .thresholds(thresholds((None, RED), (1, GREEN))),
            exporters_down(),
            stat(
                "Lowest success ratio",
                "Of all components within a day, or within an hour while no exporter runs for long enough, as they count it: "
                "slots lost to hung runs and open breakers are failures.",
                "percentunit",
                [now(f"min({_ONE_DAY}) or min({_RATIO})", "24 h")],
                "No runs yet",
            )
            .span(3)
            .decimals(2)
            .thresholds(thresholds((None, RED), (0.95, YELLOW), (0.99, GREEN))),
            _NOT_HEALTHY,
        ],
        "Over time": [
            timeline(
                "Components",
                "The worst status of each component over all chosen instances.",
                over_time(_COMPONENTS, "{{component}} ({{job}})"),
                "No components",
            )
            .span(24)
            .height(10),
            lines(
                "Success ratio within an hour",
                "The lowest of the chosen instances, as the exporters count it.",
                "percentunit",
                [over_time(f"min by ({_BY}) ({_RATIO})", "{{component}} ({{job}})")],
                "No runs yet",
            )
            .max(1)
            .axis_soft_min(0.9),
            lines(
                "Latency, 95th percentile",
                "Of all completed runs; a timeout counts as its deadline.",
                "s",
                [over_time(quantile(0.95, "health_check_duration_seconds", COMPONENT, _BY), "{{component}} ({{job}})").exemplar(True)],
                "No runs in this time",
            ),
            timeline(
                "Groups",
                "The status of each group at its worst instance.",
                over_time(
                    worst("health_group_status", SERVICE, "job, namespace, environment, group"), "{{group}} ({{job}})"
                ),
                "No groups are configured.",
            ).height(6),
            timeline(
                "Feature flags",
                "Whether a feature is on at every chosen instance.",
                over_time(
                    f"min by (job, namespace, environment, flag) ({select('health_feature_flag_enabled', SERVICE)})",
                    "{{flag}} ({{job}})",
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
                    f"min by (job, instance, probe) ({select('health_probe_passing', SERVICE)})",
                    "{{probe}} ({{instance}})",
                ),
                "No exporter",
            )
            .height(6)
            .mappings(mapping([(0, "failing", RED), (1, "passing", GREEN)]))
            .thresholds(thresholds((None, RED), (1, GREEN))),
            timeline(
                "Suppressed alerts",
                "Components in maintenance, or not healthy because of something that they depend on.",
                over_time(
                    f"max by ({_BY}, reason) ({select('health_component_suppressed', COMPONENT)}) == 1",
                    "{{component}}: {{reason}} ({{job}})",
                ),
                "None in this time",
            )
            .height(6)
            .mappings(mapping([(1, "suppressed", GREY)]))
            .thresholds(thresholds((None, GREY))),
        ],
    },
    without=("check",),
)
