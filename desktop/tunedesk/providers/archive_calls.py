"""Everything a provider keeps of past fine-tuning, as it stands there: for saving it whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunedesk.core.jobs import Checkpoint, FileInfo, JobEvent, JobState, ModelInfo
from tunedesk.providers import wire
from tunedesk.providers.download import SavedFile, download
from tunedesk.providers.paging import PAGE_SIZE, all_items, only

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_MOST = 100_000

Raw = dict[str, Any]
Client = Callable[[], Awaitable["AsyncOpenAI"]]
Read = Callable[[Awaitable[Any]], Awaitable[Any]]


class ArchiveCalls:
    """Reads alone; each is retried by itself. Every method raises TunedeskError.

    Lists give an object of ours beside the provider's own, with every field it sent.
    """

    def __init__(self, client: Client, read: Read, name: str) -> None:
        self._client, self._read, self._name = client, read, name

    async def jobs(self) -> list[tuple[JobState, Raw]]:
        """Every job, newest first."""
        client = await self._client()
        found = await self._all(client.fine_tuning.jobs.list)
        return [(state, _raw(one)) for one in found if (state := wire.job_state(one)) is not None]

    async def events(self, job_id: str) -> list[tuple[JobEvent, Raw]]:
        """Every event of a job, oldest first."""
        client = await self._client()
        found = await self._all(client.fine_tuning.jobs.list_events, job_id)
        return [(wire.job_event(one), _raw(one)) for one in reversed(found)]

    async def checkpoints(self, job_id: str) -> list[tuple[Checkpoint, Raw]]:
        """Every checkpoint that is still kept."""
        client = await self._client()
        found = await self._all(client.fine_tuning.jobs.checkpoints.list, job_id)
        return [(kept, _raw(one)) for one in found if (kept := wire.checkpoint(one)) is not None]

    async def models(self) -> list[tuple[ModelInfo, Raw]]:
        """Every model that is listed."""
        client = await self._client()
        page = await self._read(client.models.list())
        found = await all_items(only(page), limit=_MOST, name=self._name)
        return [(info, _raw(one)) for one in found if (info := wire.model_info(one)) is not None]

    async def files(self) -> list[tuple[FileInfo, Raw]]:
        """Every file, of any purpose."""
        client = await self._client()
        found = await self._all(client.files.list)
        return [(info, _raw(one)) for one in found if (info := wire.file_info(one)) is not None]

    async def save(self, file_id: str, target: Path) -> SavedFile:
        """Write a file's content to `target`, which appears only when it is whole.

        Read in pieces, never whole in memory; the next call goes on where this one was cut.
        Raises TunedeskError: "download_cut", "not_saved" for a full disk, or a refusal.
        """
        client = await self._client()
        saved: SavedFile = await self._read(download(client, file_id, target, self._name))
        return saved

    async def _all(self, listing: Callable[..., Any], *names: str) -> list[Any]:
        async def page(after: str | None) -> Any:
            more = {"after": after} if after else {}
            return await self._read(listing(*names, limit=PAGE_SIZE, **more))

        return await all_items(page, limit=_MOST, name=self._name)


def _raw(found: Any) -> Raw:
    """All that was sent, unknown fields included."""
    return found.to_dict(mode="json", exclude_unset=True) if hasattr(found, "to_dict") else {}
