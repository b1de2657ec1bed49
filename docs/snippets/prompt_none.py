"""Choose the reason to fail a prompt=none request."""

import sys
import time
from dataclasses import dataclass
from typing import Any, Optional

from authlete_fail import AuthorizationReasonName, Client


# [reason]
@dataclass
class Session:
    """The state of the end user's session."""

    subject: str
    login_time: float
    acr: str
    granted_scopes: frozenset[str]  # by the user, to this OAuth client


def reason(
    document: dict[str, Any], session: Optional[Session], now: float
) -> Optional[AuthorizationReasonName]:
    """Return the reason to fail the request, or None to issue the code.

    `document` is the API response of /auth/authorization.
    """
    if session is None:
        return "NOT_LOGGED_IN"
    max_age = document.get("maxAge") or 0  # 0: not requested
    if max_age != 0 and now - session.login_time > max_age:
        return "EXCEEDS_MAX_AGE"
    if document.get("subject") not in (None, session.subject):
        return "DIFFERENT_SUBJECT"
    if document.get("acrEssential") and session.acr not in document["acrs"]:
        return "ACR_NOT_SATISFIED"
    scopes = {scope["name"] for scope in document.get("scopes") or []}
    if not scopes <= session.granted_scopes:
        return "CONSENT_REQUIRED"
    return None


# [/reason]


NOW = time.time()
DOCUMENT = {
    "maxAge": 600,
    "subject": "john",
    "acrEssential": True,
    "acrs": ["silver"],
    "scopes": [{"name": "openid"}],
}
# Each session fails one more check than the previous one.
SESSIONS = [
    Session("john", NOW, "silver", frozenset({"openid", "email"})),
    Session("john", NOW, "silver", frozenset()),
    Session("john", NOW, "bronze", frozenset()),
    Session("mary", NOW, "bronze", frozenset()),
    Session("mary", NOW - 601, "bronze", frozenset()),
    None,
]
chosen = [reason(DOCUMENT, session, NOW) for session in SESSIONS]
print(*(name or "issue" for name in chosen), sep="\n")

with Client() as client:
    response = client.authorization(ticket=sys.argv[1], reason=chosen[-1]).response
print(f"HTTP {response.status}\n{response.headers[0][1]}")
