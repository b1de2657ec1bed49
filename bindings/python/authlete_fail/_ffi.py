"""The C ABI (authlete_fail.h); the only module that imports ctypes.

Importing this module loads the library from the first of these that applies:

1. the file named by the environment variable AUTHLETE_FAIL_LIBRARY;
2. libauthlete_fail.so in the directory of this package;
3. libauthlete_fail.so.0, as found by the dynamic loader.

If that library cannot be loaded, the import fails; the next one is not tried. The GIL is released
while a client is created, connected, called, shut down or freed. It is held while a reply is read
or freed, which takes less time than releasing it.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_void_p,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional

from ._version import __version__

VARIABLE = "AUTHLETE_FAIL_LIBRARY"
BUNDLED = Path(__file__).with_name("libauthlete_fail.so")
INSTALLED = "libauthlete_fail.so.0"


class Client(ctypes.Structure):
    """Opaque."""


class Reply(ctypes.Structure):
    """Opaque."""


# Typed pointers: ctypes rejects one type where the other is expected.
if TYPE_CHECKING:
    ClientPointer = ctypes._Pointer[Client]
    ReplyPointer = ctypes._Pointer[Reply]
else:
    ClientPointer = POINTER(Client)
    ReplyPointer = POINTER(Reply)


class OwnedReply(ReplyPointer):
    """A reply that is freed together with this object; NULL until a function sets it."""

    _type_ = Reply

    def __del__(self) -> None:
        reply_free(self)


def _load() -> ctypes.CDLL:
    chosen = os.environ.get(VARIABLE)
    if chosen:
        path, source = str(Path(chosen).absolute()), f"set by {VARIABLE}"
    elif BUNDLED.exists():
        path, source = str(BUNDLED), "bundled with this package"
    else:
        path, source = INSTALLED, f"default, because {VARIABLE} is not set"
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"authlete_fail: cannot load {path} ({source}): {error}. Install the library "
            f"authlete_fail {__version__}, or set {VARIABLE} to the path of libauthlete_fail.so",
            path=path,
        ) from None


_library = _load()
_with_gil = ctypes.PyDLL(_library._name, handle=_library._handle)


def _function(
    name: str,
    result: Optional[type[Any]],
    *arguments: type[Any],
    library: ctypes.CDLL = _with_gil,
) -> Callable[..., Any]:
    """Declare `authlete_fail_<name>`.

    For a pointer argument, ctypes also accepts the object itself and passes its address.
    """
    symbol = f"authlete_fail_{name}"
    try:
        function = getattr(library, symbol)
    except AttributeError:
        raise ImportError(
            f"authlete_fail: {library._name} is not the library authlete_fail {__version__}: "
            f"it has no function {symbol}",
            path=library._name,
        ) from None
    function.restype = result
    function.argtypes = arguments
    return function  # type: ignore[no-any-return]


version = _function("version", c_char_p)
library_version: str = version().decode()
if library_version != __version__:
    raise ImportError(
        f"authlete_fail: the package is version {__version__}, but the library "
        f"{_library._name} is version {library_version}; install the same version of both",
        path=_library._name,
    )

# Output text contains no NUL except its terminator, so `len` is not needed.
_READ_TEXT = (c_char_p, ReplyPointer, POINTER(c_size_t))

client_new = _function(
    "client_new",
    c_int,
    # The log callback is always NULL; see _log.
    *(c_char_p, c_size_t, c_void_p, c_void_p, POINTER(ClientPointer), POINTER(ReplyPointer)),
    library=_library,
)
client_connect = _function(
    "client_connect", c_int, ClientPointer, POINTER(ReplyPointer), library=_library
)
client_stats = _function(
    "client_stats", c_size_t, ClientPointer, c_char_p, c_size_t, library=_library
)
client_shutdown = _function("client_shutdown", None, ClientPointer, library=_library)
client_free = _function("client_free", None, ClientPointer, library=_library)

call = _function(
    "call",
    c_int,
    # The path, the request and the options.
    *(ClientPointer, c_char_p, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(ReplyPointer)),
    library=_library,
)

reply_status = _function("reply_status", c_int, ReplyPointer)
reply_outcome = _function("reply_outcome", c_int, ReplyPointer)
reply_ticket_state = _function("reply_ticket_state", c_int, ReplyPointer)
reply_may_repeat = _function("reply_may_repeat", c_int32, ReplyPointer)
reply_attempts = _function("reply_attempts", c_int32, ReplyPointer)
reply_duration_us = _function("reply_duration_us", c_int64, ReplyPointer)
reply_http_status = _function("reply_http_status", c_int32, ReplyPointer)
reply_retry_after_ms = _function("reply_retry_after_ms", c_int64, ReplyPointer)
reply_error = _function("reply_error", *_READ_TEXT)
reply_error_json = _function("reply_error_json", *_READ_TEXT)

reply_json = _function("reply_json", *_READ_TEXT)
reply_action = _function("reply_action", *_READ_TEXT)
reply_result_code = _function("reply_result_code", *_READ_TEXT)
reply_request_id = _function("reply_request_id", *_READ_TEXT)
reply_diagnostics = _function("reply_diagnostics", *_READ_TEXT)

reply_response_status = _function("reply_response_status", c_int32, ReplyPointer)
reply_response_header_count = _function("reply_response_header_count", c_size_t, ReplyPointer)
reply_response_header_name = _function(
    "reply_response_header_name", c_char_p, ReplyPointer, c_size_t
)
reply_response_header_value = _function(
    "reply_response_header_value", c_char_p, ReplyPointer, c_size_t
)
reply_response_body = _function("reply_response_body", *_READ_TEXT)

reply_free = _function("reply_free", None, ReplyPointer)

status_name = _function("status_name", c_char_p, c_uint32)
outcome_name = _function("outcome_name", c_char_p, c_uint32)
ticket_state_name = _function("ticket_state_name", c_char_p, c_uint32)


STATS_SIZE = 4096
"""Enough for this version of the library."""


def stats(client: ClientPointer) -> bytes:
    """Return the result of `client_stats`."""
    size = STATS_SIZE
    while True:
        out = ctypes.create_string_buffer(size)
        length: int = client_stats(client, out, size)
        if length < size:
            return out.value
        size = length + 1
