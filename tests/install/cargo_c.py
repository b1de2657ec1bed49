"""What `cargo cinstall` makes of Cargo.toml agrees with `make install`; run by `make cargo-c`."""

from __future__ import annotations

import re
from pathlib import Path

from installed import MAJOR, PREFIX, VERSION, expected, files, functions, make, pkg_config, run

ONLY_BY_MAKE = re.compile("bin/|share/|lib/cmake/")


def test_cargo_c(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    run(
        "cargo",
        "cinstall",
        "--release",
        "--locked",
        f"--destdir={theirs}",
        f"--prefix={PREFIX}",
        f"--libdir={PREFIX}/lib",
    )
    make("install", f"DESTDIR={ours}", f"PREFIX={PREFIX}")
    lib, our_lib = theirs / PREFIX[1:] / "lib", ours / PREFIX[1:] / "lib"

    by_both = {name for name in expected() if not ONLY_BY_MAKE.match(name)}
    assert set(files(theirs / PREFIX[1:])) == by_both
    for name in "libauthlete_fail.so", f"libauthlete_fail.so.{MAJOR}":
        assert (lib / name).resolve().name == f"libauthlete_fail.so.{VERSION}"
    assert f"soname: [libauthlete_fail.so.{MAJOR}]" in run(
        "readelf", "-d", lib / "libauthlete_fail.so"
    )
    table = run("nm", "-D", "--defined-only", lib / "libauthlete_fail.so")
    assert re.findall(r" T (\w+)$", table, re.MULTILINE) == functions()
    for asked in ["--modversion"], ["--cflags"], ["--libs"], ["--static", "--libs"]:
        assert pkg_config(lib, *asked) == pkg_config(our_lib, *asked)
