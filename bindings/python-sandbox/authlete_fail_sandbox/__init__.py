"""Runs authlete-fail-sandbox, a local Authlete emulator, for tests.

The pytest plugin has the fixture `authlete_sandbox`. Without pytest::

    with Sandbox() as sandbox:
        service = sandbox.new_service()
        ticket = service.authorization_ticket()
"""

from __future__ import annotations

from ._http import SandboxError
from ._process import Sandbox
from ._service import Request, Service
from ._version import __version__

__all__ = ["Sandbox", "Service", "Request", "SandboxError", "__version__"]
