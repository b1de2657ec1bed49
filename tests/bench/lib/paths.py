"""Where things are; bench.mk builds them there."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
BUILT = TARGET / "bench"
CLIENTS = ROOT / "tests/bench/clients"
LIBRARY = TARGET / "release/libauthlete_fail.so"
TLS = BUILT / "tls"
