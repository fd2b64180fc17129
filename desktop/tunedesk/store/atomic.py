"""A new version of a file that takes the old one's place whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from tunedesk.store import file_access

_BUFFER_BYTES = 1 << 20
_STRETCH_BYTES = 1 << 25  # the disk begins with each while the next one is written


class AtomicFile:
    """Written beside its target; `replace` is the one moment in which the target changes.

    Order of use: `write`…, `finish`, `replace`, then `descriptor` belongs to the caller, or
    `discard` at any time before. Every method raises OSError as the system gives it. There is
    one temporary name for each target, so a crash leaves at most one such file and the next
    version takes its name: targets have one writer at a time.
    """

    def __init__(self, target: Path, *, like: os.stat_result | None = None) -> None:
        self.target = target
        self.temporary = temporary_name(target)
        discard_leftover(target)
        self.descriptor = os.open(self.temporary, file_access.CREATE, 0o600)
        self._buffer = bytearray()
        self._n_written = self._n_begun = 0
        try:
            if like is not None:
                file_access.copy_mode(like, self.descriptor)
        except BaseException:
            self.discard()
            raise

    def write(self, data: bytes | memoryview) -> None:
        if len(data) >= _BUFFER_BYTES:
            self._flush()
            file_access.write_all(self.descriptor, data)
            self._note(len(data))
            return
        self._buffer += data
        if len(self._buffer) >= _BUFFER_BYTES:
            self._flush()

    def copy(self, source: int, start: int, length: int) -> int:
        """Append a part of another open file; returns the bytes copied, fewer where it ends."""
        if length < _BUFFER_BYTES:
            piece = file_access.read_at(source, start, length)
            self.write(piece)
            return len(piece)
        self._flush()
        n_copied = 0
        while n_copied < length:
            wanted = min(length - n_copied, _STRETCH_BYTES)
            n_more = file_access.copy_range(source, start + n_copied, wanted, self.descriptor)
            n_copied += n_more
            self._note(n_more)
            if n_more < wanted:
                break
        return n_copied

    def finish(self) -> None:
        """Everything written is on the disk, under the temporary name."""
        self._flush()
        os.fsync(self.descriptor)

    def replace(self) -> None:
        """The target is the new version from here on."""
        if sys.platform == "win32":  # an open file cannot be renamed there
            os.close(self.descriptor)
            self.descriptor = -1
            self.temporary.replace(self.target)
            self.descriptor = file_access.open_regular(self.target)
            return
        self.temporary.replace(self.target)

    def discard(self) -> None:
        """Forget the new version; the target stays as it was. Never raises."""
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
        with contextlib.suppress(OSError):
            self.temporary.unlink()

    def _flush(self) -> None:
        file_access.write_all(self.descriptor, self._buffer)
        self._note(len(self._buffer))
        self._buffer.clear()

    def _note(self, n_bytes: int) -> None:
        self._n_written += n_bytes
        n_waiting = self._n_written - self._n_begun
        if n_waiting >= _STRETCH_BYTES:
            file_access.start_writing(self.descriptor, self._n_begun, n_waiting)
            self._n_begun = self._n_written


def temporary_name(target: Path) -> Path:
    """Hidden, beside the target, and short enough however long the target's name is."""
    import hashlib  # not on the way to the first paint

    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    return target.with_name(f".tunedesk-{digest}.tmp")


def discard_leftover(target: Path) -> None:
    """Remove what a crash left under the temporary name. Only the target's one writer may."""
    temporary_name(target).unlink(missing_ok=True)


def write_atomically(target: Path, data: bytes) -> None:
    """Replace a small private file (mode 0600) by `data`, lasting when this returns.

    Raises OSError; the old content is then still there, unless only the folder's sync failed.
    """
    new = AtomicFile(target)
    try:
        new.write(data)
        new.finish()
        new.replace()
    except BaseException:
        new.discard()
        raise
    os.close(new.descriptor)
    file_access.sync_folder(target.parent)
