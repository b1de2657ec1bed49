"""Trust a private CA, and connect through a proxy."""

import sys

from authlete_fail import Client, Response

SERVICE = {"service_id": "21653835348762", "access_token": "sandbox-access-token"}


def private_ca(base_url: str, ca_file: str) -> Client:
    """Trust only the CA certificates in `ca_file`."""
    return Client(base_url=base_url, ca_file=ca_file, **SERVICE)


def system_roots(base_url: str) -> Client:
    """Trust the system's CA certificates."""
    return Client(base_url=base_url, roots="system", **SERVICE)


def through_proxy(base_url: str) -> Client:
    """Connect through an HTTP proxy; `%40` is the encoded @ in the password `p@ss`."""
    return Client(base_url=base_url, proxy="http://user:p%40ss@proxy.example:3128", **SERVICE)


def deny(client: Client) -> Response:
    """Fail a CIBA request that needs no ticket."""
    return client.backchannel_authentication(reason="ACCESS_DENIED").response


if __name__ == "__main__":
    url, certificate = sys.argv[1:]
    through_proxy(url)  # opens no connection yet
    system_roots(url)
    print("HTTP", deny(private_ca(url, certificate)).status)
