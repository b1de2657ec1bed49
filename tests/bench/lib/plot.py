"""Bar charts of clients."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .rounds import BUILT


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; the size is in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def bars(
    axes: Axes,
    titles: Sequence[str],
    values: Sequence[float],
    is_ours: Sequence[bool],
    longest: float = 0,
) -> None:
    """Draw a labelled bar for each client, from the bottom up.

    Panels with the same `longest` have the same scale.
    """
    colours = ["#1a7f5a" if ours else "#9aa5b1" for ours in is_ours]
    axes.bar_label(axes.barh(titles, values, color=colours), fmt="%.1f", padding=3)
    axes.set_xlim(0, max(longest, *values) * 1.15)
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, name: str) -> None:
    """Write `name`.svg: text is not converted to paths, and equal results produce equal files."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": name})
    figure.savefig(BUILT / f"{name}.svg", metadata={"Date": None})
