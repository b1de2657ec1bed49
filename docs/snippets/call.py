"""Start an authorization request, and fail it because the user denies access."""

import sys

from authlete_fail import Client, Error, Response

client = Client()


def authorize(parameters: str) -> Response:
    """Return the response to an authorization request."""
    try:
        reply = client.call("/auth/authorization", {"parameters": parameters})
        if reply.response is not None:  # Authlete's action says what to send
            return reply.response
        assert reply.document is not None  # no response: the action is in the document
        # Your server shows its login and consent pages here.
        ticket = reply.document["ticket"]
        return client.authorization(ticket=ticket, reason="DENIED").response
    except Error as error:
        return error.reply.response


response = authorize(sys.argv[1])
print("HTTP", response.status)
print(dict(response.headers).get("Location", response.body.decode()))
