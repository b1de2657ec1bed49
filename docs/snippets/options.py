"""Fail an authorization request with a timeout, an access token and a header for this call."""

# [deny]
import sys
from pathlib import Path

from authlete_fail import Client, Error, Http, Reply, TicketState

client = Client()


def deny(ticket: str, token: str, request_id: str) -> Reply:
    """Fail an authorization request. The options apply to this call only."""
    return client.authorization(
        ticket=ticket,
        reason="DENIED",
        timeout_ms=1000,
        access_token=token,
        headers={"X-Request-Id": request_id},
    )


# [/deny]


# [rotate]
class TokenFile:
    """The access token in a file that another program replaces."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self.token = self._read()

    def renew(self, rejected: str) -> bool:
        """Read the file again; return whether the token is not the rejected one."""
        self.token = self._read()
        return self.token != rejected

    def _read(self) -> str:
        return self._path.read_text("ascii").strip()


def deny_with_current_token(ticket: str, tokens: TokenFile, request_id: str) -> Reply:
    """Call again with a new token if Authlete rejects the old one."""
    token = tokens.token
    try:
        return deny(ticket, token, request_id)
    except Http as error:
        rejected = error.reply.http_status == 401
        if rejected and error.reply.ticket_state is TicketState.UNTOUCHED and tokens.renew(token):
            return deny(ticket, tokens.token, request_id)
        raise


# [/rotate]

tokens = TokenFile(sys.argv[2])
if len(sys.argv) > 4:  # another program replaces the file
    Path(sys.argv[2]).write_text(sys.argv[4], "ascii")
try:
    reply, problem = deny_with_current_token(sys.argv[1], tokens, sys.argv[3]), ""
except Error as error:
    reply, problem = error.reply, str(error)
print("HTTP", reply.response.status)
print(problem)
