"""Objectives: how much of the error budget is left, and how fast it goes. All of it is read from recorded series."""

from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode

from .expressions import BY_COMPONENT, RECORDED, bad_ratio, located, named, recorded, recorded_bad_ratio
from .frame import Row, dashboard
from .links import COMPONENT_OF_ROW, COMPONENT_OF_SERIES
from .panels import HIDDEN, dashed, linked, lines, properties, sorted_by, stat, table
from .queries import cells, now, over_time
from .statuses import GREEN, RED, YELLOW, thresholds

_LEGEND = "{{component}} ({{service}})"
_LINES, _ROWS = 10, 100
# The whole page then takes about a second of CPU time for 1,000 components.
_POINTS = 100
_OBJECTIVE = recorded("component:health_component_objective:ratio")
_ALLOWED = f"(1 - {_OBJECTIVE})"
_NO_RULES = "No recording rules, or no runs yet"


def _burn(window: str) -> str:
    """How many times faster than allowed the budget goes: 1 spends it in exactly 30 days."""
    return f"{recorded_bad_ratio(window)} / {_ALLOWED}"


def _named(expression: str) -> str:
    return located(named(expression))


_LEFT = f"1 - {_burn('30d')}"
_CHOSEN = f"and on ({BY_COMPONENT}) bottomk({_ROWS}, {_LEFT})"
_BUDGET_THRESHOLDS = thresholds((None, RED), (0, YELLOW), (0.5, GREEN))
_ALERTS = {
    "1h": ("5m", 14.4, "HealthErrorBudgetBurnFast"),
    "6h": ("30m", 6, "HealthErrorBudgetBurnFast"),
    "1d": ("2h", 3, "HealthErrorBudgetBurnSlow"),
    "3d": ("6h", 1, "HealthErrorBudgetBurnSlow"),
}

OBJECTIVES = dashboard(
    "health-objectives",
    "Health / Objectives",
    "How much of each component's error budget is left within 30 days, and how fast it goes. It needs the recording rules.",
    [
        Row(
            "30 days",
            [
                stat(
                    "Least budget left",
                    "Of all chosen components: 100 % is untouched, 0 is spent, less is a broken objective. Recorded each hour.",
                    "percentunit",
                    [now(f"min({_LEFT})", "Least budget left")],
                    _NO_RULES,
                )
                .height(7)
                .decimals(1)
                .thresholds(_BUDGET_THRESHOLDS),
                sorted_by(
                    table(
                        "Budgets",
                        f"The {_ROWS} components with the least budget left: the objective, what was reached within 30 days, and how much is left. "
                        "Recorded each hour; suppressed slots are left out, and of a shared component the median instance counts.",
                        [
                            cells(located(f"bottomk({_ROWS}, {_LEFT})")),
                            cells(f"{_OBJECTIVE} {_CHOSEN}"),
                            cells(f"1 - {recorded_bad_ratio('30d')} {_CHOSEN}"),
                            cells(f"{recorded('component:health_check_slots_bad:increase', '30d')} {_CHOSEN}"),
                        ],
                        _NO_RULES,
                        {
                            "component": "Component",
                            "Value #A": "Budget left",
                            "Value #B": "Objective",
                            "Value #C": "Reached",
                            "Value #D": "Bad slots",
                            "job": "Job",
                            "environment": "Environment",
                            "namespace": "Namespace",
                            "cluster": "Cluster",
                            "at": "at",
                        },
                    )
                    .span(20)
                    .height(7)
                    .unit("percentunit")
                    .decimals(3)
                    .override_by_name("Component", linked(COMPONENT_OF_ROW))
                    .override_by_name("at", HIDDEN)
                    .override_by_name(
                        "Budget left",
                        properties(
                            thresholds=_BUDGET_THRESHOLDS.build(),
                            custom__cellOptions={"type": "color-background", "mode": "basic"},
                            decimals=1,
                        ),
                    )
                    .override_by_name("Bad slots", properties(unit="short", decimals=0)),
                    "Budget left",
                ),
                lines(
                    "Budget left over time",
                    f"Of the 30 days before each moment: the {_LINES} components with the least.",
                    "percentunit",
                    [over_time(_named(f"bottomk({_LINES}, {_LEFT})"), _LEGEND)],
                    _NO_RULES,
                )
                .span(24)
                .max(1)
                .max_data_points(_POINTS)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES)),
            ],
        ),
        Row(
            "Burn rates",
            [
                lines(
                    f"Burn rate over {window}",
                    f"1 spends the budget in exactly 30 days. {alert} fires above {factor}, when {short} agrees. "
                    f"At each moment the {_LINES} fastest.",
                    "short",
                    [over_time(_named(f"topk({_LINES}, {_burn(window)})"), _LEGEND)],
                    "No bad slots, or no recording rules",
                )
                .thresholds(thresholds((None, GREEN), (factor, RED)))
                .thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
                .max_data_points(_POINTS)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES))
                for window, (short, factor, alert) in _ALERTS.items()
            ],
        ),
        Row(
            "Slots",
            [
                lines(
                    "Bad slots",
                    "Runs per second that failed or timed out, and slots that a hung run or an open breaker took: "
                    f"at each moment the {_LINES} components with most.",
                    "cps",
                    [
                        over_time(
                            _named(f"topk({_LINES}, {recorded('component:health_check_slots_bad:rate', '5m')} > 0)"), _LEGEND
                        )
                    ],
                    "None in this time, or no recording rules",
                    bars=True,
                    stacked=True,
                )
                .max_data_points(_POINTS)
                .override_by_regexp("/.*/", linked(COMPONENT_OF_SERIES)),
                lines(
                    "Success ratio within a day",
                    f"At each moment the {_LINES} components with the lowest, with their objectives as dashed lines.",
                    "percentunit",
                    [
                        over_time(_named(f"bottomk({_LINES}, 1 - {bad_ratio('1d')})"), _LEGEND),
                        over_time(
                            _named(f"{_OBJECTIVE} and on ({BY_COMPONENT}) bottomk({_LINES}, 1 - {bad_ratio('1d')})"),
                            f"objective {_LEGEND}",
                        ),
                    ],
                    _NO_RULES,
                )
                .max(1)
                .max_data_points(_POINTS)
                .axis_soft_min(0.9)
                .override_by_regexp("/^objective/", dashed()),
            ],
            is_open=False,
        ),
    ],
    # No instance: recorded series are summed over them.
    variables=("datasource", "cluster", "namespace", "job", "environment", "components"),
    events={"drills": RECORDED},
    time_from="now-7d",
    refresh="5m",
)
