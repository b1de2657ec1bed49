#!/usr/bin/env python3
"""Writes the seeds of every target and two dictionaries into a folder: seeds.py FOLDER.

The seeds come from the scenarios, from variants of JSON texts, and from variants of HTTP responses.
The dictionaries have the names and words in the seeds.
"""

import hashlib
import itertools
import json
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).parent.parent
SCENARIOS = TESTS / "scenarios"
KEYS = json.loads((TESTS / "harness/keys.json").read_text())
# The low bits of the first byte (src/lib.rs), and the high bits in fuzz_targets/api_response.rs.
CALLS = {"token": 0, "backchannel_authentication": 1, "authorization": 2}
STATUSES = [200, 0, 0, 0, 201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 503, 599]
BASE = {"baseUrl": "http://127.0.0.1:1", "serviceId": "1", "accessToken": "t0ken-c4n4ry"}

# The cases of a JSON parser: strings, escapes, numbers, literals, nesting, white space.
STRINGS = [
    b'"c4n4ry"', b'""', b'"\\u0000"', b'"\\ud800"', b'"\\ud83d\\ude42"', b'"\\ud83d\\ud',
    b'"\\ude42"', b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"', b'"\\x"', b'"\\u12"', b'"\\',
    b'"\xc3\xa9"', b'"\xff"', b'"\xe9', b'"a\nb"', b'"\x7f"', b'"', b'"' + b"a" * 300 + b'"',
    b'"\xef\xbb\xbf"', b'"a" b', b'"\\u', b'"\\\\' + b"\\\\" * 20 + b'"', b'"\\ud83d\\u0e42"',
    b'"a\x00"', b'"\xf0\x9f\x98\x80"', b'"\xed\xa0\x80"',
]  # fmt: skip
VALUES = [
    *STRINGS, b"0", b"-1", b"01", b"1.5", b"1e5", b"1E+5", b"184e+", b"1.", b"-", b"6" * 30,
    b"1e999", b"6" * 10 + b"." + b"6" * 11 + b"E", b"5" * 30 + b".5e5", b"5" * 20 + b"e-600",
    b"0." + b"0" * 30 + b"1", b"1e", b"0e", b"0.0e1", b"1E77777777777", b"0e9999999999", b"1.5x",
    b"99999999999999999999", b"18446744073709551616", b"-9223372036854775809", b"-x", b"2.2", b"03",
    b"0.", b"E", b"[1 2]", b"[1,]", b"[,]", b"[1", b"[1 ", b"[ ]", b'{"a" ', b'{"a": ', b'{"a":1 ',
    b'{"a":1, ', b'{"a":[1, {"b":2} ', b'{"a":1} x', b"fala", b"nL", b"\xff", b"-0.0", b"3600000",
    b"true", b"tru", b"truu", b"false", b"null", b"nul", b"[]", b"[", b"[[[1],2],", b"{}",
    b'{"a":1}', b'{"a":{"a":[{}]}}', b"[" * 140, b'{"a":' * 140, b"", b"NaN", b"/**/1",
]  # fmt: skip
SPACES = [
    b" ", b"\t\n\r ", b"\r\n" * 20, b"\t" * 70, b"\n\n", b" " * 17, b"\x0b", b"\x00", b"\xc2\xa0",
]  # fmt: skip
STRUCTURE = [
    b"", b" ", b"{", b"{}", b"[]", b"{}{}", b"{} x", b"{,}", b'{"a"}', b'{"a":1,}', b'{"a" 1}',
    b"{1:2}", b'{"a":1 "b":2}', b'{"":1}', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}',
    b"\xef\xbb\xbf{}", b"\xff\xfe{\x00",
]  # fmt: skip
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


def scenarios():
    for path in sorted(SCENARIOS.glob("*.json")):
        text = path.read_text().replace("CANARY", "c4n4ry")
        # ${text*N} is N copies of the text; a few are enough.
        text = re.sub(r"\$\{([^*}]*)\*(\d+)\}", lambda m: m[1] * min(int(m[2]), 40), text)
        for group in json.loads(text):
            defaults = group.get("defaults", {})
            for scenario in group["scenarios"]:
                config = defaults.get("config", {}) | scenario.get("config", {})
                key = scenario.get("key", defaults.get("key"))
                if key:
                    config["dpopKey"] = dpop_key(key)
                yield defaults | scenario | {"config": config}


def dpop_key(key):
    """The key of a scenario, which tests/scenario/dpop.rs describes."""
    changes = {"of": key} if isinstance(key, str) else key
    members = KEYS[changes["of"]] | changes
    return {name: value for name, value in members.items() if name != "of" and value is not None}


def compact(document):
    return json.dumps(document, separators=(",", ":")).encode()


def text_of(scenario):
    """The text or the bytes that replace the request or the config."""
    if "hex" in scenario:
        return bytes.fromhex(scenario["hex"])
    return scenario["text"].encode() if "text" in scenario else None


def body_of(response):
    body = response.get("body")
    if "hex" in response:
        return bytes.fromhex(response["hex"])
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else compact(body)


