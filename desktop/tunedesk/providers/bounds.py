"""How much of an answer is taken in: a server must not be able to fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from tunedesk.core.errors import TunedeskError

if TYPE_CHECKING:
    import httpx2

MAX_EVENT_BYTES = 8 * 2**20
"""Of a stream, between two blank lines: a reply of a million characters is less."""

MAX_BODY_BYTES = 64 * 2**20
"""Of an answer that is read whole."""

MAX_PACKED_BYTES = 65_536
"""Of an answer that is compressed though we ask for none: it may unfold a thousandfold."""

_BLANK_LINES = (b"\n\n", b"\r\r", b"\n\r\n")


def bounded(name: str) -> Callable[[httpx2.Response], Awaitable[None]]:
    """A hook for each response of the provider `name`, called before its body is read.

    Reading then raises TunedeskError("too_large") beyond the bounds. Contents of files have none:
    they go to the disk in pieces.
    """

    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        """What `_counted` lets through."""

        def __init__(self, response: httpx2.Response, limit_bytes: int, *, of_events: bool) -> None:
            stream = response.stream
            assert isinstance(stream, httpx2.AsyncByteStream)
            self._stream, self._limit_bytes, self._of_events = stream, limit_bytes, of_events

        async def __aiter__(self) -> AsyncIterator[bytes]:
            limit_bytes = self._limit_bytes
            async for chunk in _counted(self._stream, limit_bytes, name, of_events=self._of_events):
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def hook(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            response.stream = Bounded(response, MAX_PACKED_BYTES, of_events=False)
        elif "event-stream" in response.headers.get("content-type", ""):
            response.stream = Bounded(response, MAX_EVENT_BYTES, of_events=True)
        elif not response.request.url.path.endswith("/content"):
            response.stream = Bounded(response, MAX_BODY_BYTES, of_events=False)

    return hook


async def _counted(
    stream: AsyncIterable[bytes], limit_bytes: int, name: str, *, of_events: bool
) -> AsyncIterator[bytes]:
    """The same chunks; with `of_events` they are counted anew after each blank line."""
    n_bytes, tail = 0, b""
    async for chunk in stream:
        n_bytes += len(chunk)
        if of_events:
            joined = tail + chunk
            after = _after_last_blank_line(joined)
            n_bytes = after if after < len(joined) else n_bytes
            tail = joined[-2:]
        if n_bytes > limit_bytes:
            raise _too_large(name, limit_bytes)
        yield chunk


def _after_last_blank_line(data: bytes) -> int:
    """Bytes after the end of the last one; all of them if there is none."""
    return min(len(data.rpartition(blank)[2]) for blank in _BLANK_LINES)


def _too_large(name: str, limit_bytes: int) -> TunedeskError:
    return TunedeskError(
        "too_large",
        f"{name} sends more than it should.",
        f"One piece of its answer is above {limit_bytes // 1024:,} KB. It was not taken in.",
        "Ask for something shorter, or check the address.",
    )
