"""The declarations match the header, and the library is found as documented."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import authlete_fail
import pytest
from authlete_fail import _ffi
from conftest import ROOT

PROTOTYPE = re.compile(r"^([\w ]+?[ *]+)authlete_fail_(\w+)\(([^;]*)\);", re.MULTILINE)
HEADER = (ROOT / "include/authlete_fail.h").read_text().split("typedef void", 1)[1]
PROTOTYPES = {name: (result, rest) for result, name, rest in PROTOTYPE.findall(HEADER)}
PACKAGE = Path(authlete_fail.__file__).parent

TYPES: dict[str, Any] = {
    "void": None,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "size_t": ctypes.c_size_t,
    "size_t *": ctypes.POINTER(ctypes.c_size_t),
    "void *": ctypes.c_void_p,
    "const char *": ctypes.c_char_p,
    "char *": ctypes.c_char_p,
    "authlete_fail_status": ctypes.c_int,
    "authlete_fail_outcome": ctypes.c_int,
    "authlete_fail_ticket_state": ctypes.c_int,
    "authlete_fail_log_fn": ctypes.c_void_p,  # always NULL
    "authlete_fail_client *": _ffi.ClientPointer,
    "authlete_fail_client **": ctypes.POINTER(_ffi.ClientPointer),
    "authlete_fail_reply *": _ffi.ReplyPointer,
    "authlete_fail_reply **": ctypes.POINTER(_ffi.ReplyPointer),
}


def declared() -> dict[str, Any]:
    # The CDLL and the PyDLL each have their own subclass of this type.
    [pointer] = type(_ffi.version).__bases__
    return {name: value for name, value in vars(_ffi).items() if isinstance(value, pointer)}


def test_the_functions_match_the_header() -> None:
    # The package calls the fail endpoints with `call`, and reads and writes JSON with Python.
    not_used = {"authorization", "token", "backchannel_authentication", "reply_get", "json_string"}
    assert len(PROTOTYPES) == 36
    assert set(declared()) == set(PROTOTYPES) - not_used
    assert all(
        function.__name__ == f"authlete_fail_{name}" for name, function in declared().items()
    )


@pytest.mark.parametrize("name", declared())
def test_the_types_match_the_header(name: str) -> None:
    result, rest = PROTOTYPES[name]
    arguments = [] if rest == "void" else [" ".join(part.split()) for part in rest.split(",")]
    types = []
    for argument in arguments:
        kind = re.sub(r"\w+$", "", argument).strip()
        types.append(TYPES[kind if kind in TYPES else kind.replace("const ", "")])
    function = getattr(_ffi, name)
    assert list(function.argtypes) == types
    assert function.restype is TYPES[" ".join(result.split())]


def test_only_fast_functions_keep_the_gil() -> None:
    keeps_gil = 4  # FUNCFLAG_PYTHONAPI of ctypes.h in CPython
    released = {name for name, f in declared().items() if not type(f)._flags_ & keeps_gil}
    assert released == {"call", *(name for name in PROTOTYPES if name.startswith("client_"))}


def test_handle_types_are_checked() -> None:
    with pytest.raises(ctypes.ArgumentError):
        _ffi.reply_free(_ffi.ClientPointer())
    with pytest.raises(ctypes.ArgumentError):
        _ffi.client_free(_ffi.ReplyPointer())


def test_versions_agree() -> None:
    assert authlete_fail.__version__ == authlete_fail.library_version
    assert f'\nversion = "{authlete_fail.__version__}"' in (ROOT / "Cargo.toml").read_text()


def test_only_ffi_imports_ctypes() -> None:
    importers = {
        path.name
        for path in PACKAGE.glob("*.py")
        if re.search(r"^\s*(import|from) ctypes", path.read_text(), re.MULTILINE)
    }
    assert importers == {"_ffi.py"}


def load(package: Path = PACKAGE, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import `package` in a new process and print the path of the library."""
    kept = {name: value for name, value in os.environ.items() if name != "AUTHLETE_FAIL_LIBRARY"}
    program = "import authlete_fail._ffi as ffi; print(ffi._library._name)"
    return subprocess.run(
        [sys.executable, "-B", "-c", program],
        env={**kept, "PYTHONPATH": str(package.parent), **environment},
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package without a library inside."""
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    return Path(shutil.copytree(PACKAGE, tmp_path / "authlete_fail", ignore=ignored))


@pytest.fixture
def library() -> str:
    return str(_ffi._library._name)


def test_the_variable_is_tried_first(package: Path, library: str) -> None:
    (package / "libauthlete_fail.so").write_text("not this one")
    result = load(package, AUTHLETE_FAIL_LIBRARY=library)
    assert (result.stdout.strip(), result.stderr) == (library, "")


def test_the_variable_may_be_relative(package: Path, library: str) -> None:
    shutil.copy(library, package.parent / "renamed.so")
    result = load(package, AUTHLETE_FAIL_LIBRARY="renamed.so")
    assert result.stdout.strip() == str(package.parent / "renamed.so")


@pytest.mark.parametrize("environment", [{}, {"AUTHLETE_FAIL_LIBRARY": ""}])
def test_the_package_is_tried_second(
    package: Path, library: str, environment: dict[str, str]
) -> None:
    bundled = shutil.copy(library, package / "libauthlete_fail.so")
    assert load(package, **environment).stdout.strip() == str(bundled)


def test_the_system_is_tried_third(package: Path, library: str) -> None:
    shutil.copy(library, package.parent / "libauthlete_fail.so.0")
    result = load(package, LD_LIBRARY_PATH=str(package.parent))
    assert result.stdout.strip() == "libauthlete_fail.so.0"


def another_library() -> Optional[str]:
    maps = Path("/proc/self/maps").read_text().splitlines()
    return next((line.split()[-1] for line in maps if "/libc.so" in line), None)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/nowhere/lib.so", "cannot load /nowhere/lib.so"), (another_library(), "is not the lib")],
)
def test_a_wrong_library_is_an_import_error(package: Path, path: str, wrong: str) -> None:
    result = load(package, AUTHLETE_FAIL_LIBRARY=path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("ImportError: authlete_fail: ")
    assert path in result.stderr
    assert wrong in result.stderr


def test_a_library_without_a_function_is_an_import_error(library: str) -> None:
    with pytest.raises(ImportError, match=r"it has no function authlete_fail_of_later$") as caught:
        _ffi._function("of_later", None)
    assert caught.value.path == library


def test_a_missing_library_error_says_what_to_do(package: Path) -> None:
    (package / "libauthlete_fail.so").write_text("broken")
    last = load(package).stderr.splitlines()[-1]
    for part in (str(package / "libauthlete_fail.so"), "AUTHLETE_FAIL_LIBRARY", "Install"):
        assert part in last


def test_another_version_is_an_import_error(package: Path, library: str) -> None:
    (package / "_version.py").write_text('__version__ = "9.8.7"\n')
    last = load(package, AUTHLETE_FAIL_LIBRARY=library).stderr.splitlines()[-1]
    assert last.startswith("ImportError: authlete_fail: the package is version 9.8.7, but ")
    assert authlete_fail.library_version in last
    assert last.endswith("; install the same version of both")
