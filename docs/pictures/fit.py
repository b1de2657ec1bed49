"""Checks in Chromium that the texts of pictures fit and are large enough: fit.py PICTURE.svg..."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# A phone's page of 390 px has margins of 16 px.
PHONE_WIDTH, MIN_SIZE, MARGIN = 358, 11.5, 2
SCRIPT = Path(__file__).with_name("fit.js")
RESULT = re.compile(r'<pre id="result">(.*?)</pre>', re.DOTALL)


def main() -> None:
    """Measure each picture in a page of its own, because the pictures have the same ids."""
    found = [f"{name}: {problem}" for name in sys.argv[1:] for problem in problems(Path(name))]
    if found:
        raise SystemExit("\n".join(found))


def problems(picture: Path) -> list[str]:
    """Return the problems that fit.js finds in a picture."""
    page = f"""<!doctype html>{picture.read_text()}<pre id="result">not run</pre>
<script>{SCRIPT.read_text()}
const found = problems(document.querySelector("svg"), {PHONE_WIDTH}, {MIN_SIZE}, {MARGIN});
document.getElementById("result").textContent = found.join("\\n");
</script>"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page)
        # Chromium's sandbox does not run as root.
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command = ["chromium", *flags, "--dump-dom", file.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    result = RESULT.search(shown.stdout)
    if result is None:
        raise SystemExit(f"{picture}: Chromium shows no result: {shown.stderr}")
    return html.unescape(result[1]).splitlines()


if __name__ == "__main__":
    main()