def http(status, headers, body):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Reason\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def from_scenarios():
    for scenario in scenarios():
        call = bytes([CALLS.get(scenario["call"], 2)])
        config = text_of(scenario) if scenario["call"] == "client" else None
        yield "config", config or compact(BASE | scenario["config"])
        if scenario["call"] == "call":
            yield from from_general_call(scenario)
        elif scenario["call"] != "client":
            request = {"ticket": "t1-c4n4ry"} | scenario.get("request", {})
            yield "request", call + (text_of(scenario) or compact(request))
        server = scenario.get("server")
        if not isinstance(server, dict):
            continue
        for response in responses_of(server):
            status, body = response.get("status", 200), body_of(response)
            if status in STATUSES:
                yield "api_response", bytes([call[0] | STATUSES.index(status) << 4]) + body
            yield "http", bytes([call[0] | 4]) + http(status, response.get("headers", {}), body)
        for raw in (server.get("raw"), server.get("raw-and-hold")):
            if raw:
                yield "http", call + raw.encode()


def from_general_call(scenario):
    options = scenario.get("options", {})
    options = scenario.get("optionsText", json.dumps(options)).encode()
    request = text_of(scenario) or compact(scenario.get("request", {}))
    server = scenario.get("server")
    response = server.get("respond", {}) if isinstance(server, dict) else {}
    for pointer in scenario["expect"].get("get", {"/action": ""}):
        parts = (scenario["path"].encode(), options, request, pointer.encode(), body_of(response))
        yield "general_call", b"\0".join(parts)


def responses_of(server):
    if "respond" in server:
        yield server["respond"]
    for step in itertools.chain(*server.get("script", {}).get("connections", [])):
        if isinstance(step, dict) and "respond" in step:
            yield step["respond"]


def texts():
    """JSON texts without any of the expected members, most of them invalid."""
    yield from STRUCTURE
    for value in VALUES:
        yield value
        yield value + b" "
        yield b'{"a":' + value
        for space in SPACES:
            yield space + b'{"a":' + space + value + space + b"}" + space
            yield b'{"a"' + space + b":" + value + space
            yield b'{"":' + space + b'{"":' + space + value + b"," + space


def variants(document):
    """Texts similar to that of `document`, most of them invalid."""
    text = compact(document)
    yield text
    for end in range(1, len(text)):
        yield text[:end]
    for name in document:
        others = compact({key: value for key, value in document.items() if key != name})[1:]
        for value in VALUES:
            yield b'{"%s":%s,%s' % (name.encode(), value, others)
        for key in STRINGS:
            yield b"{%s:1,%s" % (key, others)
        for misspelled in (name[:-1], name + "s", name[0] + name[2:], name.upper()):
            yield b'{"%s":1,%s' % (misspelled.encode(), others)
        yield b'{"%s":1,%s' % (name.encode(), text[1:])
    for space in SPACES:
        for before, after in itertools.product(b"{:,}", repeat=2):
            spaced = text.replace(bytes([before]), bytes([before]) + space)
            yield spaced.replace(bytes([after]), space + bytes([after]))
        yield text + space


def from_json():
    request = {"ticket": "t", "reason": "DENIED", "description": "c4n4ry"}
    backchannel = {"ticket": "t", "errorDescription": "d", "errorUri": "u"}
    for text in texts():
        yield "request", b"\x02" + text
        yield "config", text
        yield "api_response", b"\x02" + text
    for flags, text in itertools.product((0, 4), variants(request)):
        yield "request", bytes([2 | flags]) + text
    for text in variants(backchannel):
        yield "request", b"\x01" + text
    for text in variants(BASE | {"timeoutMs": 1, "proxy": "http://u:p@h:1", "retry": "none"}):
        yield "config", text
    for text in variants(BASE | {"caPem": CERTIFICATE}):
        yield "config", text
    for number, action in enumerate(("BAD_REQUEST", "FORBIDDEN", "LOCATION", "FORM")):
        document = {"action": action, "resultCode": "A060306", "responseContent": "c4n4ry"}
        for text in variants(document):
            yield "api_response", bytes([number]) + text
        yield "api_response", bytes([number]) + compact(document | {"x": 1, "type": [{}]})
    for status in range(16):
        for text in (b"", b"{", b'{"resultCode":"A001201"}', b"\xff\xfe", b"c4n4ry"):
            yield "api_response", bytes([2 | status << 4]) + text


