"""Turns the output of pikchr or matplotlib into a picture of the documentation.

Reads SVG from standard input and writes the picture to standard output. The arguments are the
palette and the source of the picture: a diagram, whose first comment line is the title of the
picture, or the data of a chart, whose member "title" is.

The picture gets an opaque background with a margin, so that it is readable on any page; dark
colours if the browser prefers them; the font of the system; and a title for screen readers. It has
no script, because forges show pictures as <img>.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

MARGIN = 10
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
# `$ink = 0x1f2328 # 0xe6edf3`
PALETTE_LINE = re.compile(r"\$(\w+) = 0x(\w{6}) *# 0x(\w{6})")
RGB = re.compile(r"rgb\((\d+),(\d+),(\d+)\)")
HEX = re.compile(r"#[0-9a-f]{6}\b")
VIEW_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# Parts of matplotlib's output that the picture replaces or does not need.
METADATA = re.compile(r" *<metadata>.*?</metadata>\n", re.DOTALL)
COLON = re.compile(r"\b(fill|stroke): #")
FONT_FAMILY = re.compile(r"font-family: [^;\"]*; ?")


def main() -> None:
    """Read the raw SVG and write the picture."""
    palette_file, source = map(Path, sys.argv[1:])
    palette = {
        name: (f"#{light}", f"#{dark}")
        for name, light, dark in PALETTE_LINE.findall(palette_file.read_text())
    }
    sys.stdout.write(picture(sys.stdin.read(), title_of(source), palette))


def title_of(source: Path) -> str:
    """Return the title that a diagram or the data of a plot specifies."""
    text = source.read_text()
    if source.suffix == ".json":
        return str(json.loads(text)["title"])
    return text.partition("\n")[0].removeprefix("# ").removesuffix(".")


def picture(raw: str, title: str, palette: Mapping[str, tuple[str, str]]) -> str:
    """Return the picture."""
    start = VIEW_BOX.search(raw)
    if start is None:
        # pikchr writes its errors to standard output.
        raise SystemExit(raw)
    width, height = (round(float(side)) + 2 * MARGIN for side in start.groups())
    body = raw[raw.index(">", start.start()) + 1 : raw.rindex("</svg>")].strip("\n")
    body = RGB.sub(lambda rgb: "#{:02x}{:02x}{:02x}".format(*map(int, rgb.groups())), body)
    body = COLON.sub(r"\1:#", FONT_FAMILY.sub("", METADATA.sub("", body)))
    light = {colour for colour, _ in palette.values()}
    if unknown := set(HEX.findall(body)) - light:
        raise SystemExit(f"{title}: not in the palette: {', '.join(sorted(unknown))}")
    (paper, dark_paper), (label, _) = palette["paper"], palette["label"]
    used = [pair for pair in palette.values() if pair[0] in body + paper]
    dark_rules = "\n".join(dark_rule(*pair) for pair in used)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" \
width="{width}" height="{height}" viewBox="{-MARGIN} {-MARGIN} {width} {height}">
<title>{escape(title)}</title>
<style>
svg{{font:16px {FONT}}}
text[fill="{label}"]{{paint-order:stroke;stroke:{paper};stroke-width:6px;stroke-linejoin:round}}
@media (prefers-color-scheme:dark){{
{dark_rules}
text[fill="{label}"]{{stroke:{dark_paper}}}
}}
</style>
<rect x="{-MARGIN}" y="{-MARGIN}" width="{width}" height="{height}" rx="6" fill="{paper}"/>
{body}
</svg>
"""


def dark_rule(light: str, dark: str) -> str:
    """Return CSS that replaces a colour in attributes and styles."""
    return (
        f'[fill="{light}"],[style*="fill:{light}"]{{fill:{dark}!important}}'
        f'[style*="stroke:{light}"]{{stroke:{dark}!important}}'
    )


if __name__ == "__main__":
    main()
