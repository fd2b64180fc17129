"""Servers that answer whatever comes with the same bytes, with or without TLS, on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class OddServer:
    """`heads` keeps the head of each request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[str] = []


Answer = Callable[[str], bytes | None]
"""From a request's head to the bytes of the answer; None: no answer at all, ever."""


@asynccontextmanager
async def odd_server(
    answer: Answer | bytes | None, context: ssl.SSLContext | None = None
) -> AsyncIterator[OddServer]:
    """A listening server. After an answer it closes the connection; without one it waits."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            first = await reader.readexactly(1)
            is_tls = first == b"\x16"  # to a server that speaks none
            rest = b"" if is_tls else await reader.readuntil(b"\r\n\r\n")
            head = (first + rest).decode("latin-1")
            made.heads.append(head)
            said = answer(head) if callable(answer) else answer
            if said is None:
                await reader.read()
            else:
                writer.write(said)
                await writer.drain()
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    made = OddServer(server.sockets[0].getsockname()[1])
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def answer_of(status: str, body: bytes = b"", kind: str = "application/json", **more: str) -> bytes:
    """The bytes of an HTTP answer, for instance `answer_of("404 Not Found")`."""
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's side of TLS with this certificate and key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
