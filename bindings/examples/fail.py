"""Fails a request of each kind and prints the responses for the OAuth clients.

export AUTHLETE_BASE_URL=https://us.authlete.com
export AUTHLETE_SERVICE_APIKEY=SERVICE_ID AUTHLETE_SERVICE_ACCESSTOKEN=TOKEN
python fail.py AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET
"""

from __future__ import annotations

import sys
from typing import Callable

from authlete_fail import Client, Error, Outcome, Reply


def fail(name: str, call: Callable[..., Reply], ticket: str, reason: str) -> bool:
    """Return whether Authlete produced the response. Otherwise, the library did."""
    try:
        reply = call(ticket=ticket, reason=reason)
    except Error as error:
        print(error, file=sys.stderr)
        reply = error.reply
    response = reply.response
    print(f"== {name}: {reply.status.name}, {reply.outcome.name}, ticket {reply.ticket_state.name}")
    print("HTTP/1.1", response.status_line)
    for header, value in response.headers:
        print(f"{header}: {value}")
    print(f"\n{response.body.decode()}")
    return reply.outcome is Outcome.DELIVERED


def main() -> int:
    """Return 0 if Authlete produced all three responses."""
    if len(sys.argv) != 4:
        print(
            f"usage: {sys.argv[0]} AUTHORIZATION_TICKET TOKEN_TICKET CIBA_TICKET", file=sys.stderr
        )
        return 2
    authorization, token, ciba = sys.argv[1:]
    try:
        with Client() as client:  # configured from environment variables
            delivered = fail("authorization", client.authorization, authorization, "DENIED")
            print()
            reason = "INVALID_RESOURCE_OWNER_CREDENTIALS"
            delivered &= fail("token", client.token, token, reason)
            print()
            call = client.backchannel_authentication
            delivered &= fail("backchannel authentication", call, ciba, "UNKNOWN_USER_ID")
    except Error as error:  # invalid configuration
        print(error, file=sys.stderr)
        return 1
    return 0 if delivered else 1


if __name__ == "__main__":
    sys.exit(main())
