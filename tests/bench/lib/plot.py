"""Bar charts of clients. docs/pictures contains the data of those that the documentation shows."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from textwrap import fill
from typing import TypedDict

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .rounds import BUILT, OURS

# Of docs/pictures/palette.pikchr, which also contains the colours in dark mode.
INK, BAR, GREEN = "#1f2328", "#9aa5b1", "#156f4e"
# A length of 1 is a pixel of the SVG, since a figure has 72 points per inch. The width and the text
# size are those of the diagrams in docs/pictures: a phone shows the text without zooming.
PIXEL = 1 / 72
WIDTH, TITLE, BAR_HEIGHT, TEXT, GAP = 456, 40, 24, 16, 6
COLUMNS = 50  # of a line of the chart's title


class Chart(TypedDict):
    """A panel of bars for each situation."""

    title: str
    source: str
    panels: dict[str, dict[str, float]]  # by panel, then by client


def write(chart: Chart, name: str) -> None:
    """Write the data and the chart of a benchmark, unless the measured clients have no chart."""
    if not chart["panels"]:
        return
    text = json.dumps(chart, indent=1, ensure_ascii=False)
    (BUILT / f"{name}-chart.json").write_text(text + "\n")
    draw(chart, BUILT / f"{name}.svg")


def draw(chart: Chart, path: Path) -> None:
    """Draw the panels below each other.

    Text is not converted to paths, and equal charts produce equal files.
    """
    panels = chart["panels"]
    title = fill(chart["title"], COLUMNS)
    heights = [TITLE + BAR_HEIGHT * len(values) for values in panels.values()]
    height = sum(heights) + 26 * (1 + title.count("\n"))
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": path.stem,
        "font.size": TEXT,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH * PIXEL, height * PIXEL), layout="constrained")
        figure.get_layout_engine().set(h_pad=GAP * PIXEL)
        figure.suptitle(title, fontsize=TEXT, x=0, ha="left")
        grid = figure.add_gridspec(len(panels), height_ratios=heights)
        for cell, (name, values) in zip(grid, panels.items()):
            axes = figure.add_subplot(cell)
            axes.set_title(name, fontsize=TEXT, fontweight="bold", loc="left")
            bars(axes, values, scale(panels, values))
        figure.savefig(path, metadata={"Date": None}, transparent=True)


def scale(panels: dict[str, dict[str, float]], clients: Collection[str]) -> float:
    """Return the longest bar of the panels that have the same clients."""
    same = [values for values in panels.values() if set(values) == set(clients)]
    return max(value for values in same for value in values.values())


def bars(axes: Axes, values: dict[str, float], longest: float) -> None:
    """Draw a labelled bar for each client. `longest` is the longest bar at this scale."""
    colours = [GREEN if client == OURS else BAR for client in values]
    drawn = axes.barh(list(values), list(values.values()), 0.7, color=colours)
    for text in axes.bar_label(drawn, [label(value) for value in values.values()], padding=4):
        text.set_verticalalignment("center_baseline")  # like the names of the clients
    axes.invert_yaxis()
    axes.set_xlim(0, longest * 1.15)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def label(value: float) -> str:
    """Format a value with two or three digits."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
