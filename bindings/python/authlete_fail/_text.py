"""Converts mappings and keywords to the JSON text that the library reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Optional


def either(
    name: str, mapping: Optional[Mapping[str, object]], keywords: Mapping[str, object]
) -> Mapping[str, object]:
    """Return `mapping`, or `keywords` if it is None."""
    if mapping is None:
        return keywords
    if keywords:
        raise TypeError(f"pass {name} or keywords, not both")
    return checked_mapping(name, mapping)


def checked_mapping(name: str, mapping: Mapping[str, object]) -> Mapping[str, object]:
    """Return `mapping`. Raise TypeError if it is anything else, for example JSON text."""
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must be a mapping, not {type(mapping).__name__}")
    return mapping


def options(
    *,
    method: str = "POST",
    timeout_ms: Optional[int],
    access_token: Optional[str],
    headers: Optional[Mapping[str, str]],
) -> bytes:
    """Return the options of a call; empty for the defaults."""
    given: dict[str, object] = {} if method == "POST" else {"method": method}
    if timeout_ms is not None:
        given["timeoutMs"] = timeout_ms
    if access_token is not None:
        given["accessToken"] = access_token
    if headers is not None:
        # The encoder accepts only a dict. The library rejects values that are not mappings.
        given["headers"] = dict(headers) if isinstance(headers, Mapping) else headers
    return to_json(given) if given else b""


def with_timeout(options: bytes, timeout_ms: int) -> bytes:
    """Add a timeout to the options of a call, which must have none."""
    return b'{"timeoutMs":%d%s' % (timeout_ms, b"," + options[1:] if options else b"}")


def c_path(path: str) -> bytes:
    """Encode `path` for the library, which validates it."""
    if not isinstance(path, str):
        raise TypeError(f"path must be a str, not {type(path).__name__}")
    # A NUL would end the path. The library rejects "%00".
    return path.replace("\0", "%00").encode("utf-8", "surrogatepass")


def _file_path(value: object) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else None
    if not isinstance(path, str):
        raise TypeError(f"{type(value).__name__} is not JSON serializable")
    return path


_ENCODER = json.JSONEncoder(allow_nan=False, default=_file_path, separators=(",", ":"))


def to_json(document: Mapping[str, object]) -> bytes:
    """Encode `document` as compact JSON."""
    for name, value in document.items():
        if not (isinstance(name, str) and isinstance(value, str)):
            return _ENCODER.encode(dict(document)).encode()
    # Encoding a str is much faster than encoding a dict.
    members = [
        f"{_ENCODER.encode(name)}:{_ENCODER.encode(value)}" for name, value in document.items()
    ]
    return ("{" + ",".join(members) + "}").encode()
