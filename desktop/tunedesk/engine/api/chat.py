"""POST /chat/completions, plain and as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tunedesk.engine.api.chat_choice import ChoiceUnderWay
from tunedesk.engine.api.chat_reply import END, Head, event, fingerprint, usage_object
from tunedesk.engine.api.chat_request import ChatBody, order_of
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.generation.protocol import Accepted, Done, Ended, Piece, Refused, Reply, Start
from tunedesk.engine.models import Catalogue
from tunedesk.engine.wire import ApiError, decode, new_id, now_s

_TOO_MANY = 429
_COME_BACK_S = 5

T = TypeVar("T")


def router(catalogue: Catalogue, generator: Generator) -> APIRouter:
    """A client that goes away stops its generation."""
    routes = APIRouter()

    @routes.post("/chat/completions")
    async def create_completion(request: Request) -> Response:
        body = decode(await request.body(), ChatBody)
        model = catalogue.servable(body.model)
        order = order_of(body, model)
        head = Head(new_id("chatcmpl-"), body.model, now_s(), fingerprint(model), body.wants_usage)
        replies = generator.replies(order)
        try:
            first = await _unless_gone(request, _first(replies))
        except ApiError as error:
            if error.status != _TOO_MANY:
                raise
            return JSONResponse(error.body(), _TOO_MANY, {"retry-after": str(_COME_BACK_S)})
        if body.stream:
            events = _events(head, order, first, replies)
            return StreamingResponse(events, media_type="text/event-stream")
        return JSONResponse(await _unless_gone(request, _whole(head, order, first, replies)))

    return routes


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; cancels it the moment the client hangs up."""
    task, gone = asyncio.create_task(work), asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ApiError(499, "The client closed the connection.", code="client_gone")
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.wait({task, gone})


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


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


async def _whole(
    head: Head, order: Start, first: Accepted, replies: AsyncGenerator[Reply]
) -> dict[str, Any]:
    choices = [ChoiceUnderWay(order, index) for index in range(order.n)]
    async with aclosing(replies):
        async for reply in replies:
            if isinstance(reply, Piece):
                choices[reply.index].take(reply)
            elif isinstance(reply, Ended):
                choices[reply.index].end(reply)
            elif isinstance(reply, Refused):
                raise _error(reply)
            elif isinstance(reply, Done):
                shown = [choice.whole() for choice in choices]
                return head.completion(shown, usage_object(first, reply))
    raise AssertionError("replies end with Done or Refused")


async def _events(
    head: Head, order: Start, first: Accepted, replies: AsyncGenerator[Reply]
) -> AsyncIterator[bytes]:
    choices = [ChoiceUnderWay(order, index) for index in range(order.n)]
    async with aclosing(replies):
        for choice in choices:
            yield head.chunk([choice.opened()])
        async for reply in replies:
            if isinstance(reply, Refused):
                yield event(_error(reply).body())
                return
            for shown in _shown(choices, reply):
                yield head.chunk([shown])
            if isinstance(reply, Done) and head.wants_usage:
                yield head.chunk([], usage_object(first, reply))
        yield END


def _shown(choices: list[ChoiceUnderWay], reply: Reply) -> list[dict[str, Any]]:
    if isinstance(reply, Piece):
        return choices[reply.index].take(reply)
    return choices[reply.index].end(reply) if isinstance(reply, Ended) else []


def _error(refused: Refused) -> ApiError:
    kind = "invalid_request_error" if refused.status < 500 else "server_error"
    if refused.status == _TOO_MANY:
        kind = "requests"
    return ApiError(
        refused.status, refused.message, code=refused.code, param=refused.param, kind=kind
    )
