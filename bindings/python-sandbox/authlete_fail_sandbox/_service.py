"""A service of the sandbox: tickets, faults, clock and requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Optional, Union
from urllib.parse import urlencode

from ._http import Http, SandboxError

# The limits of the sandbox. Its errors name the members of its JSON, not the keywords.
MAX_TIMES = 1_000_000
MAX_DELAY = 600
MAX_SECONDS = 2**32 - 1


@dataclass(frozen=True)
class Request:
    """A request that the service received. Credentials, tickets and tokens are shortened.

    A DPoP proof in the header `dpop` is complete.
    """

    method: str
    path: str
    """The path after the service ID, such as `/auth/authorization/fail`."""
    headers: dict[str, str]
    body: Optional[dict[str, Any]]
    status: Optional[int]
    """The status of the response; None if there was no response."""
    fault: bool
    """Whether the response was changed by `fail_next`."""


class Service:
    """A service of a sandbox, with its own credentials, tickets, clock, faults and requests."""

    def __init__(self, http: Http, created: Mapping[str, Any]) -> None:
        self._http = http
        self.base_url: str = created["baseUrl"]
        self.service_id: str = created["serviceId"]
        self.access_token: str = created["accessToken"]
        # If the access token is bound to a DPoP key, there is another one for the methods below.
        self._unbound_token: str = created.get("unboundToken", self.access_token)
        self.client_id = str(created["clientId"])
        self.client_secret: str = created["clientSecret"]

    @property
    def config(self) -> dict[str, Any]:
        """The keyword arguments for `authlete_fail.Client`."""
        config = {
            "base_url": self.base_url,
            "service_id": self.service_id,
            "access_token": self.access_token,
        }
        if self._http.ca_file:
            config["ca_file"] = self._http.ca_file
        return config

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables for a server that creates `Client()` without arguments."""
        environment = {
            "AUTHLETE_BASE_URL": self.base_url,
            "AUTHLETE_SERVICE_APIKEY": self.service_id,
            "AUTHLETE_SERVICE_ACCESSTOKEN": self.access_token,
        }
        if self._http.ca_file:
            config = {"caFile": self._http.ca_file}
            environment["AUTHLETE_FAIL_CONFIG_JSON"] = json.dumps(config)
        return environment

    def authorization_ticket(self, **parameters: str) -> str:
        """Start an authorization request with the parameters, and return its ticket."""
        defaults = {"response_type": "code", "client_id": self.client_id}
        return self._ticket("/auth/authorization", defaults | parameters)

    def token_ticket(self, **parameters: str) -> str:
        """Start a token request with the parameters, and return its ticket."""
        defaults = {"grant_type": "password", "username": "john", "password": "secret"}
        return self._ticket("/auth/token", defaults | parameters, **self._client())

    def backchannel_ticket(self, **parameters: str) -> str:
        """Start a backchannel authentication request (CIBA), and return its ticket."""
        defaults = {"login_hint": "john", "scope": "openid"}
        return self._ticket("/backchannel/authentication", defaults | parameters, **self._client())

    def _client(self) -> dict[str, str]:
        return {"clientId": self.client_id, "clientSecret": self.client_secret}

    def _ticket(self, path: str, parameters: Mapping[str, str], **client: str) -> str:
        document = self.call(path, {"parameters": urlencode(parameters), **client})
        if not document.get("ticket"):
            raise SandboxError(f"{path} issued no ticket: {document.get('resultMessage')}")
        return str(document["ticket"])

    def call(self, path: str, document: Mapping[str, object]) -> dict[str, Any]:
        """Make a POST request to Authlete's API, and return the API response.

        `path` is the path after the service ID, such as `/auth/authorization/issue`.
        """
        headers = {"Authorization": f"Bearer {self._unbound_token}"}
        path = f"/api/{self.service_id}{path}"
        return self._http.request("POST", path, dict(document), headers)

    def advance(self, seconds: int) -> None:
        """Advance the clock that determines when tickets, codes and tokens expire."""
        _check_int("seconds", seconds, -MAX_SECONDS, MAX_SECONDS)
        clock = {"serviceId": self.service_id, "advanceSeconds": seconds}
        self._http.control("POST", "clock", clock)

    def fail_next(
        self,
        path: Optional[str] = None,
        *,
        times: int = 1,
        status: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
        body: Union[str, Mapping[str, object], None] = None,
        delay: Optional[float] = None,
        disconnect: Optional[Literal["before", "during"]] = None,
        processed: bool = False,
    ) -> None:
        """Make the next requests fail: those to `path`, or all if it is None.

        `status`, `headers` and `body` replace the response; a mapping is sent as JSON. `delay` is
        the number of seconds before the response. `disconnect` closes the connection before the
        response or in the middle of its body. With `processed`, the request is processed first,
        which uses up its ticket; a delay alone does the same.
        """
        _check_path(path)
        _check_int("times", times, 1, MAX_TIMES)
        delay_ms = None if delay is None else _delay_ms(delay)
        if status is None and disconnect is None and not delay_ms:
            raise ValueError("a fault requires status, delay or disconnect")
        fault: dict[str, object] = {
            "serviceId": self.service_id,
            "path": path,
            "times": times,
            "status": status,
            "headers": None if headers is None else dict(headers),
            "body": dict(body) if isinstance(body, Mapping) else body,
            "delayMs": delay_ms,
            "disconnect": disconnect,
            "processed": processed,
        }
        given = {name: value for name, value in fault.items() if value is not None}
        self._http.control("POST", "faults", given)

    def clear_faults(self) -> None:
        """Remove the faults that have not occurred yet."""
        self._http.control("DELETE", f"faults?serviceId={self.service_id}")

    def requests(self, path: Optional[str] = None) -> list[Request]:
        """Return the requests so far, oldest first: those to `path`, or all if it is None."""
        _check_path(path)
        document = self._http.control("GET", f"requests?serviceId={self.service_id}")
        requests = [
            Request(
                method=request["method"],
                path=request["path"],
                headers=request["headers"],
                body=request["body"],
                status=request["status"],
                fault=request["fault"],
            )
            for request in document["requests"]
        ]
        return [request for request in requests if path in (None, request.path)]

    def delete(self) -> None:
        """Delete the service with its tickets, faults and requests."""
        self._http.control("DELETE", f"services/{self.service_id}")

    def __repr__(self) -> str:
        return f"<Service {self.service_id} of {self.base_url}>"


def _check_path(path: Optional[str]) -> None:
    if path is not None and not path.startswith("/"):
        raise ValueError(f'path must start with "/": {path!r}')


def _check_int(name: str, value: int, minimum: int, maximum: int) -> None:
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not minimum <= value <= maximum:
        raise ValueError(f"{name} must be {minimum} to {maximum}, not {value}")


def _delay_ms(delay: float) -> int:
    if type(delay) not in (int, float):
        raise TypeError(f"delay must be a number of seconds, not {type(delay).__name__}")
    if not 0 <= delay <= MAX_DELAY:
        raise ValueError(f"delay must be 0 to {MAX_DELAY} seconds, not {delay}")
    return round(delay * 1000)
