"""How statuses look: as numbers, words and colours, the same on every dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode, ValueMap, ValueMappingResult

GREEN, YELLOW, GREY, RED = "green", "yellow", "text", "red"

# Statuses as numbers, so that the largest is the worst.
STATUSES = [("healthy", GREEN), ("degraded", YELLOW), ("unknown", GREY), ("unhealthy", RED)]


def mapping(values: list[tuple[int, str, str]]) -> list[ValueMap]:
    """Numbers as words, in colours."""
    options = {str(number): ValueMappingResult(text, color, index=number) for number, text, color in values}
    return [ValueMap(options)]


def thresholds(*steps: tuple[float | None, str]) -> ThresholdsConfig:
    """Colours from values on; the first value is None."""
    return (
        ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=color) for value, color in steps])
    )


STATUS_MAPPING = mapping([(number, text, color) for number, (text, color) in enumerate(STATUSES)])
STATUS_THRESHOLDS = thresholds(*((number or None, color) for number, (_, color) in enumerate(STATUSES)))
PLAIN = thresholds((None, GREEN))
