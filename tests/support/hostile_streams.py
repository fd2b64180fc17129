"""Streams of a chat reply with everything that can be wrong with one."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from tests.support.fake_provider import Reply, refusal, stream_of
from tests.support.fake_provider.messages import Ending, Framing

ENDINGS: tuple[Ending, ...] = ("fin", "rst", "half_close")
FRAMINGS: tuple[Framing, ...] = ("length", "chunked", "close")
TEXT = "Rome — ไทย 🙂 “not” built."

_ODD_VALUES: list[Any] = [None, True, -1, 1e308, 10**400, "x", "", [], {}, [[]], {"a": 1}, "\ud800"]
_NOISE = [
    b"\xff\xfe\xfd",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xe0\xb8",
    b"\r",
    b"\r\n\r\n",
    b"\n\n\n",
    b": a comment\n\n",
    b"data:\n\n",
    b"data: \n\n",
    b"data: null\n\n",
    b"data: []\n\n",
    b'data: "text"\n\n',
    b"data: {not json}\n\n",
    b"data: NaN\n\n",
    b"data: " + b"[" * 50_000 + b"\n\n",
    b'data: {"error": {"message": "Out of memory"}}\n\n',
    b'data: {"error": "no"}\n\n',
    b'data: {"error": {"message": [1]}}\n\n',
    b"event: error\ndata: {}\n\n",
    b"event: thread.run\ndata: {}\n\n",
    b"id: 1\nretry: 5\n\n",
    b"retry: soon\n\n",
    b"data: [DONE]\n\n",
    b"data: [DONE",
    b"field without colon\n\n",
    b"data: " + b"x" * 100_000 + b"\n\n",
    "data: \u2028\n\n".encode(),
]


def hostile(chance: random.Random) -> Reply:
    """A whole stream that was changed at some places, sent in some way."""
    body = _odd_chunks(chance) if chance.random() < 0.5 else stream_of(*TEXT.split(" "))
    for _ in range(chance.randint(0, 4)):
        body = _hit(chance, body)
    if chance.random() < 0.2:
        body = body.replace(b"\n", chance.choice([b"\r\n", b"\r"]))
    cut = chance.randrange(len(body) + 1) if chance.random() < 0.3 else None
    if chance.random() < 0.05:
        return refusal(chance.choice([400, 404, 500]), "No", **{"x-should-retry": "false"})
    return Reply(
        body,
        content_type=chance.choice(["text/event-stream"] * 8 + ["application/json", "text/html"]),
        framing=chance.choice(FRAMINGS),
        cut_after_bytes=cut,
        ending=chance.choice(ENDINGS),
    )


def _odd_chunks(chance: random.Random) -> bytes:
    """Valid JSON, of another shape than it should be."""
    lines = stream_of(*TEXT.split(" ")).split(b"\n\n")[:-2]
    chunks = [json.loads(line[6:]) for line in lines]
    for _ in range(chance.randint(1, 5)):
        spoil_value(chance, chance.choice(chunks))
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks)


def spoil_value(chance: random.Random, value: Any) -> None:
    """Change, add or take away something at any depth."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(value[key], dict | list) and chance.random() < 0.6:
        spoil_value(chance, value[key])
    elif chance.random() < 0.3 and isinstance(value, dict):
        del value[key]
    else:
        value[key] = copy.deepcopy(chance.choice(_ODD_VALUES))


def _hit(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    match chance.randrange(4):
        case 0:
            return body[:at] + chance.choice(_NOISE) + body[at:]
        case 1:
            events = body.split(b"\n\n")
            events.insert(chance.randrange(len(events)), chance.choice(_NOISE).strip(b"\n"))
            return b"\n\n".join(events)
        case 2:
            return body[:at] + chance.randbytes(3) + body[at + 3 :]
        case _:
            return body[:at] + body[at + chance.choice([1, 2, 30]) :]
