"""Files of a provider: sent whole or in parts, listed, looked at, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import FileInfo, UploadInfo
from tunedesk.providers import wire
from tunedesk.providers.errors import not_an_api, unreadable
from tunedesk.providers.file_slice import FileSlice, Sent
from tunedesk.providers.paging import PAGE_SIZE, all_items

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Call = Callable[[Awaitable[Any]], Awaitable[Any]]

_SEND_TIMEOUT_S = 600.0
_MAX_FILES = 10_000


class MakeClient(Protocol):
    """The SDK's client with these settings."""

    async def __call__(self, *, timeout_s: float = ..., n_retries: int = ...) -> AsyncOpenAI: ...


class FileCalls:
    """See `base.ProviderFiles`."""

    def __init__(self, name: str, client: MakeClient, read: Call, create: Call) -> None:
        """`read` and `create` wait for a call and raise TunedeskError; creations may have
        happened all the same."""
        self._name, self._client = name, client
        self._read, self._create = read, create

    async def send(
        self, path: Path, size_bytes: int, purpose: str = "fine-tune", sent: Sent | None = None
    ) -> FileInfo:
        client = await self._sender()
        with FileSlice(path, 0, size_bytes, sent) as data:
            asked = client.files.create(file=(path.name, data), purpose=purpose)  # type: ignore[arg-type]
            info = wire.file_info(await self._create(asked))
        return self._whole(info, size_bytes)

    async def begin(self, filename: str, size_bytes: int, purpose: str = "fine-tune") -> UploadInfo:
        client = await self._sender()
        asked = client.uploads.create(
            bytes=size_bytes,
            filename=filename,
            mime_type="text/jsonl",
            purpose=purpose,  # type: ignore[arg-type]
        )
        info = wire.upload_info(await self._create(asked))
        if info is None:
            raise unreadable(self._name)
        return info

    async def send_part(
        self, upload_id: str, path: Path, first_byte: int, n_bytes: int, sent: Sent | None = None
    ) -> str:
        client = await self._sender()
        with FileSlice(path, first_byte, n_bytes, sent) as data:
            asked = client.uploads.parts.create(upload_id, data=("upload", data))  # type: ignore[arg-type]
            part_id = wire.text(await self._create(asked), "id")
        if part_id is None:
            raise unreadable(self._name)
        return part_id

    async def complete(
        self, upload_id: str, part_ids: list[str], md5: str, size_bytes: int
    ) -> FileInfo:
        client = await self._sender()
        asked = client.uploads.complete(upload_id, part_ids=part_ids, md5=md5)
        info = wire.upload_info(await self._create(asked))
        return self._whole(info.file if info else None, size_bytes)

    async def cancel(self, upload_id: str) -> None:
        client = await self._sender()
        await self._read(client.uploads.cancel(upload_id))

    async def all(self) -> list[FileInfo]:
        client = await self._client()

        async def page(after: str | None) -> Any:
            more = {"after": after} if after else {}
            return await self._read(client.files.list(limit=PAGE_SIZE, **more))  # type: ignore[arg-type]

        found = await all_items(page, limit=_MAX_FILES, name=self._name)
        return [info for info in map(wire.file_info, found) if info is not None]

    async def get(self, file_id: str) -> FileInfo:
        client = await self._client()
        info = wire.file_info(await self._read(client.files.retrieve(file_id)))
        if info is None:
            raise not_an_api(self._name)
        return info

    async def delete(self, file_id: str) -> None:
        client = await self._sender()
        await self._read(client.files.delete(file_id))

    async def _sender(self) -> AsyncOpenAI:
        return await self._client(timeout_s=_SEND_TIMEOUT_S, n_retries=0)

    def _whole(self, info: FileInfo | None, size_bytes: int) -> FileInfo:
        if info is None:
            raise unreadable(self._name)
        if info.size_bytes != size_bytes:
            raise _altered(self._name, size_bytes, info.size_bytes)
        return info


def _altered(name: str, sent_bytes: int, arrived_bytes: int) -> TunedeskError:
    return TunedeskError(
        "upload_altered",
        "The upload did not arrive whole.",
        f"{sent_bytes} bytes were sent, and {name} has {arrived_bytes}.",
        "Nothing was started. Try again.",
    )
