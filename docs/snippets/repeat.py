"""Repeat the call of a job until it succeeds or the time is over."""

import random
import sys
import time
from typing import Callable, TypeVar

from authlete_fail import Client, Error

Result = TypeVar("Result")


def repeat(call: Callable[[], Result], budget: float) -> Result:
    """Make a call until it succeeds, for at most `budget` seconds and only while that is safe."""
    end = time.monotonic() + budget
    pause = 0.5
    while True:
        try:
            return call()
        except Error as error:
            asked = (error.reply.retry_after_ms or 0) / 1000
            wait = max(asked, pause) + random.uniform(0, pause)  # not all jobs at the same time
            if not error.reply.may_repeat or time.monotonic() + wait > end:
                raise
        time.sleep(wait)
        pause = min(2 * pause, 30)


if __name__ == "__main__":
    client = Client()
    ticket = sys.argv[1]
    reply = repeat(lambda: client.authorization(ticket=ticket, reason="DENIED"), budget=60)
    print("HTTP", reply.response.status)
