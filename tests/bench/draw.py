"""Draws a chart of the documentation: draw.py DATA.json PICTURE.svg [CLIENT_TO_OMIT...]."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lib.plot import Chart, draw


def main() -> None:
    """Read the data and draw the chart."""
    data, picture, *omitted = sys.argv[1:]
    chart: Chart = json.loads(Path(data).read_text())
    for values in chart["panels"].values():
        for client in omitted:
            del values[client]
    draw(chart, Path(picture))


if __name__ == "__main__":
    main()
