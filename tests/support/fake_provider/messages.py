"""What goes over the wire: requests as they came, and answers that may be cut, late or absent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Headers = Mapping[str, str]
Ending = Literal["fin", "rst", "half_close"]
Framing = Literal["length", "chunked", "close"]

KEPT_BYTES = 4_000_000
"""Larger bodies are counted and digested, not kept."""


class Request:
    """One request as it came. `body` is empty if it was larger than KEPT_BYTES; `first` is how it
    began, up to 4 KB."""

    def __init__(self, method: str, target: str, headers: Headers) -> None:
        parts = urlsplit(target)
        self.method = method
        self.path = parts.path.removeprefix("/v1")
        self.query = dict(parse_qsl(parts.query))
        self.headers = headers
        self.body = b""
        self.n_bytes = 0
        self.is_whole = False
        self.first = b""
        self._sha256 = hashlib.sha256()

    def take(self, data: bytes) -> None:
        """A piece of the body."""
        self._sha256.update(data)
        self.n_bytes += len(data)
        self.first += data[: 4096 - len(self.first)]
        self.body = self.body + data if self.n_bytes <= KEPT_BYTES else b""

    @property
    def digest(self) -> str:
        """The sha256 of the body in hexadecimal."""
        return self._sha256.hexdigest()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class Reply:
    """An answer, by default whole and at once.

    With `cut_after_bytes` the connection ends after so many bytes of the body, by `ending`;
    `framing` is how the length is told. `head_delay_s` comes before anything is sent,
    `byte_delay_s` between two bytes of the body.
    """

    def __init__(
        self,
        body: object = b"",
        status: int = 200,
        *,
        content_type: str = "application/json",
        headers: Headers | None = None,
        cut_after_bytes: int | None = None,
        ending: Ending = "fin",
        framing: Framing = "length",
        head_delay_s: float = 0.0,
        byte_delay_s: float = 0.0,
        repeats: bool = False,
    ) -> None:
        """`repeats`: the body is sent again and again until the other side hangs up."""
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = {"Content-Type": content_type, **(headers or {})}
        self.cut_after_bytes = cut_after_bytes
        self.ending: Ending = ending
        self.framing: Framing = framing
        self.head_delay_s = head_delay_s
        self.byte_delay_s = byte_delay_s
        self.repeats = repeats


class Silence:
    """The socket closes without a byte: the reply is lost."""

    def __init__(self, ending: Ending = "fin", delay_s: float = 0.0) -> None:
        self.ending: Ending = ending
        self.delay_s = delay_s


Answer = Reply | Silence
Handler = Callable[[Request], Answer | None]


def refusal(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    """An error in OpenAI's shape."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    return Reply({"error": error}, status, headers=headers)


def stream_of(*pieces: str, finish_reason: str | None = "stop") -> bytes:
    """A streamed chat reply, whole."""
    chunks: list[dict[str, object]] = [{"delta": {"content": piece}} for piece in pieces]
    if finish_reason:
        chunks.append({"delta": {}, "finish_reason": finish_reason})
    lines: list[dict[str, Any]] = [
        {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, **chunk}]}
        for chunk in chunks
    ]
    lines.append({"id": "c", "choices": [], "usage": {"completion_tokens": len(pieces)}})
    data = b"".join(b"data: " + json.dumps(line).encode() + b"\n\n" for line in lines)
    return data + b"data: [DONE]\n\n"


def event(number: int, message: str = "", **data: float) -> dict[str, Any]:
    """A `fine_tuning.job.event`; metrics if there is data."""
    return {
        "id": f"ftevent-{number}",
        "object": "fine_tuning.job.event",
        "created_at": 1_750_000_000 + number,
        "level": "info",
        "message": message or f"Event {number}",
        "type": "metrics" if data else "message",
        "data": data or None,
    }
