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


def sections(file: Path) -> list[tuple[str, int, int]]:
    """Return the name, offset and size of the sections of an ELF file."""
    shown = subprocess.run(
        ["readelf", "--wide", "--sections", file], check=False, capture_output=True, text=True
    ).stdout
    row = r"^ *\[ *\d+\] (\S+) +(?!NOBITS)\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)"
    found = re.findall(row, shown, re.MULTILINE)
    return [(name, int(offset, 16), int(size, 16)) for name, offset, size in found]


def place(name: str, data: bytes, offset: int, folder: Path) -> str:
    """Describe an offset in a file."""
    file = folder / Path(name).name
    file.write_bytes(data)
    if name.endswith(".a"):
        # The offsets of sections begin at the object in the archive.
        object_ = subprocess.run(["ar", "p", file], check=True, stdout=subprocess.PIPE).stdout
        offset -= data.find(object_)
        file.write_bytes(object_)
    for section, start, size in sections(file):
        if start <= offset < start + size:
            return f"at byte {offset - start} of the section {section}"
    return f"at byte {offset}"


def differences(first: dict[str, bytes], second: dict[str, bytes], folder: Path) -> list[str]:
    """Describe the first difference of each file."""
    found = [f"{name} is only in one archive" for name in sorted(first.keys() ^ second.keys())]
    for name in sorted(first.keys() & second.keys()):
        one, other = first[name], second[name]
        if one != other:
            pairs = enumerate(zip_longest(one, other))
            offset = next(number for number, (a, b) in pairs if a != b)
            where = place(name, one, offset, folder)
            shown = " / ".join(repr(data[offset : offset + 60]) for data in (one, other))
            found.append(f"{name} differs {where}: {shown}")
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
