"""Clients that begin and do not go on: they are let go, and the others are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Message

from tests.support.engine import EngineUnderTest
from tunedesk.engine import bounds
from tunedesk.engine.bounds import bounded
from tunedesk.engine.connections import PatientProtocol
from tunedesk.engine.wire import ApiError

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


class _Hasty(PatientProtocol):
    head_patience_s = 0.2


@asynccontextmanager
async def _hasty_server() -> AsyncIterator[int]:
    """A server with our connections that waits 0.2 s for a head; its port."""
    app = PlainTextResponse("served")
    config = uvicorn.Config(app, port=0, http=_Hasty, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
async def test_a_head_that_never_ends_is_not_waited_for(sent: bytes) -> None:
    async with _hasty_server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()


async def test_nor_is_the_second_one_on_a_connection() -> None:
    async with _hasty_server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT")
        assert (await reader.read()).count(b"HTTP/1.1 200") == 1
        writer.close()


async def test_a_body_that_stops_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_PATIENCE_S", 0.05)
    messages: asyncio.Queue[Message] = asyncio.Queue()
    receive = bounded(messages.get, {"content-length": b"10"}, 10)
    messages.put_nowait({"type": "http.request", "body": b"12345", "more_body": True})
    assert (await receive())["body"] == b"12345"
    with pytest.raises(ApiError) as caught:
        await receive()
    assert (caught.value.status, caught.value.code) == (408, "request_timeout")


async def test_a_whole_body_may_be_thought_about_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_PATIENCE_S", 0.01)
    messages: asyncio.Queue[Message] = asyncio.Queue()
    receive = bounded(messages.get, {}, 10)
    messages.put_nowait({"type": "http.request", "body": b"12345"})
    await receive()
    waiting = asyncio.create_task(receive())  # for the client to hang up
    await asyncio.sleep(0.05)
    messages.put_nowait({"type": "http.disconnect"})
    assert (await waiting)["type"] == "http.disconnect"


async def test_a_hundred_stalled_clients_do_not_hold_the_engine(engine: EngineUnderTest) -> None:
    stalled = [await asyncio.open_unix_connection(engine.uds) for _ in range(100)]
    try:
        for number, (_, writer) in enumerate(stalled):
            head = b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\n"
            writer.write(head[:number] if number % 2 else head)
        async with engine.client() as client:
            assert (await client.models.list()).data
    finally:
        for _, writer in stalled:
            writer.close()
