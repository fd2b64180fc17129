"""A snapshot on its way to a provider: once for each digest, in one piece or in parts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import FileInfo
from tunedesk.providers.base import Provider
from tunedesk.providers.file_slice import unreadable
from tunedesk.services.project.project import Project
from tunedesk.services.train.starting import Report, StartStage
from tunedesk.store.records import PartUpload, SnapshotRecord

MIN_PART_BYTES = 16 * 2**20
MAX_PART_BYTES = 64 * 2**20
N_PARTS = 128
N_TRIES = 3
PROCESSING_S = 120.0
_LOOK_EVERY_S = 2.0
_SOON_MS = 60_000
_READ_BYTES = 2**20
_PASSING = frozenset(
    {"reply_lost", "timeout", "provider_failed", "rate_limited", "unreachable", "no_network"}
)
_OVER = frozenset({"refused", "not_found", "gone"})

Sleep = Callable[[float], Awaitable[None]]


class _Content(NamedTuple):
    """What a file is now. `md5` is what providers compare."""

    size_bytes: int
    sha256: str
    md5: str
    changed_at_ns: int


class Uploading:
    """One provider's side of one start. `report(stage, done, total)` in bytes."""

    def __init__(
        self,
        project: Project,
        provider: Provider,
        report: Report = lambda *_: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._project = project
        self._provider = provider
        self._id = provider.profile.id
        self._report = report
        self._sleep = sleep
        self._open: PartUpload | None = None

    async def file_of(self, snapshot: SnapshotRecord) -> str:
        """The provider's file of a snapshot; it is sent only if it is not there already.

        What was sent in part is gone on with. Returns once the provider has read it. Raises
        TunedeskError; nothing was started then.
        """
        info = await self._known(snapshot)
        if info is None:
            info = await self._send(snapshot)
            await self._note(snapshot.digest, info.id)
        await self._wait_until_read(info)
        return info.id

    async def abandon(self) -> None:
        """The person has cancelled: tell the provider, and forget what was sent in part."""
        record, self._open = self._open, None
        if record is None:
            return
        await self._project.in_ledger(
            lambda ledger: ledger.drop_part_upload(record.digest, self._id)
        )
        try:
            await self._provider.files.cancel(record.upload_id)
        except TunedeskError:
            return  # it expires by itself

    # ---- what is there -------------------------------------------------------------------------

    async def _known(self, snapshot: SnapshotRecord) -> FileInfo | None:
        """The file the ledger knows of, if the provider still has it whole."""
        digest = snapshot.digest
        file_id = await self._project.in_ledger(lambda ledger: ledger.upload_of(digest, self._id))
        if file_id is None:
            return None
        try:
            info = await self._provider.files.get(file_id)
        except TunedeskError as error:
            if error.code not in _OVER:
                raise
        else:
            size_bytes = await self._project.background.run(_size, snapshot.path)
            if info.status != "error" and info.size_bytes == size_bytes:
                return info
        await self._note(digest, None)
        return None

    async def _found(self, name: str, size_bytes: int) -> FileInfo | None:
        """A file of this name and size: names are digests. None if the list cannot be read."""
        try:
            files = await self._provider.files.all()
        except TunedeskError:
            return None
        for info in files:
            if (info.filename, info.size_bytes) == (name, size_bytes) and info.status != "error":
                return info
        return None

    async def _note(self, digest: str, file_id: str | None) -> None:
        await self._project.in_ledger(lambda ledger: ledger.set_upload(digest, self._id, file_id))

    # ---- sending -------------------------------------------------------------------------------

    async def _send(self, snapshot: SnapshotRecord) -> FileInfo:
        content = await self._checked(snapshot)
        there = await self._found(snapshot.path.name, content.size_bytes)
        if there is not None:
            return there
        profile = self._provider.profile
        if profile.uploads and content.size_bytes > profile.uploads_from_bytes:
            info = await self._in_parts(snapshot, content)
        else:
            info = await self._whole(snapshot, content)
        changed_at_ns = await self._project.background.run(_changed_at_ns, snapshot.path)
        if changed_at_ns != content.changed_at_ns:
            await self._deleted(info.id)
            raise _snapshot_altered(snapshot.path)
        return info

    async def _deleted(self, file_id: str) -> None:
        """Its name is a promise about its bytes, so that it must not be found later."""
        try:
            await self._provider.files.delete(file_id)
        except TunedeskError as error:
            if error.code not in _OVER:
                raise

    async def _checked(self, snapshot: SnapshotRecord) -> _Content:
        content = await self._project.background.run(_content_of, snapshot.path)
        if content.sha256 != snapshot.digest:
            raise _snapshot_altered(snapshot.path)
        return content

    async def _whole(self, snapshot: SnapshotRecord, content: _Content) -> FileInfo:
        sent = self._sent(0, content.size_bytes)
        try:
            return await self._provider.files.send(snapshot.path, content.size_bytes, sent=sent)
        except TunedeskError as error:
            return await self._or_found(error, snapshot, content)

    async def _or_found(
        self, error: TunedeskError, snapshot: SnapshotRecord, content: _Content
    ) -> FileInfo:
        """After a lost reply: the file if it arrived after all. Raises `error` otherwise."""
        if error.code == "reply_lost":
            found = await self._found(snapshot.path.name, content.size_bytes)
            if found is not None:
                return found
            raise _not_arrived(self._provider.profile.name, error)
        raise error

    async def _in_parts(self, snapshot: SnapshotRecord, content: _Content) -> FileInfo:
        """From where it was left; begun anew once if the provider has given that up."""
        record = await self._left(snapshot)
        if record is not None:
            try:
                return await self._through(record, snapshot, content)
            except TunedeskError as error:
                if error.code not in _OVER:
                    raise
        try:
            record = await self._begun(snapshot, content)
        except TunedeskError as error:
            if error.code not in ("not_found", "gone"):
                raise
            # An address without uploads in parts, as that of a Foundry project.
            return await self._whole(snapshot, content)
        return await self._through(record, snapshot, content)

    async def _left(self, snapshot: SnapshotRecord) -> PartUpload | None:
        digest = snapshot.digest
        record = await self._project.in_ledger(lambda ledger: ledger.part_upload(digest, self._id))
        if record is None:
            return None
        is_over = 0 < record.expires_at_ms < self._project.clock() + _SOON_MS
        return None if is_over else record

    async def _begun(self, snapshot: SnapshotRecord, content: _Content) -> PartUpload:
        made = await self._provider.files.begin(snapshot.path.name, content.size_bytes)
        record = PartUpload(
            digest=snapshot.digest,
            provider_id=self._id,
            upload_id=made.id,
            part_bytes=part_bytes_of(content.size_bytes),
            expires_at_ms=made.expires_at_s * 1000,
        )
        await self._project.in_ledger(lambda ledger: ledger.set_part_upload(record))
        return record

    async def _through(
        self, record: PartUpload, snapshot: SnapshotRecord, content: _Content
    ) -> FileInfo:
        self._open = record
        size_bytes = content.size_bytes
        for first_byte in range(0, size_bytes, record.part_bytes)[len(record.part_ids) :]:
            n_bytes = min(record.part_bytes, size_bytes - first_byte)
            part_id = await self._part(record, snapshot.path, first_byte, n_bytes, size_bytes)
            record = msgspec.structs.replace(record, part_ids=[*record.part_ids, part_id])
            self._open = record
            await self._project.in_ledger(
                lambda ledger, record=record: ledger.set_part_upload(record)  # type: ignore[misc]
            )
        info = await self._completed(record, snapshot, content)
        self._open = None
        return info

    async def _part(
        self, record: PartUpload, path: Path, first_byte: int, n_bytes: int, size_bytes: int
    ) -> str:
        """A part that is sent twice does no harm, so that it is tried again by itself."""
        sent = self._sent(first_byte, size_bytes)
        for n_try in range(1, N_TRIES + 1):
            try:
                return await self._provider.files.send_part(
                    record.upload_id, path, first_byte, n_bytes, sent
                )
            except TunedeskError as error:
                if error.code == "reply_lost" and n_try == N_TRIES:
                    raise _cut(self._provider.profile.name, error) from error
                if error.code not in _PASSING or n_try == N_TRIES:
                    raise
            await self._sleep(2.0**n_try)
        raise AssertionError("every try returns or raises")

    async def _completed(
        self, record: PartUpload, snapshot: SnapshotRecord, content: _Content
    ) -> FileInfo:
        part_ids = list(record.part_ids)
        try:
            return await self._provider.files.complete(
                record.upload_id, part_ids, content.md5, content.size_bytes
            )
        except TunedeskError as error:
            if error.code in _OVER or error.code == "upload_altered":
                digest = record.digest
                await self._project.in_ledger(
                    lambda ledger: ledger.drop_part_upload(digest, self._id)
                )
            return await self._or_found(error, snapshot, content)

    def _sent(self, before_bytes: int, total_bytes: int) -> Callable[[int], None]:
        def told(n_bytes: int) -> None:
            self._report(StartStage.UPLOADING, before_bytes + n_bytes, total_bytes)

        return told

    # ---- after ---------------------------------------------------------------------------------

    async def _wait_until_read(self, info: FileInfo) -> None:
        """Many providers read a file before they train on it. No status means that they do not
        say. Time is counted in pauses, so that a changed clock does nothing."""
        waited_s = 0.0
        name = self._provider.profile.name
        while info.status not in ("processed", None):
            if info.status in ("error", "deleted"):
                raise _not_taken(name, info)
            if waited_s >= PROCESSING_S:
                raise _still_reading(name)
            self._report(StartStage.PROCESSING, 0, 0)
            await self._sleep(_LOOK_EVERY_S)
            waited_s += _LOOK_EVERY_S
            info = await self._provider.files.get(info.id)


def part_bytes_of(size_bytes: int) -> int:
    """16 MB, and more only where there would be too many; a provider takes 64 MB at most."""
    return min(MAX_PART_BYTES, max(MIN_PART_BYTES, -(-size_bytes // N_PARTS)))


def _content_of(path: Path) -> _Content:
    """Raises TunedeskError."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                sha256.update(piece)
                md5.update(piece)
        state = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    return _Content(state.st_size, sha256.hexdigest(), md5.hexdigest(), state.st_mtime_ns)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _changed_at_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else -1


def _snapshot_altered(path: Path) -> TunedeskError:
    return TunedeskError(
        "snapshot_altered",
        "The file to be sent is not what was put aside.",
        f"{path} was changed by something else. Nothing was started.",
        "Start the fine-tune again; the file is made anew.",
    )


def _cut(name: str, lost: TunedeskError) -> TunedeskError:
    return TunedeskError(
        "upload_lost",
        f"The upload to {name} was cut.",
        f"{lost.what} Nothing was started, and nothing is billed.",
        "Start again: it goes on with the parts that are left.",
    )


def _not_arrived(name: str, lost: TunedeskError) -> TunedeskError:
    return TunedeskError(
        "upload_lost",
        "The upload was interrupted.",
        f"{lost.what} {name} does not list the file. Nothing was started.",
        "Start again: what arrived in parts is not sent again.",
    )


def _not_taken(name: str, info: FileInfo) -> TunedeskError:
    return TunedeskError(
        "file_refused",
        f"{name} does not take the file.",
        info.status_details or f"Its status there is “{info.status}”.",
        "Mend what it names in the dataset, then start again.",
    )


def _still_reading(name: str) -> TunedeskError:
    return TunedeskError(
        "file_not_read",
        f"{name} has not read the file yet.",
        f"It was waited for {PROCESSING_S / 60:.0f} minutes. Nothing was started.",
        "Start again later: the file is there and is not sent again.",
    )
