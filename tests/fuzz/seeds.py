#!/usr/bin/env python3
"""Writes the seeds of every target from tests/scenarios.json into a folder."""

import hashlib
import json
import pathlib
import re
import sys

TABLE = pathlib.Path(__file__).parent.parent / "scenarios.json"
# The low bits of the first byte (src/lib.rs), and the high ones of answer (fuzz_targets/answer.rs).
CALLS = {"token": 0, "backchannel_authentication": 1, "authorization": 2}
STATUSES = [200, 0, 0, 0, 201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 503, 599]
BASE = {"baseUrl": "http://127.0.0.1:1", "serviceId": "1", "accessToken": "t0ken-c4n4ry"}


def rows():
    text = TABLE.read_text().replace("CANARY", "c4n4ry")
    # ${text*N} stands for many copies; a few will do.
    text = re.sub(r"\$\{([^*}]*)\*(\d+)\}", lambda m: m[1] * min(int(m[2]), 40), text)
    return json.loads(text)


def given(row):
    """The text or the bytes that stand instead of a document."""
    if "hex" in row:
        return bytes.fromhex(row["hex"])
    return row["text"].encode() if "text" in row else None


def compact(document):
    return json.dumps(document, separators=(",", ":")).encode()


def body_of(answer):
    body = answer.get("body")
    if "hex" in answer:
        return bytes.fromhex(answer["hex"])
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else compact(body)


def seeds():
    for row in rows():
        call = bytes([CALLS.get(row["call"], 2)])
        config = given(row) if row["call"] == "client" else None
        yield "config", config or compact(BASE | row.get("config", {}))
        if row["call"] != "client":
            document = {"ticket": "t1-c4n4ry"} | row.get("request", {})
            yield "request", call + (given(row) or compact(document))
        server = row.get("server")
        if not isinstance(server, dict):
            continue
        if "answer" in server:
            answer = server["answer"]
            status, body = answer.get("status", 200), body_of(answer)
            if status in STATUSES:
                yield "answer", bytes([call[0] | STATUSES.index(status) << 4]) + body
            headers = "".join(f"{n}: {v}\r\n" for n, v in answer.get("headers", {}).items())
            head = f"HTTP/1.1 {status} Reason\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
            yield "http", bytes([call[0] | 4]) + head.encode() + body
        elif "script" not in server:
            raw = server.get("raw", server.get("raw-and-hold", ""))
            yield "http", call + raw.encode()


def main(folder):
    for target, seed in seeds():
        name = hashlib.sha1(seed).hexdigest()
        path = pathlib.Path(folder, target, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seed)


if __name__ == "__main__":
    main(sys.argv[1])
