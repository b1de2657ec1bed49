"""Open a connection before a call needs it."""

import sys

from authlete_fail import Client, Error

client = Client()


# [page]
def prepare() -> None:
    """Call this after sending the consent page, in case the user denies access."""
    try:
        reply = client.connect()
    except Error as error:
        print(error, file=sys.stderr)  # the call will connect
    else:
        print("idle connection" if reply.attempts == 0 else "new connection")


# [/page]


if __name__ == "__main__":
    prepare()
    prepare()
    print("HTTP", client.authorization(ticket=sys.argv[1], reason="DENIED").response.status)
