"""How statuses look: as numbers, words and colours, the same on every dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    RangeMap,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

# Grafana's grey, `text`, is almost white on a dark page and almost black on a light one.
GREEN, YELLOW, GREY, RED, BLUE = "green", "yellow", "#8a8f98", "red", "blue"
# A count of nothing: neither good nor bad.
NEUTRAL = "transparent"

# Statuses as numbers, so that the largest is the worst.
STATUSES = [("healthy", GREEN), ("degraded", YELLOW), ("unknown", GREY), ("unhealthy", RED)]


def mapping(values: list[tuple[int | str, str, str]]) -> list[ValueMap]:
    """Numbers or words as words, in colours."""
    options = {
        str(value): ValueMappingResult(text, color, index=index) for index, (value, text, color) in enumerate(values)
    }
    return [ValueMap(options)]


def above(value: float, text: str, color: str) -> list[RangeMap]:
    """All values from this one on as a word."""
    return [RangeMap(DashboardRangeMapOptions(from_val=value, to=None, result=ValueMappingResult(text, color, index=0)))]


def thresholds(*steps: tuple[float | None, str]) -> ThresholdsConfig:
    """Colours from values on; the first value is None."""
    return (
        ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=color) for value, color in steps])
    )


STATUS_MAPPING = mapping([(number, text, color) for number, (text, color) in enumerate(STATUSES)])
STATUS_THRESHOLDS = thresholds(*((number or None, color) for number, (_, color) in enumerate(STATUSES)))
# Of a share: none, some, all.
SHARE_THRESHOLDS = thresholds((None, RED), (0.001, YELLOW), (1, GREEN))
PLAIN = thresholds((None, GREEN))
