"""Trust a private CA, and connect through a proxy."""

import sys

from authlete_fail import Client, Response

# [roots]
SERVICE = "21653835348762"
TOKEN = "sandbox-access-token"


def private_ca(base_url: str, ca_file: str) -> Client:
    """Trust only the CA certificates in `ca_file`."""
    return Client(base_url=base_url, service_id=SERVICE, access_token=TOKEN, ca_file=ca_file)


def system_roots(base_url: str) -> Client:
    """Trust the system's CA certificates."""
    return Client(base_url=base_url, service_id=SERVICE, access_token=TOKEN, roots="system")


# [/roots]


# [proxy]
def through_proxy(base_url: str) -> Client:
    """Connect through an HTTP proxy; `%40` is the encoded @ in the password `p@ss`."""
    proxy = "http://user:p%40ss@proxy.example:3128"
    return Client(base_url=base_url, service_id=SERVICE, access_token=TOKEN, proxy=proxy)


# [/proxy]


def deny(client: Client) -> Response:
    """Fail a CIBA request that needs no ticket."""
    return client.backchannel_authentication(reason="ACCESS_DENIED").response


if __name__ == "__main__":
    url, certificate = sys.argv[1:]
    through_proxy(url)  # opens no connection yet
    system_roots(url)
    print("HTTP", deny(private_ca(url, certificate)).status)
