"""`make install` and `make dist` install the right files, and programs can use them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from installed import (
    HERE,
    MAJOR,
    NIGHTLY,
    OTHER,
    PREFIX,
    ROOT,
    VERSION,
    crates,
    expected,
    files,
    functions,
    make,
    pkg_config,
    run,
)

pytest_plugins = ("prefixes",)


def test_files(destdir: Path) -> None:
    assert files(destdir) == {f"{PREFIX[1:]}/{k}": v for k, v in expected().items()}
    for path in destdir.rglob("*"):
        mode = path.stat().st_mode & 0o777
        is_executable = path.is_dir() or path.parent.name == "bin" or ".so" in path.name
        assert mode == (0o755 if is_executable else 0o644), path


def test_soname(prefix: Path) -> None:
    dynamic = run("readelf", "-d", prefix / "lib/libauthlete_fail.so")
    assert f"soname: [libauthlete_fail.so.{MAJOR}]" in dynamic
    assert (prefix / f"lib/libauthlete_fail.so.{MAJOR}").exists()


def test_symbols(prefix: Path) -> None:
    assert len(functions()) > 20
    for library, kind in [("so", "-D"), ("a", "-g")]:
        table = run("nm", kind, "--defined-only", prefix / f"lib/libauthlete_fail.{library}")
        assert re.findall(r" [^\W\d] (\w+)$", table, re.MULTILINE) == functions()


def test_sizes(prefix: Path) -> None:
    assert (prefix / "lib/libauthlete_fail.so").stat().st_size < 2_200_000
    assert (prefix / "lib/libauthlete_fail.a").stat().st_size < 5_000_000


@pytest.mark.usefixtures("destdir")
def test_lto() -> None:
    """Check the archive before installation; tests/abi.rs checks the shared library."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    members = run("ar", "t", target / "release/libauthlete_fail.a").split()
    units = [m for m in members if "-cgu." in m and not m.startswith("compiler_builtins-")]
    assert len(units) == 1
    assert units[0].startswith("authlete_fail-")


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("lib/libauthlete_fail.so", "authlete-fail"),
        ("bin/authlete-fail-sandbox", "authlete-fail-sandbox"),
    ],
)
def test_crates(prefix: Path, tmp_path: Path, file: str, package: str) -> None:
    listed = crates(prefix / file, tmp_path)
    lock = (ROOT / "Cargo.lock").read_text()
    assert listed <= set(re.findall(r'^name = "(.+)"\nversion = "(.+)"$', lock, re.MULTILINE))
    names = {name for name, _ in listed}
    assert names >= {package, "rustls", "ring", "serde_json"}
    # The library does not contain the crates of the tests.
    assert ("tokio" in names) is (package == "authlete-fail-sandbox")


def test_pkg_config(prefix: Path) -> None:
    lib = prefix / "lib"
    assert pkg_config(lib, "--modversion") == [VERSION]
    assert pkg_config(lib, "--cflags") == [f"-I{PREFIX}/include"]
    assert pkg_config(lib, "--libs") == [f"-L{PREFIX}/lib", "-lauthlete_fail"]
    private = pkg_config(lib, "--static", "--libs")[2:]
    assert "-lc" in private
    assert "-lgcc_s" not in private  # it has no static version
    assert all(re.fullmatch(r"-l\w+", name) for name in private)


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_program(destdir: Path, prefix: Path, tmp_path: Path, kind: str) -> None:
    """Link with only the flags from pkg-config."""
    static = ["--static"] if kind == "static" else []
    flags = pkg_config(prefix / "lib", *static, "--cflags", "--libs", sysroot=destdir)
    if static:
        flags[flags.index("-lauthlete_fail")] = "-l:libauthlete_fail.a"
    run("cc", "-o", tmp_path / "program", HERE / "program.c", *flags)
    assert ("libauthlete_fail" in run("readelf", "-d", tmp_path / "program")) is (not static)
    assert run(tmp_path / "program", LD_LIBRARY_PATH=f"{prefix}/lib") == f"{VERSION}\n"


