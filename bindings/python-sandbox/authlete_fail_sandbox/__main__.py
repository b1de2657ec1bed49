"""`python -m authlete_fail_sandbox` runs the sandbox."""

from __future__ import annotations

from ._program import main

main()
