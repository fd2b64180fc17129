"""A file's content onto the disk: in pieces, gone on with where it was cut, whole or not there."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tunedesk.core.errors import TunedeskError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

SYNC_BYTES = 1 << 23
"""What came is on the disk for sure at each multiple of this; from the last one it goes on."""

_PIECE_BYTES = 1 << 18


class SavedFile(NamedTuple):
    """A downloaded file: `digest` is the sha256 hex of its bytes."""

    digest: str
    size_bytes: int


async def download(client: AsyncOpenAI, file_id: str, target: Path, name: str) -> SavedFile:
    """Write a file's content to `target`, which appears only when it is whole.

    What came before the connection was lost stays beside it as ".part", and the next call asks for
    the rest (RFC 9110 §14.2); a server that does not know of parts sends everything. Raises
    TunedeskError: "download_cut" if the connection was lost, "not_saved" if the disk does not take
    it; and what the SDK raises.
    """
    import httpx2

    part = _Part(target)
    try:
        await asyncio.to_thread(part.open)
        try:
            await _fill(client, file_id, part)
            await asyncio.to_thread(part.put_in_place)
        finally:
            await asyncio.to_thread(part.leave)
    except httpx2.TransportError as error:
        raise _cut(name) from error
    except OSError as error:
        raise _not_written(target, error) from error
    return SavedFile(part.digest, part.n_bytes)


async def _fill(client: AsyncOpenAI, file_id: str, part: _Part) -> None:
    content = client.files.with_streaming_response.content
    wanted = {"Range": f"bytes={part.n_bytes}-"} if part.n_bytes else {}
    async with content(file_id, extra_headers=wanted) as response:
        if part.n_bytes and not _goes_on(response.http_response, part.n_bytes):
            await asyncio.to_thread(part.start_over)
        async for piece in response.iter_bytes(_PIECE_BYTES):
            await asyncio.to_thread(part.write, piece)


def _goes_on(response: httpx2.Response, first_byte: int) -> bool:
    """Whether what comes begins where it was asked to begin."""
    told: str = response.headers.get("content-range", "")
    return response.status_code == 206 and told.startswith(f"bytes {first_byte}-")


class _Part:
    """The unfinished file. Blocking; raises OSError."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(target.name + ".part")
        self._sha256 = hashlib.sha256()
        self._file: BinaryIO | None = None
        self.n_bytes = 0

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def open(self) -> None:
        """Take up what is surely there of an earlier try."""
        self._file = self._path.open("a+b")
        there = os.fstat(self._file.fileno()).st_size
        self._file.truncate(there - there % SYNC_BYTES)
        self._file.seek(0)
        while piece := self._file.read(_PIECE_BYTES):
            self._sha256.update(piece)
            self.n_bytes += len(piece)

    def start_over(self) -> None:
        self._opened.truncate(0)
        self._sha256, self.n_bytes = hashlib.sha256(), 0

    def write(self, piece: bytes) -> None:
        self._opened.write(piece)
        self._sha256.update(piece)
        before, self.n_bytes = self.n_bytes, self.n_bytes + len(piece)
        if before // SYNC_BYTES != self.n_bytes // SYNC_BYTES:
            self._sync()

    def put_in_place(self) -> None:
        """It is whole."""
        self._sync()
        self._opened.close()
        self._file = None
        self._path.replace(self._target)

    def leave(self) -> None:
        """If it is not in its place: keep it, unless there is nothing to go on from."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if self.n_bytes < SYNC_BYTES:
                self._path.unlink(missing_ok=True)

    @property
    def _opened(self) -> BinaryIO:
        assert self._file is not None, "opened by `open`"
        return self._file

    def _sync(self) -> None:
        self._opened.flush()
        os.fsync(self._opened.fileno())


def _cut(name: str) -> TunedeskError:
    return TunedeskError(
        "download_cut",
        f"The connection to {name} was lost.",
        "A file had not come to its end. What came of it is kept.",
        "Check the network, then go on: the rest of it is asked for.",
    )


def _not_written(target: Path, error: OSError) -> TunedeskError:
    return TunedeskError(
        "not_saved",
        "A file could not be written.",
        f"{target}: {error.strerror or error}.",
        "Make room or allow writing there, then go on.",
    )
