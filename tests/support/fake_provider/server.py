"""A server of the fine-tuning API on loopback that fails as a test tells it to.

A real socket and a hand-written HTTP/1.1 answer, so that replies can be lost and streams cut at
any byte. It keeps a ledger of what was asked: `requests` and `jobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.support.fake_provider.messages import Handler, Reply, Request, Silence
from tests.support.fake_provider.stock import Stock
from tests.support.fake_provider.wire import end, read_body, read_head, write_reply


class FakeProvider(Stock):
    """`before` is asked first for each request; what it leaves (None) gets the usual answer.

    `after` is asked after the usual work was done and may replace the answer, `spoil` gets the
    usual one and gives what is sent in its place. `hangs_up_at` says,
    for a "METHOD /path", after how many bytes of the body the connection ends unanswered.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.before: Handler = lambda _: None
        self.after: Handler = lambda _: None
        self.spoil: Callable[[Request, Reply], Reply] = lambda _, usual: usual
        self.hangs_up_at: dict[str, int] = {}
        self.base_url = ""
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def count(self, line: str) -> int:
        """How many requests came for "METHOD /path"."""
        return sum(request.line == line for request in self.requests)

    @property
    def n_connections(self) -> int:
        """Sockets that are open now."""
        return len(self._connections)

    def behave(self) -> None:
        """Answer as usual from here on."""
        self.before = self.after = lambda _: None
        self.spoil = lambda _, usual: usual
        self.hangs_up_at = {}

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer_one(reader, writer):
                    pass
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await read_head(reader)
        self.requests.append(request)
        if not await read_body(reader, request, self.hangs_up_at.get(request.line)):
            await end(reader, writer, "rst")
            return False
        answer = self.before(request)
        if answer is None:
            usual = self.spoil(request, self.answer(request))
            answer = self.after(request) or usual
        if isinstance(answer, Silence):
            await asyncio.sleep(answer.delay_s)
            await end(reader, writer, answer.ending)
            return False
        return await write_reply(reader, writer, answer)


@asynccontextmanager
async def fake_provider() -> AsyncIterator[FakeProvider]:
    """A running server; every socket is closed at the end."""
    made = FakeProvider()
    await made.open()
    try:
        yield made
    finally:
        await made.close()
