"""Clients whose log is tested."""

from __future__ import annotations

import logging
import re
from typing import Optional

from authlete_fail import Client
from conftest import TICKET, TOKEN

CLOSED = "http://127.0.0.1:1"
FAIL = "/auth/authorization/fail"
AUTHORIZATION: dict[str, object] = {"ticket": TICKET, "reason": "DENIED"}
TOKEN_REQUEST: dict[str, object] = {"ticket": TICKET, "reason": "UNKNOWN"}


def config(url: str, level: Optional[str]) -> dict[str, object]:
    keys = {"baseUrl": url, "serviceId": "1", "accessToken": TOKEN}
    return {**keys, "logLevel": level} if level else {**keys}


def client(url: str, level: Optional[str]) -> Client:
    return Client(config(url, level))


def without_times(line: str) -> str:
    return re.sub(r"(_us)=\d+", r"\1=?", line)


def fields(record: logging.LogRecord) -> dict[str, object]:
    prefix = "authlete_"
    names = [name for name in vars(record) if name.startswith(prefix)]
    return {name.removeprefix(prefix): getattr(record, name) for name in names}
