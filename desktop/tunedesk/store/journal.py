"""Edits on the disk before they are saved: what a crash cannot take.

The file is a header and then records. A frame is the payload's length and a CRC-32 of length and
payload (both little-endian, 4 bytes each), then the payload (MessagePack). The header's payload
names the file the edits belong to. Whatever follows the last whole frame is torn and ignored.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import msgspec

from tunedesk.core.edits import DeleteRows, RowEdit, SetRows
from tunedesk.store import file_access
from tunedesk.store.atomic import AtomicFile
from tunedesk.store.base_file import BaseDigest
from tunedesk.store.os_errors import translated

_MAGIC = b"TDJ1"
_FRAME = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
_ARRAY = struct.Struct(">BI")  # MessagePack's longest kind of array, of so many items
_NO_ITEMS = b"\x90"
_PIECE_ROWS = 1_000
_TITLE = "Your latest edits are not protected against a crash."


def _as_list(column: object) -> list[int]:
    """Indices of many rows come as an array."""
    if isinstance(column, array):
        return column.tolist()
    raise NotImplementedError(type(column))


class Saving(msgspec.Struct, frozen=True, tag="saving"):
    """A file with all edits before the `Begun` of this name is about to take the dataset's place,
    wherever that stands; without a name, one with all edits so far."""

    base: BaseDigest
    name: int = 0


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """Edits from here on are not in the file of the `Saving` of this name, all before are."""

    name: int


Entry = RowEdit | Begun
Record = Entry | Saving


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal holds for the file as it is now.

    "none": nothing to do. "edits": they belong to this file and were not saved. "stale": the
    file is not the one they were made to, so their places mean nothing any more.
    """

    status: Literal["none", "edits", "stale"]
    edits: Sequence[RowEdit] = ()


class Journal:
    """Append-only; one for each dataset, opened only by the dataset's writer.

    `append` hands an edit to the system (it survives the app's death); `sync`, to be called about
    once a second, has it survive a power cut. Errors are TunedeskErrors naming file and cause;
    the edits before are still in the journal then.
    """

    def __init__(self, path: Path, descriptor: int, base: BaseDigest | None) -> None:
        """Use `open`."""
        self.path = path
        self._descriptor = descriptor
        self._base = base
        self._records: list[Record] = []
        self._good_bytes = 0
        self._is_synced = True
        self._is_torn = False
        self._is_closed = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the file and read what is whole in it; a torn tail is cut off."""
        with translated(path, _TITLE):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, file_access.APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                content = file_access.read_at(descriptor, 0, size)
            except BaseException:
                os.close(descriptor)
                raise
        journal = cls(path, descriptor, None)
        journal._read(content)
        return journal

    def recover(self, base: BaseDigest) -> Recovery:
        """What was read at opening, judged against the dataset as it is on the disk now."""
        after_save = self._after_save_of(base)
        edits = _only_edits(self._records[after_save or 0 :])
        if not edits:
            return Recovery(status="none")
        if after_save is None and not (self._base is not None and self._base.matches(base)):
            return Recovery(status="stale", edits=edits)
        return Recovery(status="edits", edits=edits)

    def reset(self, base: BaseDigest, edits: Sequence[RowEdit] = ()) -> None:
        """Begin anew for this file: after a save, or when there is nothing to recover; `edits` are
        those it does not have yet.

        Atomic: a crash leaves the old journal or the new one.
        """
        records = (msgspec.msgpack.encode(record, enc_hook=_as_list) for record in (base, *edits))
        content = _MAGIC + b"".join(map(_framed, records))
        with translated(self.path, _TITLE):
            descriptor = self._replaced_by(content)
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = descriptor
            self._base, self._records = base, []
            self._good_bytes = len(content)
            self._is_synced, self._is_torn = True, False
            file_access.sync_folder(self.path.parent)

    def append(self, entry: Entry) -> None:
        """Hand it to the system. RuntimeError on a journal never `reset`."""
        self._append(entry)

    def mark_saving(self, base: BaseDigest, name: int = 0) -> None:
        """Note, lastingly, that a file with this digest holds all edits before the `Begun` of this
        name, which may also come later; without a name, all so far."""
        self._append(Saving(base, name))
        self.sync()

    def sync(self) -> None:
        """All that was appended outlasts a power cut; does nothing when it already does."""
        if self._is_synced:
            return
        with translated(self.path, _TITLE):
            os.fsync(self._descriptor)
        self._is_synced = True

    def detached_sync(self) -> Callable[[], None] | None:
        """What `sync` would do, for another thread: a slow disk must not keep edits waiting.

        None when all that was appended outlasts a power cut already. The work raises as `sync`
        does, and may still run when the journal is reset or closed.
        """
        if self._is_synced:
            return None
        with translated(self.path, _TITLE):
            descriptor = os.dup(self._descriptor)
        self._is_synced = True

        def work() -> None:
            try:
                with translated(self.path, _TITLE):
                    os.fsync(descriptor)
            except BaseException:
                self._is_synced = False
                raise
            finally:
                os.close(descriptor)

        return work

    def set_aside(self) -> Path:
        """Keep edits that fit no file under another name; the next `reset` makes a new journal."""
        number = 1
        while (aside := self.path.with_suffix(f".stale-{number}")).exists():
            number += 1
        with translated(self.path, _TITLE):
            self.path.replace(aside)
        return aside

    def close(self) -> None:
        """Sync and let go of the file. Closing twice is harmless."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.sync()
        finally:
            os.close(self._descriptor)

    # ---- inner ---------------------------------------------------------------------------------

    def _replaced_by(self, content: bytes) -> int:
        new = AtomicFile(self.path)
        try:
            new.write(content)
            new.finish()
            new.replace()
        except BaseException:
            new.discard()
            raise
        return new.descriptor

    def _append(self, record: Record) -> None:
        if self._base is None:
            raise RuntimeError("a journal is `reset` for a file before it takes edits")
        parts = _framed_parts(_payload_parts(record))
        with translated(self.path, _TITLE):
            self._cut_torn_tail()
            self._is_torn = True
            os.lseek(self._descriptor, self._good_bytes, os.SEEK_SET)
            for part in parts:
                file_access.write_all(self._descriptor, part)
        self._is_torn, self._is_synced = False, False
        self._good_bytes += sum(map(len, parts))

    def _cut_torn_tail(self) -> None:
        """Half a frame from a failed write would hide everything after it."""
        if self._is_torn:
            os.ftruncate(self._descriptor, self._good_bytes)
            self._is_torn = False

    def _read(self, content: bytes) -> None:
        if not content.startswith(_MAGIC):
            self._is_torn = bool(content)
            return
        self._good_bytes = len(_MAGIC)
        frames = _frames(content, len(_MAGIC))
        with contextlib.suppress(msgspec.DecodeError, StopIteration):
            payload, stop = next(frames)
            self._base = msgspec.msgpack.decode(payload, type=BaseDigest)
            self._good_bytes = stop
            for payload, stop in frames:
                self._records.append(msgspec.msgpack.decode(payload, type=Record))
                self._good_bytes = stop
        self._is_torn = self._good_bytes < len(content)

    def _after_save_of(self, base: BaseDigest) -> int | None:
        """Index of the first record that the newest save that made this very file has not."""
        for index in range(len(self._records) - 1, -1, -1):
            record = self._records[index]
            if isinstance(record, Saving) and record.base.matches(base):
                return index + 1 if not record.name else self._after(Begun(record.name))
        return None

    def _after(self, begun: Begun) -> int:
        """Where it is not, the disk took none of what came after it."""
        return self._records.index(begun) + 1 if begun in self._records else len(self._records)


