"""The replies of calls that the package itself rejects, without the C client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from . import _ffi
from .enums import Status, TicketState
from .reply import Reply, read


@dataclass(frozen=True)
class Rejection:
    """The reason why a call was not sent."""

    status: Status
    message: str
    may_repeat: bool = False
    duration: timedelta = timedelta(0)

    def reply(self, without_client: _ffi.OwnedReply, state: TicketState) -> Reply[Any]:
        """Convert the reply of the same call with a NULL client.

        The library cannot produce this reply, because the C client is not used. The two replies
        differ only in what is replaced here. Everything else comes from the library, including the
        members of `error_json`.
        """
        error = f"{self.status.name.lower()}: {self.message}"
        changed = {
            "status": self.status.name,
            "message": error,
            "ticketState": state.name,
            "durationUs": self.duration // timedelta(microseconds=1),
            "mayRepeat": self.may_repeat,
        }
        document = {**json.loads(read(without_client).error_json), **changed}
        return read(
            without_client,
            status=self.status,
            ticket_state=state,
            may_repeat=self.may_repeat,
            duration=self.duration,
            error=error,
            error_json=json.dumps(document, separators=(",", ":")),
        )


NOT_SENT = "nothing was sent"
# The C client may already be freed.
CLOSED = Rejection(Status.SHUTDOWN, f"the client is closed; {NOT_SENT}")