BODY = b'{"action":"FORM","responseContent":"c4n4ry"}'
STATUS_LINES = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200\r\n", b"HTTP/1.1 200 \n", b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.2 200 OK\r\n", b"HTTP/1.1 146 X\r\n", b"HTTP/1.1 99 X\r\n", b"HTTP/1.1 1000 X\r\n",
    b"HTTP/1.1 204 X\r\n", b"HTTP/1.1 304 X\r\n", b"HTTP/1.1 429 X\r\n", b"HTTP/1.1 503 \xff\r\n",
    b"HTTP/1.1  200 X\r\n", b"http/1.1 200 X\r\n", b"\r\n", b"",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n",
]  # fmt: skip
HEADERS = [
    b"", b"X: a\r\n", b"X:\r\n", b"X:\t\x80\xff\r\n", b"X: a\nY: b\r\n", b" X: a\r\n", b"X : a\r\n",
    b"X\r\n", b"X: a\r\n b\r\n", b": a\r\n", b"X: \x00\r\n", b"X: a\rb\r\n", b"X+y~: a\r\n",
    b"X: " + b"a" * 2000 + b"\r\n", b"X: a\r\n" * 130, b"Connection: close\r\n",
    b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", b"Retry-After: 5\r\n",
    b"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", b"Retry-After: 99999999999999999999\r\n",
    b"X-RateLimit-Reset: 5\r\n", b"Request-Id: req-1\r\n", b"Content-Encoding: gzip\r\n",
    b"Trailer: x\r\n",
]  # fmt: skip
CHUNKED = b"Transfer-Encoding: chunked\r\n"
FRAMINGS = [
    (b"", BODY), (b"Content-Length: %d\r\n" % len(BODY), BODY), (b"Content-Length: 9\r\n", BODY),
    (b"Content-Length: 99\r\n", BODY), (b"Content-Length: -1\r\n", BODY),
    (b"Content-Length: +4\r\n", BODY), (b"Content-Length: x\r\n", BODY),
    (b"Content-Length: 44\r\nContent-Length: 45\r\n", BODY), (b"Content-Length: 44, 44\r\n", BODY),
    (b"Content-Length: 18446744073709551616\r\n", BODY),
    (CHUNKED, b"2c\r\n" + BODY + b"\r\n0\r\n\r\n"),
    (CHUNKED, b"2C;a=b\r\n" + BODY + b"\r\n0\r\nX: a\r\n\r\n"),
    (CHUNKED, b"5\r\n" + BODY[:5] + b"\r\n27\r\n" + BODY[5:] + b"\r\n0\r\n\r\n"),
    (CHUNKED, b"0\r\n"), (CHUNKED, b"2c\r\n" + BODY + b"xx0\r\n\r\n"),
    (CHUNKED, b"ffffffffffffffffff\r\n" + BODY), (CHUNKED, b"\r\n\r\n"),
    (CHUNKED, b"-1\r\n" + BODY), (CHUNKED, b"2c\n" + BODY + b"\n0\n\n"), (CHUNKED, b"x\r\n"),
    (CHUNKED, b"2c \r\n" + BODY), (CHUNKED + b"Content-Length: 44\r\n", BODY),
    (b"Transfer-Encoding: gzip, chunked\r\n", BODY), (b"Transfer-Encoding: identity\r\n", BODY),
    (b"Transfer-Encoding:\t chunked\r\n", b"0\r\n\r\n"),
]  # fmt: skip


def from_http():
    length = FRAMINGS[1][0]
    streams = [line + length + b"\r\n" + BODY for line in STATUS_LINES]
    for line, header in itertools.product(STATUS_LINES, HEADERS):
        streams.append(line + header + b"\r\n")
    for framing, body in FRAMINGS:
        for header in HEADERS:
            streams.append(STATUS_LINES[0] + header + framing + b"\r\n" + body)
        for line in STATUS_LINES:
            streams.append(line + framing + b"\r\n" + body + b"x")
        whole = STATUS_LINES[0] + framing + b"\r\n" + body
        streams += [whole[:end] for end in range(len(whole))]
    for text in variants({"action": "FORM", "responseContent": "c4n4ry"}):
        streams.append(STATUS_LINES[0] + b"\r\n" + text)
    for index, stream in enumerate(streams):
        yield "http", bytes([2 | 4 * (index % 2)]) + stream


def strings(value):
    """All keys and strings in a JSON value."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from strings(element)
    if isinstance(value, str):
        yield value


def json_words():
    for scenario in scenarios():
        response = scenario.get("server")
        body = response.get("respond", {}).get("body") if isinstance(response, dict) else None
        for word in strings([scenario["config"], scenario.get("request", {}), body]):
            yield word.encode()
            yield compact(word)


def dictionary(tokens):
    """Return the text of a libFuzzer dictionary with the short tokens."""
    short = sorted({token for token in tokens if 0 < len(token) <= 60})
    quoted = ("".join(f"\\x{byte:02x}" for byte in token) for token in short)
    return "".join(f'"{token}"\n' for token in quoted)


def main(folder):
    for target, seed in itertools.chain(from_scenarios(), from_json(), from_http()):
        path = pathlib.Path(folder, target, hashlib.sha1(seed).hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seed)
    pem = re.split(r"(?<=-)(?=\n)", CERTIFICATE)
    tokens = {
        "json": [*json_words(), *STRINGS, *VALUES, *SPACES, *STRUCTURE, *map(compact, pem)],
        "http": [*STATUS_LINES, *HEADERS, *itertools.chain(*FRAMINGS), b"\r\n\r\n"],
    }
    for name, words in tokens.items():
        pathlib.Path(folder, f"{name}.dict").write_text(dictionary(words))


if __name__ == "__main__":
    main(sys.argv[1])
