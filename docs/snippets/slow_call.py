"""Log where the time of a slow call went, over all its attempts."""

import logging
import sys
from typing import Any

from authlete_fail import Client, Error, Reply

log = logging.getLogger(__name__)


def log_if_slow(reply: Reply[Any], limit_us: int = 500_000) -> None:
    """Log the time of each step of each attempt."""
    diagnostics = reply.diagnostics
    if diagnostics["durationUs"] >= limit_us:
        log.warning("%s took %d us", diagnostics["endpoint"], diagnostics["durationUs"])
        for attempt in diagnostics["attempts"]:
            steps = {name: us for name, us in attempt.items() if name.endswith("Us") and us}
            log.warning("%s connection: %s", attempt["connection"], steps)


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    client = Client()
    client.connect()
    try:
        reply = client.authorization(ticket=sys.argv[1], reason="DENIED")
    except Error as error:
        reply = error.reply
    log_if_slow(reply)
