"""POST /chat/completions, plain and as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tunedesk.engine.api.chat_request import ChatBody, order_of
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.generation.protocol import Accepted, Done, Piece, Refused, Reply
from tunedesk.engine.models import Catalogue
from tunedesk.engine.wire import ApiError, decode, new_id, now_s

_GONE_LOOK_S = 0.1

T = TypeVar("T")


class _Head(msgspec.Struct, frozen=True):
    """What every chunk of a reply repeats."""

    id: str
    model: str
    created_s: int

    def chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None) -> bytes:
        """One server-sent event."""
        body = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created_s,
            "model": self.model,
            "choices": choices,
        }
        if usage is not None:
            body["usage"] = usage
        return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def router(catalogue: Catalogue, generator: Generator) -> APIRouter:
    """A client that goes away stops its generation."""
    routes = APIRouter()

    @routes.post("/chat/completions")
    async def create_completion(request: Request) -> Response:
        body = decode(await request.body(), ChatBody)
        order = order_of(body, catalogue.servable(body.model))
        head = _Head(new_id("chatcmpl-"), body.model, now_s())
        replies = generator.replies(order)
        first = await _unless_gone(request, _first(replies))
        if body.stream:
            events = _events(head, body, first, replies)
            return StreamingResponse(events, media_type="text/event-stream")
        return JSONResponse(await _unless_gone(request, _whole(head, first, replies)))

    return routes


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; cancels it once the client has hung up."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_GONE_LOOK_S)
            if not task.done() and await request.is_disconnected():
                raise ApiError(499, "The client closed the connection.", code="client_gone")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


async def _first(replies: AsyncGenerator[Reply]) -> Accepted:
    """Waits until the request is known to be sound, so that a refusal has a proper status."""
    try:
        reply = await anext(replies)
        if isinstance(reply, Refused):
            raise _error(reply)
    except BaseException:
        await replies.aclose()
        raise
    assert isinstance(reply, Accepted)
    return reply


async def _whole(head: _Head, first: Accepted, replies: AsyncGenerator[Reply]) -> dict[str, Any]:
    text: list[str] = []
    async with aclosing(replies):
        async for reply in replies:
            if isinstance(reply, Piece):
                text.append(reply.text)
            elif isinstance(reply, Refused):
                raise _error(reply)
            elif isinstance(reply, Done):
                return _completion(head, "".join(text), reply, _usage(first, reply))
    raise AssertionError("replies end with Done or Refused")


async def _events(
    head: _Head, body: ChatBody, first: Accepted, replies: AsyncGenerator[Reply]
) -> AsyncIterator[bytes]:
    async with aclosing(replies):
        yield head.chunk([_choice({"role": "assistant", "content": ""})], None)
        async for reply in replies:
            if isinstance(reply, Piece):
                yield head.chunk([_choice({"content": reply.text})], None)
            elif isinstance(reply, Refused):
                yield b"data: " + json.dumps(_error(reply).body()).encode() + b"\n\n"
                return
            elif isinstance(reply, Done):
                yield head.chunk([_choice({}, reply.finish_reason)], None)
                if body.wants_usage:
                    yield head.chunk([], _usage(first, reply))
        yield b"data: [DONE]\n\n"


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _completion(head: _Head, text: str, done: Done, usage: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None}
    return {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created_s,
        "model": head.model,
        "choices": [{**choice, "finish_reason": done.finish_reason}],
        "usage": usage,
    }


def _usage(first: Accepted, done: Done) -> dict[str, Any]:
    return {
        "prompt_tokens": first.prompt_tokens,
        "completion_tokens": done.completion_tokens,
        "total_tokens": first.prompt_tokens + done.completion_tokens,
    }


def _error(refused: Refused) -> ApiError:
    kind = "invalid_request_error" if refused.status < 500 else "server_error"
    return ApiError(
        refused.status, refused.message, code=refused.code, param=refused.param, kind=kind
    )
