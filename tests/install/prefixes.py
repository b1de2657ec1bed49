"""An installation by `make install`, shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed import PREFIX, make


@pytest.fixture(scope="session")
def destdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destdir = tmp_path_factory.mktemp("destdir")
    make("install", f"DESTDIR={destdir}", f"PREFIX={PREFIX}")
    return destdir


@pytest.fixture(scope="session")
def prefix(destdir: Path) -> Path:
    return destdir / PREFIX.lstrip("/")
