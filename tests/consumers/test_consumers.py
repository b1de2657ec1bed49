"""Projects that use an installed prefix; `make consumers` installs and moves it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import pytest
import sandbox
from installed import NIGHTLY

PREFIX = Path(os.environ["AUTHLETE_FAIL_PREFIX"])
EXAMPLES = Path(__file__).parents[2] / "bindings/examples"


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The URL of the installed sandbox."""
    with sandbox.running(PREFIX / "bin/authlete-fail-sandbox") as url:
        yield url


def authorization(url: str) -> str:
    """Return a request for authlete_fail_authorization, with a new ticket."""
    parameters = "response_type=code&client_id=26478243745571&state=af0ifjsldkj"
    ticket = sandbox.ticket(url, "auth/authorization", parameters)
    return json.dumps({"ticket": ticket, "reason": "DENIED"})


def token(url: str) -> str:
    """Return a request for authlete_fail_token, with a new ticket."""
    parameters = "grant_type=password&username=john&password=wrong"
    ticket = sandbox.ticket(url, "auth/token", parameters)
    return json.dumps({"ticket": ticket, "reason": "INVALID_RESOURCE_OWNER_CREDENTIALS"})


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the projects out of the repository."""
    return Path(shutil.copytree(Path(__file__).parent, tmp_path_factory.mktemp("outside") / "src"))


@pytest.fixture(scope="session")
def library_folder() -> Path:
    (found,) = PREFIX.rglob("libauthlete_fail.so")
    return found.parent


@pytest.fixture(scope="session")
def environment(library_folder: Path) -> dict[str, str]:
    """Return an environment with the prefix, without variables of the make that runs the tests."""
    dropped = re.compile("AUTHLETE_|MAKE|MFLAGS|CARGO_TARGET_DIR|LD_LIBRARY_PATH")
    return {
        **{name: value for name, value in os.environ.items() if not dropped.match(name)},
        "CFLAGS": "-Wall -Wextra -Werror",
        "CXXFLAGS": "-Wall -Wextra -Wpedantic -Werror",
        "CMAKE_PREFIX_PATH": str(PREFIX),
        "PKG_CONFIG_PATH": str(library_folder / "pkgconfig"),
    }


@dataclass
class Build:
    """Builds one of the projects and runs its programs."""

    project: Path
    environment: dict[str, str]
    url: str

    def run(self, *command: object, more: Optional[dict[str, str]] = None) -> str:
        result = subprocess.run(
            [str(word) for word in command],
            cwd=self.project,
            env={**self.environment, **(more or {})},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return result.stdout

    def cmake(self, *options: str) -> Path:
        folder = self.project / f"build{len(list(self.project.glob('build*')))}"
        self.run("cmake", "-S", ".", "-B", folder, *options)
        self.run("cmake", "--build", folder)
        return folder

    def needed(self, program: Path) -> list[str]:
        """Return the shared libraries that a program needs."""
        return re.findall(r"\(NEEDED\).*\[(.*)\]", self.run("readelf", "-d", program))

    def call(self, program: Path, *requests: str) -> str:
        return self.run(program, *requests, more=sandbox.variables(self.url))

    def check(self, program: str, *, shared: bool) -> None:
        """Run a program, and check whether it links the shared library."""
        path = self.project / program
        assert ("libauthlete_fail.so.0" in self.needed(path)) == shared
        self.check_call(path)

    def check_fully_static(self, program: str) -> None:
        """Run a program, and check that it needs no shared library."""
        path = self.project / program
        assert self.needed(path) == []
        assert "INTERP" not in self.run("readelf", "--program-headers", path)
        self.check_call(path)

    def check_call(self, path: Path) -> None:
        printed = self.call(path, authorization(self.url))
        status, location = printed.splitlines()[:2]
        assert status == "302"
        assert location.startswith("Location: https://client.example.org/cb?error=access_denied")


@pytest.fixture
def build(
    request: pytest.FixtureRequest, projects: Path, environment: dict[str, str], url: str
) -> Build:
    return Build(projects / request.param, environment, url)


def project(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("build", [name], indirect=True)


@project("pkg-config")
def test_pkg_config(build: Build) -> None:
    build.run("make", "fail", "fail-static")
    build.check("fail", shared=True)
    build.check("fail-static", shared=False)


@project("pkg-config")
def test_fully_static(build: Build) -> None:
    build.run("make", "fully-static", "fully-static-cpp")
    build.check_fully_static("fully-static")
    build.check_fully_static("fully-static-cpp")
    # The C++ program catches the exception of a client without a configuration.
    result = subprocess.run([build.project / "fully-static-cpp", "{}"], env={}, check=False)
    assert result.returncode == 1


@project("cmake")
def test_cmake(build: Build) -> None:
    folder = build.cmake()
    build.check(f"{folder}/fail", shared=True)
    build.check(f"{folder}/fail-shared", shared=True)
    build.check(f"{folder}/fail-static", shared=False)
    build.check_fully_static(f"{folder}/fully-static")


@project("meson")
def test_meson(build: Build) -> None:
    build.run("meson", "setup", "build")
    build.run("meson", "compile", "-C", "build")
    build.check("build/fail", shared=True)
    build.check("build/fail-static", shared=False)


@project("cpp20")
def test_cpp20(build: Build) -> None:
    folder = build.cmake()
    build.check(f"{folder}/fail", shared=True)


@project("quick-start")
def test_quick_start(build: Build) -> None:
    shutil.copy(EXAMPLES / "reject.cpp", build.project)
    folder = build.cmake()
    ticket = json.loads(authorization(build.url))["ticket"]
    printed = build.call(folder / "reject", ticket)
    assert printed.startswith(
        "HTTP 302\nLocation: https://client.example.org/cb?error=access_denied"
    )


@pytest.mark.parametrize("shared", ["OFF", "ON"])
@project("two-libraries")
def test_two_libraries(build: Build, shared: str) -> None:
    folder = build.cmake(f"-DBUILD_SHARED_LIBS={shared}")
    assert "libauthlete_fail.so.0" not in build.needed(folder / "both")
    printed = build.call(folder / "both", authorization(build.url), token(build.url))
    assert printed == "302 400\n"


@NIGHTLY
@project("two-rusts")
def test_two_rusts(build: Build) -> None:
    build.run("make", "RUSTC=rustc +nightly")
    build.check("fail", shared=False)


@project("dlopen")
def test_dlopen(build: Build) -> None:
    build.run("make")
    build.check("fail", shared=False)
