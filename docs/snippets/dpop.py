"""Deny an authorization request with an access token that is bound to a key."""

# [client]
import logging
import sys
from pathlib import Path

from authlete_fail import Client, Error

logging.basicConfig(level=logging.INFO)


def bound_client(base_url: str, key_file: str) -> Client:
    """Use an access token that is bound to the key in `key_file`."""
    return Client(
        base_url=base_url,
        service_id="21653835348762",
        access_token="sandbox-access-token",
        log_level="info",
        dpop_key=Path(key_file).read_text(),
    )


# [/client]

try:
    with bound_client(*sys.argv[1:3]) as client:
        reply = client.authorization(ticket=sys.argv[3], reason="DENIED")
except Error as error:
    sys.exit(str(error))
print("HTTP", reply.response.status)
