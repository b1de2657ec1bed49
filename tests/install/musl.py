"""The installation for musl, and static programs; run by `make check-musl` for each platform.

The static sandbox runs in a folder that contains nothing else, as in an image `FROM scratch`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import sandbox
from installed import (
    MAJOR,
    PREFIX,
    ROOT,
    VERSION,
    expected,
    files,
    functions,
    make,
    pkg_config,
    run,
)

PLATFORM = os.environ["AUTHLETE_FAIL_PLATFORM"]
ARCHITECTURE = PLATFORM.split("-")[0]
WRAPPER = os.environ["AUTHLETE_FAIL_WRAPPER"].split()
SNIPPETS = ROOT / "docs/snippets"
NATIVE = pytest.mark.skipif(bool(WRAPPER), reason="qemu-user is not in the empty folder")


def compiler() -> list[str]:
    return os.environ["AUTHLETE_FAIL_CC"].split()


@pytest.fixture(scope="module")
def destdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destdir = tmp_path_factory.mktemp("destdir")
    make("install", f"PLATFORM={PLATFORM}", f"DESTDIR={destdir}", f"PREFIX={PREFIX}")
    return destdir


@pytest.fixture(scope="module")
def prefix(destdir: Path) -> Path:
    return destdir / PREFIX.lstrip("/")


@pytest.fixture
def program(destdir: Path, prefix: Path, tmp_path: Path) -> Path:
    """Return bindings/examples/reject.c, linked statically with the flags from pkg-config."""
    return static(destdir, prefix, tmp_path / "reject", "bindings/examples/reject.c")


def static(destdir: Path, prefix: Path, program: Path, source: str) -> Path:
    flags = pkg_config(prefix / "lib", "--static", "--cflags", "--libs", sysroot=destdir)
    run(*compiler(), "-static", "-std=c99", "-o", program, source, *flags)
    return program


def dynamic(file: Path, tag: str) -> list[str]:
    return re.findall(rf"\({tag}\).*\[(.+)\]", run("readelf", "-d", file))


def check_static(file: Path) -> None:
    assert "INTERP" not in run("readelf", "--program-headers", "--wide", file)
    assert dynamic(file, "NEEDED") == []


def test_shared_library(prefix: Path) -> None:
    library = prefix / "lib/libauthlete_fail.so"
    assert dynamic(library, "NEEDED") == ["libc.so"]
    assert dynamic(library, "SONAME") == [f"libauthlete_fail.so.{MAJOR}"]
    table = run("nm", "-D", "--defined-only", library)
    assert re.findall(r" T (\w+)$", table, re.MULTILINE) == functions()
    assert library.stat().st_size < 2_200_000


def test_archive(prefix: Path) -> None:
    """The archive needs only libc: it contains the unwinder, whose functions are not global."""
    archive = prefix / "lib/libauthlete_fail.a"
    table = run("nm", "-g", "--defined-only", archive)
    assert re.findall(r" T (\w+)$", table, re.MULTILINE) == functions()
    assert "_Unwind" not in run("nm", "-g", archive)
    private = pkg_config(prefix / "lib", "--static", "--libs")
    assert private == [f"-L{PREFIX}/lib", "-lauthlete_fail", "-Wl,--eh-frame-hdr", "-lc"]


def test_static_program(program: Path) -> None:
    check_static(program)
    sandbox_program = ROOT / "target/debug/authlete-fail-sandbox"
    with sandbox.running(sandbox_program) as url:
        ticket = sandbox.ticket(
            url, "auth/authorization", "response_type=code&client_id=26478243745571"
        )
        printed = run(*WRAPPER, program, ticket, **sandbox.variables(url))
    assert printed.startswith("HTTP 302\nLocation: ")
    assert "error=access_denied" in printed


def test_a_panic_is_an_error(destdir: Path, prefix: Path, tmp_path: Path) -> None:
    program = static(destdir, prefix, tmp_path / "panic", "tests/c/panic.c")
    check_static(program)
    assert run(*WRAPPER, program).endswith(" 0 failed\n")


def test_sandbox(prefix: Path) -> None:
    program = prefix / "bin/authlete-fail-sandbox"
    check_static(program)
    with sandbox.running(*WRAPPER, program) as url:
        ticket = sandbox.ticket(
            url, "auth/authorization", "response_type=code&client_id=26478243745571"
        )
    assert ticket


def dist() -> Path:
    make("dist", f"PLATFORM={PLATFORM}")
    name = f"authlete-fail-{VERSION}-linux-musl-{ARCHITECTURE}"
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / PLATFORM / "dist" / f"{name}.tar.gz"


def test_dist(tmp_path: Path) -> None:
    run("tar", "-xf", dist(), "-C", tmp_path)
    [folder] = tmp_path.iterdir()
    assert folder.name == dist().name.removesuffix(".tar.gz")
    assert set(files(folder)) >= set(expected())
    check_static(folder / "bin/authlete-fail-sandbox")


@NATIVE
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_containers(program: Path, tmp_path: Path) -> None:
    """The image and the two services of the compose file, in namespaces instead of containers.

    The server is a static program in a root folder with nothing but that program and /etc/hosts.
    """
    image = (SNIPPETS / "sandbox.Containerfile").read_text()
    compose = (SNIPPETS / "compose.yaml").read_text()
    (tmp_path / dist().name).symlink_to(dist())
    subprocess.run(["sh", "-e", SNIPPETS / "image.sh"], cwd=tmp_path, check=True)
    [(owner, source)] = re.findall(r"^COPY --chown=(\S+) (\S+) /$", image, re.MULTILINE)
    [user] = re.findall(r"^USER (\S+)$", image, re.MULTILINE)
    assert owner == user
    root = tmp_path / source
    assert files(root) == {"authlete-fail-sandbox": ""}
    run("chown", "-R", owner, root)

    server = tmp_path / "server"
    for name in "etc", "certificates":
        (server / name).mkdir(parents=True)
    (server / "etc/hosts").write_text("127.0.0.1 authlete\n")
    program.rename(server / "server")

    [entry] = re.findall(r"^ENTRYPOINT (.+)$", image, re.MULTILINE)
    [command] = re.findall(r"^    command: (.+)$", compose, re.MULTILINE)
    [check] = re.findall(r'^      test: \["CMD", (.+)\]$', compose, re.MULTILINE)
    variables = dict(re.findall(r"^      ([A-Z_]+): ['\"]?(.+?)['\"]?$", compose, re.MULTILINE))
    script = f"""
        ip link set lo up
        chown {owner} "$2/certificates"
        mount --bind "$1/certificates" "$2/certificates"
        chroot --userspec={user} "$1" {" ".join(json.loads(entry))} {command} >"$3" 2>&1 &
        sandbox=$!
        trap 'kill $sandbox; wait $sandbox' EXIT
        healthy='chroot --userspec={user} "$1" {" ".join(json.loads(f"[{check}]"))}'
        until eval "$healthy" 2>/dev/null; do kill -0 $sandbox; sleep 0.05; done
        env -i "${{@:4}}" "$(command -v chroot)" "$2" /server no-such-ticket
    """
    environment = [f"{name}={value}" for name, value in variables.items()]
    log = tmp_path / "log"
    unshare = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "bash", "-ec"]
    printed = run(*unshare, script, "-", root, server, log, *environment)
    assert "listening on https://" in log.read_text()
    assert printed.startswith("HTTP 400\n"), printed
