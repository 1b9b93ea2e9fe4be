"""Objectives: how much of the error budget is left, and how fast it goes."""

from .expressions import ANNOTATIONS, COMPONENT, VARIABLES, allowed, bad_ratio, select, slots
from .model import GREEN, RED, YELLOW, Dashboard, Query, Row, thresholds
from .panels import column, lines, stat, table

_BY = "job, namespace, environment, component"
_LEGEND = "{{component}} ({{job}})"
_OBJECTIVE = f"max by ({_BY}) ({select('health_component_objective_ratio', COMPONENT)})"
_WINDOW = "30d"


def _burn(window: str) -> str:
    """How many times faster than allowed the budget goes: 1 spends it in exactly 30 days."""
    return f"{bad_ratio(COMPONENT, _BY, window)} / {allowed(COMPONENT, _BY)}"


def _left() -> str:
    return f"1 - {_burn(_WINDOW)}"


OBJECTIVES = Dashboard(
    "health-objectives",
    "Health / Objectives",
    "How much of each component's error budget is left within 30 days, and how fast it goes.",
    [variable for variable in VARIABLES if variable.name != "check"],
    ANNOTATIONS,
    [
        Row(
            "30 days",
            [
                stat(
                    "Least budget left",
                    "Of all chosen components: 1 is untouched, 0 is spent, less is a broken objective.",
                    "percentunit",
                    [Query(f"min({_left()})", "Least budget left", instant=True)],
                    "No runs yet",
                    height=6,
                    decimals=1,
                    thresholds=thresholds((None, RED), (0, YELLOW), (0.5, GREEN)),
                ),
                table(
                    "Budgets",
                    "The objective of each component, what it reached within 30 days, and how much of its budget is left.",
                    [
                        Query(_OBJECTIVE, instant=True, format="table"),
                        Query(f"1 - {bad_ratio(COMPONENT, _BY, _WINDOW)}", instant=True, format="table"),
                        Query(_left(), instant=True, format="table"),
                        Query(slots(COMPONENT, _BY, _WINDOW, only_bad=True), instant=True, format="table"),
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
                    width=20,
                    height=6,
                    unit="percentunit",
                    decimals=3,
                    overrides=[
                        column(
                            "Budget left",
                            thresholds=thresholds((None, RED), (0, YELLOW), (0.5, GREEN)),
                            custom__cellOptions={"type": "color-background", "mode": "basic"},
                            decimals=1,
                        ),
                        column("Bad slots", unit="short", decimals=0),
                    ],
                ),
                lines(
                    "Budget left over time",
                    "Of 30 days at each moment.",
                    "percentunit",
                    [Query(_left(), _LEGEND)],
                    "No runs yet",
                    width=24,
                    maximum=1,
                    interval="12h",
                ),
            ],
        ),
        Row(
            "Burn rates",
            [
                lines(
                    f"Burn rate over {window}",
                    f"1 spends the budget in exactly 30 days. HealthErrorBudgetBurn fires above {factor}, when {short} agrees.",
                    "short",
                    [Query(_burn(window), _LEGEND)],
                    "No runs in this time",
                    thresholds=thresholds((None, GREEN), (factor, RED)),
                    custom={"thresholdsStyle": {"mode": "dashed"}},
                )
                for window, short, factor in (("1h", "5m", 14.4), ("6h", "30m", 6), ("1d", "2h", 3), ("3d", "6h", 1))
            ],
        ),
        Row(
            "Slots",
            [
                lines(
                    "Bad slots",
                    "Runs that failed or timed out, and slots that a hung run or an open breaker took.",
                    "short",
                    [Query(slots(COMPONENT, _BY, "$__rate_interval", only_bad=True), _LEGEND)],
                    "No runs in this time",
                    bars=True,
                    stacked=True,
                ),
                lines(
                    "Success ratio within a day",
                    "With the objectives as dashed lines.",
                    "percentunit",
                    [
                        Query(f"1 - {bad_ratio(COMPONENT, _BY, '1d')}", _LEGEND),
                        Query(_OBJECTIVE, f"objective {_LEGEND}"),
                    ],
                    "No runs yet",
                    maximum=1,
                    custom={"axisSoftMin": 0.9},
                    overrides=[
                        {
                            "matcher": {"id": "byRegexp", "options": "/^objective/"},
                            "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}}],
                        }
                    ],
                ),
            ],
        ),
    ],
    time_from="now-7d",
    # Thirty days are much to read.
    refresh="",
)
