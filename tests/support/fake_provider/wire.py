"""HTTP/1.1 by hand, so that a connection can end at any byte and in any way."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping

from tests.support.fake_provider.messages import Ending, Reply, Request

_PIECE_BYTES = 65_536


async def read_head(reader: asyncio.StreamReader) -> Request:
    """Raises IncompleteReadError when the other side has hung up."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    return Request(method, target, {name.lower(): value for name, value in pairs})


async def read_body(
    reader: asyncio.StreamReader, request: Request, at_most_bytes: int | None
) -> bool:
    """Take the body in, or only so much of it; whether it is whole."""
    async for piece in _pieces(reader, request.headers):
        if at_most_bytes is not None and request.n_bytes + len(piece) > at_most_bytes:
            request.take(piece[: at_most_bytes - request.n_bytes])
            return False
        request.take(piece)
    request.is_whole = True
    return True


async def _pieces(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip(), 16):
            yield await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return
    left = int(headers.get("content-length", "0"))
    while left:
        piece = await reader.read(min(left, _PIECE_BYTES))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def write_reply(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: Reply
) -> bool:
    """Send it as it wants to be sent; whether the connection can be used again."""
    await asyncio.sleep(reply.head_delay_s)
    writer.write(_head(reply))
    await _write_body(writer, reply)
    if reply.cut_after_bytes is None and reply.framing != "close":
        if reply.framing == "chunked":
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True
    await end(reader, writer, reply.ending)
    return False


async def _write_body(writer: asyncio.StreamWriter, reply: Reply) -> None:
    body = reply.body[: reply.cut_after_bytes]
    while True:
        step = 1 if reply.byte_delay_s else max(len(body), 1)
        for first in range(0, len(body), step):
            piece = body[first : first + step]
            writer.write(_chunk(piece) if reply.framing == "chunked" else piece)
            await writer.drain()
            await asyncio.sleep(reply.byte_delay_s)
        if not reply.repeats:
            return


def _chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ending: Ending) -> None:
    """Hang up; a half-closed connection waits until the other side does."""
    if ending == "rst":
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    elif ending == "half_close":
        writer.write_eof()
        while await reader.read(_PIECE_BYTES):
            pass


def _head(reply: Reply) -> bytes:
    framed = {
        "length": {"Content-Length": str(len(reply.body))},
        "chunked": {"Transfer-Encoding": "chunked"},
        "close": {"Connection": "close"},
    }
    headers = {**framed[reply.framing], **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
