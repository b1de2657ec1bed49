"""The README lists every attribute and method of the fixture."""

import dataclasses
import inspect
import re
from pathlib import Path

from authlete_fail_sandbox import Service
from authlete_fail_sandbox._service import Request

README = Path(__file__).parents[2] / "bindings/python-sandbox/README.md"


def test_the_tables_are_complete(authlete_sandbox: Service) -> None:
    sections = README.read_text().partition("| attribute |")[2].partition("\n| fault |")
    cells = [line.split(" | ")[0] for line in sections[0].splitlines() if line.startswith("| `")]
    listed = {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
    assert listed == {name for name in dir(authlete_sandbox) if not name.startswith("_")}


def test_the_arguments_are_those_of_fail_next() -> None:
    [listed] = re.findall(r"`fail_next\((.*?)\)`", README.read_text())
    signature = inspect.signature(Service.fail_next)
    arguments = [it for it in signature.parameters.values() if it.name != "self"]
    assert listed == ", ".join(f"{it.name}={it.default!r}" for it in arguments)


def test_the_members_of_a_request_are_listed() -> None:
    [row] = re.findall(r"A `Request` has (.*?) \|", README.read_text())
    assert re.findall(r"`(\w+)`", row) == [field.name for field in dataclasses.fields(Request)]
