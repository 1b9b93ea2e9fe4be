"""How values, names and times of a preview read: as Grafana would say them, about."""

import math
import re
from datetime import UTC, datetime
from typing import Any

JSON = dict[str, Any]

COLORS = {
    "green": "#73bf69",
    "yellow": "#eab839",
    "red": "#e02f44",
    "dark-red": "#ad0317",
    "blue": "#5794f2",
    "orange": "#ff9830",
    "super-light-red": "#ffa6b0",
}
# Grafana's classic palette.
PALETTE = ["#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#1f78c1", "#ba43a9", "#705da0", "#508642", "#cca300"]


def color(name: str) -> str | None:
    """A colour by Grafana's name; none where it shows what is behind."""
    return None if name == "transparent" else COLORS.get(name, name)


def legend(template: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: labels.get(match[1], ""), template)


def mapped(value: float | str, mappings: list[JSON]) -> JSON | None:
    """The text and colour that stand for a value."""
    key = value if isinstance(value, str) else f"{value:g}"
    for mapping in mappings:
        if mapping["type"] == "value" and key in mapping["options"]:
            return mapping["options"][key]
        if mapping["type"] == "range" and isinstance(value, float) and value >= mapping["options"]["from"]:
            return mapping["options"]["result"]
    return None


def by_thresholds(value: float, thresholds: JSON) -> str:
    """The colour of the last step that a value has reached."""
    reached = [step["color"] for step in thresholds["steps"] if step["value"] is None or value >= step["value"]]
    return reached[-1]


def _scaled(value: float, steps: list[tuple[float, str]], decimals: int | None) -> str:
    size, unit = next((one for one in steps if abs(value) >= one[0]), steps[-1])
    number = value / size
    text = f"{number:.{decimals}f}" if decimals is not None else f"{number:.3g}"
    return f"{text} {unit}".strip()


_SECONDS = [
    (365 * 86400, "years"),
    (86400, "days"),
    (3600, "hours"),
    (60, "mins"),
    (1, "s"),
    (1e-3, "ms"),
    (1e-6, "µs"),
]
_BYTES = [(1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"), (1, "B")]
_SHORT = [(1e9, "Bil"), (1e6, "Mil"), (1e3, "K"), (1, "")]
_SUFFIXES = {"cps": " c/s", "reqps": " req/s"}


def text(value: float, field: JSON, at: float = 0) -> str:
    """A value in the unit of its field; `at` is now."""
    found = mapped(value, field.get("mappings", []))
    unit, decimals = field.get("unit", "none"), field.get("decimals")
    if found is not None:
        return found["text"]
    if math.isnan(value):
        return "–"
    if unit == "percentunit":
        return f"{100 * value:.{1 if decimals is None else decimals}f}%"
    if unit == "dateTimeFromNow":
        ago = at - value / 1000
        return "a few seconds ago" if ago < 45 else f"{_scaled(ago, _SECONDS, 0)} ago"
    if unit == "d":
        return f"{value:.3g} days" if value < 365 else f"{value / 365:.3g} years"
    if unit in ("s", "bytes"):
        return "0 s" if value == 0 and unit == "s" else _scaled(value, _SECONDS if unit == "s" else _BYTES, decimals)
    if unit in _SUFFIXES:
        return f"{value:.3g}{_SUFFIXES[unit]}"
    if unit == "short" and abs(value) >= 1000:
        return _scaled(value, _SHORT, decimals)
    return f"{value:.{decimals}f}" if decimals is not None else f"{value:.4g}"


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")


def overridden(panel: JSON, name: str) -> JSON:
    """What a field of this name looks like: the panel's defaults and what overrides say, with custom properties in `custom`."""
    defaults = panel["fieldConfig"]["defaults"]
    field = {**defaults, "custom": dict(defaults.get("custom") or {})}
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        is_meant = matcher["id"] == "byName" and matcher["options"] == name
        is_meant |= matcher["id"] == "byRegexp" and re.search(matcher["options"].strip("/"), name) is not None
        for one in override["properties"] if is_meant else []:
            key = one["id"]
            if key.startswith("custom."):
                field["custom"][key.removeprefix("custom.")] = one["value"]
            else:
                field[key] = one["value"]
    return field
