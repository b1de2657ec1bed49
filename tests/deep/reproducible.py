"""Builds the release archive again in another folder, and compares: reproducible.py ARCHIVE FOLDER.

ARCHIVE was built in this repository. FOLDER receives a copy of the sources. The second build has
other paths, also of CARGO_HOME, and another umask, locale, time zone and user name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = Path.home()
CARGO_HOME = Path(os.environ.get("CARGO_HOME", HOME / ".cargo"))
RUSTUP_HOME = Path(os.environ.get("RUSTUP_HOME", HOME / ".rustup"))


def copy(sources: Path) -> None:
    """Copy the files of the repository, with changes that are not committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, sources / name)


def build(folder: Path) -> Path:
    """Build the archive from a copy of the sources, and return it."""
    sources, home = folder / "a/folder/with/a/longer/path", folder / "home"
    copy(sources)
    (home / ".cargo").mkdir(parents=True)
    for path in CARGO_HOME.iterdir():
        (home / ".cargo" / path.name).symlink_to(path)
    inherited = {k: v for k, v in os.environ.items() if k != "CARGO_TARGET_DIR"}
    changed = {
        "CARGO_HOME": str(home / ".cargo"),
        "CARGO_NET_OFFLINE": "true",
        "HOME": str(home),
        "LC_ALL": "C",
        "LOGNAME": "other",
        "RUSTUP_HOME": str(RUSTUP_HOME),
        "TZ": "Asia/Tokyo",
        "USER": "other",
    }
    command = ["make", "-C", str(sources), "dist", f"DIST_FOLDER={folder / 'dist'}"]
    with (folder / "log").open("w") as log:
        result = subprocess.run(
            ["sh", "-c", 'umask 077; exec "$@"', "sh", *command],
            env={**inherited, **changed},
            check=False,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if result.returncode:
        sys.exit((folder / "log").read_text())
    [archive] = folder.glob("dist/*.tar.gz")
    return archive


def contents(archive: Path) -> dict[str, bytes]:
    """Return the contents of all files in the archive, and the targets of links."""
    files = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            file = None if member.issym() else opened.extractfile(member)
            files[member.name] = file.read() if file else member.linkname.encode()
    return files


def parts(name: str, data: bytes, folder: Path) -> dict[str, bytes]:
    """Return the sections of an ELF file or of the object in a static library; or else the file."""
    file = folder / "part"
    file.write_bytes(data)
    if name.endswith(".a"):
        data = subprocess.run(["ar", "p", file], check=True, stdout=subprocess.PIPE).stdout
        file.write_bytes(data)
    if not data.startswith(b"\x7fELF"):
        return {"contents": data}
    command = ["readelf", "--wide", "--sections", str(file)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    row = r"^ *\[ *\d+\] (\S+) +(?!NOBITS)\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)"
    found = re.findall(row, shown, re.MULTILINE)
    return {
        section: data[int(start, 16) : int(start, 16) + int(size, 16)]
        for section, start, size in found
    }


def differences(first: dict[str, bytes], second: dict[str, bytes], folder: Path) -> list[str]:
    """Describe the first difference of each file, or of each section of a binary."""
    found = [f"{name} is only in one archive" for name in sorted(first.keys() ^ second.keys())]
    for name in sorted(first.keys() & second.keys()):
        if first[name] == second[name]:
            continue
        found.append(f"{name} differs")
        one, other = (parts(name, files[name], folder) for files in (first, second))
        for section in one.keys() | other.keys():
            pair = one.get(section, b""), other.get(section, b"")
            if pair[0] != pair[1]:
                at = next(i for i, (a, b) in enumerate(zip_longest(*pair)) if a != b)
                shown = " / ".join(repr(data[at : at + 60]) for data in pair)
                found.append(f"    {section} at byte {at}: {shown}")
    return found


def leaks(files: dict[str, bytes], *folders: Path) -> list[str]:
    """Find the paths of the build machine in the files."""
    return [
        f"{name} contains the path {folder}"
        for name, data in files.items()
        for folder in folders
        if f"{folder}/".encode() in data
    ]


def main(archive: Path, folder: Path) -> None:
    """Build, compare and print what differs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    again = build(folder)
    first, second = contents(archive), contents(again)
    problems = differences(first, second, folder)
    problems += leaks(first, ROOT, CARGO_HOME, RUSTUP_HOME)
    problems += leaks(second, folder)
    if archive.read_bytes() != again.read_bytes() and not problems:
        problems.append("the archives differ in the attributes of the files")
    if problems:
        sys.exit("\n".join(problems))
    shutil.rmtree(folder)
    print(f"{len(first)} files have the same bytes, and contain no path of this machine")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
