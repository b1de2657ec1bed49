"""The enums and log levels match the header; the reasons match the library."""

from __future__ import annotations

import pickle
import re
from enum import Enum, IntEnum
from typing import Any, get_args

import authlete_fail
import pytest
from authlete_fail import (
    AuthorizationReason,
    BackchannelAuthenticationReason,
    Outcome,
    Status,
    TicketState,
    TokenReason,
    _ffi,
    _log,
)
from conftest import ROOT

HEADER = (ROOT / "include/authlete_fail.h").read_text()
ENUMS = [(Status, "status"), (Outcome, "outcome"), (TicketState, "ticket_state")]
REASONS = [AuthorizationReason, TokenReason, BackchannelAuthenticationReason]


@pytest.mark.parametrize(("enum", "name"), ENUMS)
def test_numbers_match_the_header(enum: type[IntEnum], name: str) -> None:
    pattern = rf"AUTHLETE_FAIL_{name.upper()}_(\w+) = (\d+),"
    header = {name: int(number) for name, number in re.findall(pattern, HEADER)}
    assert header.pop("MAX_ENUM") == 0x7FFFFFFF
    assert {member.name: member.value for member in enum} == header


def test_log_levels_match_the_header() -> None:
    levels = [name.lower() for name in re.findall(r"AUTHLETE_FAIL_LOG_LEVEL_(\w+) =", HEADER)]
    assert levels == [*_log._LEVELS, "max_enum"]


@pytest.mark.parametrize(("enum", "name"), ENUMS)
def test_names_match_the_library(enum: type[IntEnum], name: str) -> None:
    name_of = getattr(_ffi, f"{name}_name")
    for number in range(-1, len(enum) + 1):
        assert name_of(number).decode() == enum(number).name


@pytest.mark.parametrize(("enum", "_name"), ENUMS)
def test_an_unknown_number_is_a_member(enum: type[IntEnum], _name: str) -> None:
    member = enum(99)
    assert isinstance(member, enum)
    assert (member.name, member.value) == ("?", 99)
    assert member == enum(99) == 99
    assert pickle.loads(pickle.dumps(member)) == member  # noqa: S301
    assert len(enum) == len(list(enum)), "the enum itself is unchanged"
    assert [f"{number:>3}" for number in (member, enum(0))] == ["  ?", f"{enum(0).name:>3}"]
    assert str(enum(0)) == enum(0).name
    text: Any = "OK"
    with pytest.raises(ValueError, match="OK"):
        enum(text)


@pytest.mark.parametrize("enum", REASONS)
def test_reasons_match_the_library(enum: type[Enum]) -> None:
    source = (ROOT / "src/endpoint.rs").read_text()
    name = re.sub("(?<=[a-z])(?=[A-Z])", "_", enum.__name__.removesuffix("Reason")).upper()
    pattern = rf"^const {name}: Spec = .*?reasons: &\[(.*?)\]"
    body = re.search(pattern, source, re.DOTALL | re.MULTILINE)
    assert body
    assert [member.value for member in enum] == re.findall(r'"(\w+)"', body[1])
    assert all(member.name == member.value for member in enum)


@pytest.mark.parametrize("enum", REASONS)
def test_reason_names_match_the_enums(enum: type[Enum]) -> None:
    names = getattr(authlete_fail, f"{enum.__name__}Name")
    assert list(get_args(names)) == [member.value for member in enum]


def test_a_reason_is_its_text() -> None:
    reason = AuthorizationReason.DENIED
    assert reason == str(reason) == f"{reason}" == "DENIED"
