"""The keywords of clients and calls, and their names in the library.

The errors of the library quote its own names, such as "timeoutMs". An exception quotes what the
caller wrote: a keyword, or a key of a mapping. The JSON objects of a reply are unchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .configuration import Configuration

Keywords = Mapping[str, str]
"""The keywords that the caller used or could have used, by the names of the library."""


def camel_case(name: str) -> str:
    """Return the library's name of a keyword."""
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


CONFIGURATION: Keywords = {camel_case(name): name for name in Configuration.__annotations__}
MEMBERS: Keywords = {
    camel_case(name): name for name in ("ticket", "reason", "error_description", "error_uri")
}
NONE: Keywords = {}


def quote(error: str, keywords: Keywords) -> str:
    """Replace the names that `error` quotes with keywords."""
    return re.sub('"([A-Za-z_]+)"', lambda match: f'"{keywords.get(match[1], match[1])}"', error)


def quote_in_call(error: str, configuration: Keywords, options: bytes, members: Keywords) -> str:
    """Replace the names that the error of a call quotes.

    `configuration` and `members` are the keywords of the client and of the request. Options are
    always keywords.
    """
    subject = error.partition(":")[0]
    if subject == "request":
        return quote(error, members)
    if subject == "options":
        return quote(error, CONFIGURATION)
    # An error may also concern an option that replaces a key of the configuration.
    given = {key: CONFIGURATION.get(key, key) for key in json.loads(options or "{}")}
    return quote(error, {**configuration, **given})
