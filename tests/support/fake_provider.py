"""A server of the fine-tuning API on loopback that fails as a test tells it to.

A real socket and a hand-written HTTP/1.1 answer, so that replies can be lost and streams cut at
any byte. It keeps a ledger of what was asked: `requests` and `jobs`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Headers = Mapping[str, str]


class Request:
    """One request as it came."""

    def __init__(self, method: str, target: str, headers: Headers, body: bytes) -> None:
        parts = urlsplit(target)
        self.method = method
        self.path = parts.path.removeprefix("/v1")
        self.query = dict(parse_qsl(parts.query))
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class Reply:
    """An answer. With `cut_after_bytes` the socket closes after so many bytes of the body."""

    def __init__(
        self,
        body: object = b"",
        status: int = 200,
        *,
        content_type: str = "application/json",
        headers: Headers | None = None,
        cut_after_bytes: int | None = None,
    ) -> None:
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = {"Content-Type": content_type, **(headers or {})}
        self.cut_after_bytes = cut_after_bytes


class Silence:
    """The socket closes without a byte: the reply is lost."""


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


class FakeProvider:
    """`before` is asked first for each request; what it leaves (None) gets the usual answer.

    `after` is asked after the usual work was done and may replace the answer.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.jobs: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.models: list[dict[str, Any]] = [
            {"id": "base-1", "object": "model", "owned_by": "fake", "created": 1}
        ]
        self.chat: dict[str, Reply] = {}
        self.before: Handler = lambda _: None
        self.after: Handler = lambda _: None
        self.base_url = ""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def count(self, line: str) -> int:
        """How many requests came for "METHOD /path"."""
        return sum(request.line == line for request in self.requests)

    # ---- the socket ----------------------------------------------------------------------------

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer_one(reader, writer):
                pass
        self._writers.discard(writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        answer = self.before(request)
        if answer is None:
            usual = self._usual(request)
            answer = self.after(request) or usual
        if isinstance(answer, Silence):
            return False
        writer.write(_head(answer) + answer.body[: answer.cut_after_bytes])
        await writer.drain()
        return answer.cut_after_bytes is None

    # ---- the usual answers ---------------------------------------------------------------------

    def _usual(self, request: Request) -> Reply:
        parts = request.path.strip("/").split("/")
        match [request.method, *parts]:
            case ["GET", "models"]:
                return Reply({"object": "list", "data": self.models})
            case ["POST", "files"]:
                return Reply(self._new_file(request))
            case ["POST", "fine_tuning", "jobs"]:
                return Reply(self._new_job(request))
            case ["GET", "fine_tuning", "jobs"]:
                return Reply(_page(self.jobs[::-1]))
            case ["GET", "fine_tuning", "jobs", _, "events"]:
                return Reply(_page(self.events[::-1]))
            case ["GET", "fine_tuning", "jobs", _, "checkpoints"]:
                return Reply(_page(self.checkpoints[::-1]))
            case ["GET", "fine_tuning", "jobs", job_id]:
                return self._job(job_id)
            case ["POST", "fine_tuning", "jobs", job_id, "cancel"]:
                self._set(job_id, "cancelled")
                return self._job(job_id)
            case ["POST", "chat", "completions"]:
                return self.chat.get(request.json["model"], _said("Fine."))
        return refusal(404, f"Unknown: {request.line}")

    def _new_file(self, request: Request) -> dict[str, Any]:
        head, _, rest = request.body.partition(b'name="file"')
        content = rest.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
        if b'name="purpose"' in content:  # the file came first
            content = content.partition(b"\r\n--")[0]
        assert head
        found = {
            "id": f"file-{len(self.files) + 1}",
            "object": "file",
            "bytes": len(content),
            "created_at": 1,
            "filename": "f.jsonl",
            "purpose": "fine-tune",
            "status": "processed",
        }
        self.files.append(found | {"content": content})
        return found

    def _new_job(self, request: Request) -> dict[str, Any]:
        job = {
            "id": f"ftjob-{len(self.jobs) + 1}",
            "object": "fine_tuning.job",
            "created_at": 1_750_000_000,
            "status": "queued",
            **request.json,
        }
        self.jobs.append(job)
        return job

    def _job(self, job_id: str) -> Reply:
        found = next((job for job in self.jobs if job["id"] == job_id), None)
        return Reply(found) if found else refusal(404, "No such job.")

    def _set(self, job_id: str, status: str) -> None:
        for job in self.jobs:
            if job["id"] == job_id:
                job["status"] = status


@asynccontextmanager
async def fake_provider() -> AsyncIterator[FakeProvider]:
    """A running server; every socket is closed at the end."""
    made = FakeProvider()
    await made.open()
    try:
        yield made
    finally:
        await made.close()


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


def _said(text: str) -> Reply:
    return Reply(stream_of(text), content_type="text/event-stream")


def _page(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": False}


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunked(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _head(answer: Reply) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} X", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