def _only_edits(records: Sequence[Record]) -> list[RowEdit]:
    return [record for record in records if not isinstance(record, Saving | Begun)]


def _framed(payload: bytes) -> bytes:
    return b"".join(_framed_parts([payload]))


def _framed_parts(payload: Sequence[bytes]) -> list[bytes]:
    length = _LENGTH.pack(sum(map(len, payload)))
    checksum = zlib.crc32(length)
    for part in payload:
        checksum = zlib.crc32(part, checksum)
    head = length + _LENGTH.pack(checksum)
    return [head + payload[0], *payload[1:]]


def _payload_parts(record: Record) -> list[bytes]:
    """What `msgspec.msgpack.encode` makes, in pieces where it names many rows: one piece would keep
    every other thread waiting."""
    items: Sequence[object] = ()
    if isinstance(record, SetRows):
        items, empty = record.rows, msgspec.msgpack.encode(SetRows(()))
    elif isinstance(record, DeleteRows):
        items, empty = record.indices, msgspec.msgpack.encode(DeleteRows(()))
    if len(items) <= _PIECE_ROWS:
        return [msgspec.msgpack.encode(record, enc_hook=_as_list)]
    assert empty[-1:] == _NO_ITEMS, "the rows come last"
    parts = [empty[:-1] + _ARRAY.pack(0xDD, len(items))]
    for first in range(0, len(items), _PIECE_ROWS):
        pieces = map(msgspec.msgpack.encode, items[first : first + _PIECE_ROWS])
        parts.append(b"".join(pieces))
    return parts


def _frames(content: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """Whole frames from `start`, each with where it ends; stops at the first that is not."""
    while start + _FRAME.size <= len(content):
        length, checksum = _FRAME.unpack_from(content, start)
        stop = start + _FRAME.size + length
        payload = content[start + _FRAME.size : stop]
        if stop > len(content) or zlib.crc32(payload, zlib.crc32(_LENGTH.pack(length))) != checksum:
            return
        yield payload, stop
        start = stop
