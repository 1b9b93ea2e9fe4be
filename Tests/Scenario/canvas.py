"""A page to draw on in pixels, from its upper left corner: boxes, words that are cut where they must end, and axes for graphs."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle

PAGE, CARD, FRAME, WORDS, FAINT, LINK = "#111217", "#181b1f", "#2b2e34", "#d0d1d9", "#8e9097", "#6e9fff"
_FONTS = ["Inter", "DejaVu Sans"]
_DPI = 100


@dataclass(frozen=True)
class Box:
    """A place on the page."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, left: float, top: float, right: float, bottom: float) -> "Box":
        return Box(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


class Canvas:
    """A page of so many pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        plt.rcParams["font.family"] = _FONTS
        self.figure = plt.figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=PAGE)
        self.page = self.figure.add_axes((0, 0, 1, 1))
        self.page.set_xlim(0, width)
        self.page.set_ylim(height, 0)
        self.page.axis("off")
        self._renderer = self.figure.canvas.get_renderer()

    def box(self, place: Box, color: str, edge: str | None = None, rounded: float = 0) -> None:
        if rounded:
            style = f"round,pad=0,rounding_size={rounded}"
            patch = FancyBboxPatch((place.x, place.y), place.width, place.height, boxstyle=style)
        else:
            patch = Rectangle((place.x, place.y), place.width, place.height)
        patch.set(facecolor=color, edgecolor=edge or "none", linewidth=0.8 if edge else 0)
        self.page.add_patch(patch)

    def width_of(self, words: str, size: float, bold: bool = False) -> float:
        font = FontProperties(family=_FONTS, size=_points(size), weight="semibold" if bold else "normal")
        return self._renderer.get_text_width_height_descent(words, font, False)[0]

    def cut(self, words: str, width: float, size: float, bold: bool = False) -> str:
        """The words, or as many letters of them as fit."""
        if self.width_of(words, size, bold) <= width:
            return words
        while words and self.width_of(words + "…", size, bold) > width:
            words = words[:-1]
        return words.rstrip() + "…"

    def write(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 12,
        color: str = WORDS,
        align: str = "left",
        bold: bool = False,
        width: float | None = None,
    ) -> None:
        """One line, vertically around `y`."""
        shown = words if width is None else self.cut(words, width, size, bold)
        drawn = self.page.text(
            x,
            y,
            shown.replace("$", r"\$"),
            fontsize=_points(size),
            color=color,
            ha=align,
            va="center_baseline",
            weight="semibold" if bold else "normal",
        )
        # Inter writes an x between digits as a multiplication sign, and so would spoil the names of pods.
        if hasattr(drawn, "set_fontfeatures"):
            drawn.set_fontfeatures(("-calt",))

    def axes(self, place: Box) -> Axes:
        """Axes for a graph, in the look of the page."""
        axes = self.figure.add_axes(
            (
                place.x / self.width,
                1 - (place.y + place.height) / self.height,
                place.width / self.width,
                place.height / self.height,
            ),
            facecolor=CARD,
        )
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(colors=FAINT, labelsize=_points(10.5), length=0, pad=5)
        axes.grid(color=FRAME, linewidth=0.6)
        axes.set_axisbelow(True)
        return axes

    def save(self, path: Path) -> None:
        self.figure.savefig(path, dpi=_DPI, facecolor=PAGE)
        plt.close(self.figure)


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI
