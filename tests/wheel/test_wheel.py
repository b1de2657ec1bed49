"""The wheel and the sdist work in an otherwise empty environment.

AUTHLETE_FAIL_DIST is a wheel, which is installed offline and without a compiler, or an sdist.
AUTHLETE_FAIL_PYTHONS lists the interpreters; AUTHLETE_FAIL_SANDBOX is the sandbox program.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sandbox
from installed import crates
from programs import output, run, with_network

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "bindings/examples/reject.py"
ASYNC_EXAMPLE = ROOT / "docs/snippets/asgi.py"
DIST = Path(os.environ["AUTHLETE_FAIL_DIST"]).absolute()
PYTHONS = (os.environ.get("AUTHLETE_FAIL_PYTHONS") or sys.executable).split()

of_a_wheel = pytest.mark.skipif(DIST.suffix != ".whl", reason="an sdist")
of_an_sdist = pytest.mark.skipif(DIST.suffix == ".whl", reason="a wheel")

# Platform tags without a version.
LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

REQUEST = "response_type=code&client_id=26478243745571&state=s"


def install(python: Path, *options: object, **environment: str) -> subprocess.CompletedProcess[str]:
    # The cache may contain a wheel that was built from an earlier sdist of the same name.
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir")
    return run(*pip, "install", *options, DIST, **environment)


@pytest.fixture(scope="module", params=PYTHONS)
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter with only pip."""
    directory = tmp_path_factory.mktemp("venv")
    output(run(request.param, "-m", "venv", directory))
    return directory / "bin/python"


@pytest.fixture(scope="module")
def python(empty: Path) -> Path:
    """Return the same interpreter with the package."""
    offline = {"PIP_NO_INDEX": "1"}
    output(install(empty, **(offline if DIST.suffix == ".whl" else with_network())))
    return empty


def test_a_call(python: Path) -> None:
    with sandbox.running(os.environ["AUTHLETE_FAIL_SANDBOX"]) as url:
        ticket = sandbox.ticket(url, "auth/authorization", REQUEST)
        printed = output(run(python, EXAMPLE, ticket, **sandbox.variables(url)))
    assert printed.startswith("HTTP 302\n")
    assert "error=access_denied" in printed


def test_an_asynchronous_call(python: Path) -> None:
    with sandbox.running(os.environ["AUTHLETE_FAIL_SANDBOX"]) as url:
        ticket = sandbox.ticket(url, "auth/authorization", REQUEST)
        printed = output(run(python, ASYNC_EXAMPLE, ticket, **sandbox.variables(url)))
    assert "'status': 302" in printed
    assert "error=access_denied" in printed


def package(python: Path) -> Path:
    program = "import authlete_fail; print(authlete_fail.__path__[0])"
    return Path(output(run(python, "-c", program)).strip())


def loaded(python: Path, **environment: str) -> str:
    program = "import authlete_fail._ffi as ffi; print(ffi._library._name)"
    return output(run(python, "-c", program, **environment)).strip()


def test_the_library_is_that_of_the_package(python: Path) -> None:
    assert loaded(python) == str(package(python) / "libauthlete_fail.so")


def test_it_is_typed(python: Path) -> None:
    mypy = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull)
    output(run(*mypy, "--python-executable", python, EXAMPLE))


@pytest.mark.parametrize("name", ["LICENSE", "THIRD-PARTY"])
def test_it_has_its_licences(python: Path, name: str) -> None:
    [licence] = package(python).parent.glob(f"authlete_fail-*.dist-info/licenses/{name}")
    assert licence.read_bytes() == (ROOT / name).read_bytes()


def library(folder: Path) -> Path:
    """Extract the library of the wheel."""
    with zipfile.ZipFile(DIST) as wheel:
        return Path(wheel.extract("authlete_fail/libauthlete_fail.so", folder))


@of_a_wheel
def test_the_platform_tag_is_correct(tmp_path: Path) -> None:
    """If the tag named an older glibc, pip would install a library that cannot be loaded."""
    python, abi, platforms = DIST.stem.split("-")[-3:]
    assert (python, abi) == ("py3", "none")
    supported = []
    for platform in platforms.split("."):
        policy, _, version = platform.partition("_")
        numbers = re.match(r"(\d+)_(\d+)_", version)
        supported.append(LEGACY[policy] if not numbers else tuple(map(int, numbers.groups())))
    readelf = ("readelf", "--dyn-syms", "--wide", library(tmp_path))
    symbols = output(run(*readelf, PATH=os.environ["PATH"]))
    needed = max((int(a), int(b)) for a, b in re.findall(r"@GLIBC_(\d+)\.(\d+)", symbols))
    assert needed <= min(supported)
    # A symbol without a version is not in that glibc; auditwheel does not report it.
    assert not re.findall(r"GLOBAL +DEFAULT +UND [^@\n]*$", symbols, re.MULTILINE)
    expected = os.environ.get("AUTHLETE_FAIL_GLIBC")
    assert not expected or supported[0] == tuple(map(int, expected.split(".")))


@of_a_wheel
def test_the_library_lists_its_crates(tmp_path: Path) -> None:
    """The list of crates for tools such as cargo-audit remains after auditwheel."""
    listed = crates(library(tmp_path), tmp_path)
    assert {"authlete-fail", "ureq", "rustls"} <= {name for name, _ in listed}


@of_an_sdist
@pytest.mark.parametrize("missing", ["cargo", "cc"])
def test_the_error_names_the_build_requirements(empty: Path, tmp_path: Path, missing: str) -> None:
    if missing == "cc":
        cargo = shutil.which("cargo")
        assert cargo
        (tmp_path / "cargo").symlink_to(cargo)
        (tmp_path / "rustc").symlink_to(Path(cargo).with_name("rustc"))
    result = install(empty, "--force-reinstall", **with_network(PATH=str(tmp_path)))
    assert result.returncode == 1
    assert "or later (https://rustup.rs) and a C compiler" in result.stderr


@of_an_sdist
def test_the_package_works_with_a_system_library(python: Path, tmp_path: Path) -> None:
    """Distributions have the library in a separate package."""
    library = package(python) / "libauthlete_fail.so"
    output(install(python, "--target", tmp_path, **with_network(HATCH_BUILD_NO_HOOKS="true")))
    shutil.copy(library, tmp_path / "libauthlete_fail.so.0")
    environment = {"PYTHONPATH": str(tmp_path), "LD_LIBRARY_PATH": str(tmp_path)}
    assert loaded(python, **environment) == "libauthlete_fail.so.0"
