"""Objectives: how much of the error budget is left, and how fast it goes."""

from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode

from .expressions import COMPONENT, allowed, bad_ratio, select, slots
from .frame import dashboard
from .panels import dashed, lines, properties, stat, table
from .queries import cells, now, over_time
from .statuses import GREEN, RED, YELLOW, thresholds

_BY = "job, namespace, environment, component"
_LEGEND = "{{component}} ({{job}})"
_OBJECTIVE = f"max by ({_BY}) ({select('health_component_objective_ratio', COMPONENT)})"
_WINDOW = "30d"


def _burn(window: str) -> str:
    """How many times faster than allowed the budget goes: 1 spends it in exactly 30 days."""
    return f"{bad_ratio(COMPONENT, _BY, window)} / {allowed(COMPONENT, _BY)}"


def _left() -> str:
    return f"1 - {_burn(_WINDOW)}"


OBJECTIVES = dashboard(
    "health-objectives",
    "Health / Objectives",
    "How much of each component's error budget is left within 30 days, and how fast it goes.",
    {
        "30 days": [
            stat(
                "Least budget left",
                "Of all chosen components: 1 is untouched, 0 is spent, less is a broken objective.",
                "percentunit",
                [now(f"min({_left()})", "Least budget left")],
                "No runs yet",
            )
            .height(6)
            .decimals(1)
            .thresholds(thresholds((None, RED), (0, YELLOW), (0.5, GREEN))),
            table(
                "Budgets",
                "The objective of each component, what it reached within 30 days, and how much of its budget is left.",
                [
                    cells(_OBJECTIVE),
                    cells(f"1 - {bad_ratio(COMPONENT, _BY, _WINDOW)}"),
                    cells(_left()),
                    cells(slots(COMPONENT, _BY, _WINDOW, only_bad=True)),
                ],
                "No runs yet",
                {
                    "component": "Component",
                    "Value #A": "Objective",
                    "Value #B": "Reached",
                    "Value #C": "Budget left",
                    "Value #D": "Bad slots",
                    "job": "Job",
                    "environment": "Environment",
                },
            )
            .span(20)
            .height(6)
            .unit("percentunit")
            .decimals(3)
            .override_by_name(
                "Budget left",
                properties(
                    thresholds=thresholds((None, RED), (0, YELLOW), (0.5, GREEN)).build(),
                    custom__cellOptions={"type": "color-background", "mode": "basic"},
                    decimals=1,
                ),
            )
            .override_by_name("Bad slots", properties(unit="short", decimals=0)),
            lines(
                "Budget left over time",
                "Of 30 days at each moment.",
                "percentunit",
                [over_time(_left(), _LEGEND)],
                "No runs yet",
            )
            .span(24)
            .max(1)
            .interval("12h"),
        ],
        "Burn rates": [
            lines(
                f"Burn rate over {window}",
                f"1 spends the budget in exactly 30 days. HealthErrorBudgetBurn fires above {factor}, when {short} agrees.",
                "short",
                [over_time(_burn(window), _LEGEND)],
                "No runs in this time",
            )
            .thresholds(thresholds((None, GREEN), (factor, RED)))
            .thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
            for window, short, factor in (("1h", "5m", 14.4), ("6h", "30m", 6), ("1d", "2h", 3), ("3d", "6h", 1))
        ],
        "Slots": [
            lines(
                "Bad slots",
                "Runs that failed or timed out, and slots that a hung run or an open breaker took.",
                "short",
                [over_time(slots(COMPONENT, _BY, "$__rate_interval", only_bad=True), _LEGEND)],
                "No runs in this time",
                bars=True,
                stacked=True,
            ),
            lines(
                "Success ratio within a day",
                "With the objectives as dashed lines.",
                "percentunit",
                [
                    over_time(f"1 - {bad_ratio(COMPONENT, _BY, '1d')}", _LEGEND),
                    over_time(_OBJECTIVE, f"objective {_LEGEND}"),
                ],
                "No runs yet",
            )
            .max(1)
            .axis_soft_min(0.9)
            .override_by_regexp("/^objective/", dashed()),
        ],
    },
    without=("check",),
    time_from="now-7d",
    # Thirty days are much to read.
    refresh="",
)