@pytest.mark.parametrize("linking", ["-no-pie", "-static", "-static-pie"])
@pytest.mark.parametrize(
    "rustc", [["rustc"], pytest.param(["rustc", "+nightly"], marks=NIGHTLY)], ids=" ".join
)
def test_with_another_rust_archive(
    prefix: Path, tmp_path: Path, rustc: list[str], linking: str
) -> None:
    """Each archive has its own standard library, and the other one catches its panics."""
    run(*rustc, "--crate-type=staticlib", "-o", tmp_path / "other.a", OTHER)
    this = prefix / "lib/libauthlete_fail.a"
    archives = [this, tmp_path / "other.a"]
    system = pkg_config(prefix / "lib", "--static", "--libs-only-l")[1:]
    for order in archives, archives[::-1]:
        program = tmp_path / "program"
        include = f"-I{prefix}/include"
        flags = ["-DOTHER", include, linking]
        run("cc", *flags, "-o", program, HERE / "program.c", *order, *system)
        assert run(program) == f"{VERSION}\ncaught\n"


def test_other_folders(tmp_path: Path) -> None:
    """Install into the folders of a Debian package."""
    libdir, includedir = "/usr/lib/x86_64-linux-gnu", "/usr/include/authlete"
    folders = [f"LIBDIR={libdir}", f"INCLUDEDIR={includedir}"]
    make("install", f"DESTDIR={tmp_path}", "PREFIX=/usr", *folders)
    assert files(tmp_path / "usr") == expected("lib/x86_64-linux-gnu", "include/authlete")
    lib = tmp_path / libdir[1:]
    assert pkg_config(lib, "--variable=includedir") == [includedir]
    assert pkg_config(lib, "--variable=libdir") == [libdir]
    config = (lib / "cmake/authlete_fail/authlete_fail-config.cmake").read_text()
    assert "/../../../../include/authlete" in config
    assert "/usr" not in config
    make("uninstall", f"DESTDIR={tmp_path}", "PREFIX=/usr", *folders)
    assert files(tmp_path) == {}


def test_a_path_with_a_space_is_refused(tmp_path: Path) -> None:
    """Otherwise make would split it, and uninstall would delete other files."""
    for name in "DESTDIR", "PREFIX":
        command = ["make", "--dry-run", "uninstall", f"{name}={tmp_path}/my pkg"]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        assert f"paths must not contain spaces: {name}" in result.stderr


def test_missing_packages_are_named(tmp_path: Path) -> None:
    """A PATH without compilers and doxygen; make starts nothing."""
    for name in "sh", "sed", "find", "uname":
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    command = [shutil.which("make") or "make", "docs", f"PYTHON={sys.executable}"]
    result = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stdout == ""
    expected = "'apt-get install doxygen gcc python3' installs what 'make docs' needs."
    assert expected in result.stderr


def test_dist(tmp_path: Path) -> None:
    """The tarball is reproducible and works in any folder."""
    sums = set()
    for name in "first", "second":
        dist = tmp_path / name
        make("dist", f"DIST_FOLDER={dist}")
        run("sh", "-c", f"cd {dist} && sha256sum --check --quiet SHA256SUMS")
        sums.add((dist / "SHA256SUMS").read_text())
    assert len(sums) == 1
    (archive,) = dist.glob("*.tar.gz")
    assert archive.name.startswith(f"authlete-fail-{VERSION}-linux-")
    run("tar", "-xzf", archive, "-C", tmp_path)
    tree = tmp_path / archive.name[: -len(".tar.gz")]
    assert files(tree) == expected()
    moved = tree.rename(tmp_path / "moved")
    assert crates(moved / "lib/libauthlete_fail.so", tmp_path)
    flags = pkg_config(moved / "lib", "--cflags", "--libs")
    run("cc", "-o", tmp_path / "program", HERE / "program.c", *flags)
    assert run(tmp_path / "program", LD_LIBRARY_PATH=f"{moved}/lib") == f"{VERSION}\n"
