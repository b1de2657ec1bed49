"""`cargo cinstall` installs the same as `make install`; run by `make cargo-c`."""

from __future__ import annotations

import re
from pathlib import Path

from installed import MAJOR, PREFIX, VERSION, expected, files, functions, make, pkg_config, run

ONLY_BY_MAKE = re.compile("bin/|share/|lib/cmake/")


def test_cargo_c(tmp_path: Path) -> None:
    by_cargo, by_make = tmp_path / "by_cargo", tmp_path / "by_make"
    run(
        "cargo",
        "cinstall",
        "--release",
        "--locked",
        f"--destdir={by_cargo}",
        f"--prefix={PREFIX}",
        f"--libdir={PREFIX}/lib",
    )
    make("install", f"DESTDIR={by_make}", f"PREFIX={PREFIX}")
    lib, make_lib = by_cargo / PREFIX[1:] / "lib", by_make / PREFIX[1:] / "lib"

    common = {name for name in expected() if not ONLY_BY_MAKE.match(name)}
    assert set(files(by_cargo / PREFIX[1:])) == common
    for name in "libauthlete_fail.so", f"libauthlete_fail.so.{MAJOR}":
        assert (lib / name).resolve().name == f"libauthlete_fail.so.{VERSION}"
    assert f"soname: [libauthlete_fail.so.{MAJOR}]" in run(
        "readelf", "-d", lib / "libauthlete_fail.so"
    )
    table = run("nm", "-D", "--defined-only", lib / "libauthlete_fail.so")
    assert re.findall(r" T (\w+)$", table, re.MULTILINE) == functions()
    for arguments in ["--modversion"], ["--cflags"], ["--libs"]:
        assert pkg_config(lib, *arguments) == pkg_config(make_lib, *arguments)
    # cargo-c lists libgcc_s, which has no static version.
    static = pkg_config(lib, "--static", "--libs")
    static.remove("-lgcc_s")
    assert static == pkg_config(make_lib, "--static", "--libs")
