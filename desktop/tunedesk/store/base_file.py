"""The dataset's file on the disk as it was when opened or last saved."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from tunedesk.store import file_access

_WINDOW_BYTES = 64 * 1024


class BaseDigest(msgspec.Struct, frozen=True, kw_only=True):
    """Enough of a file to tell whether a journal belongs to it.

    `ends_sha256` covers the first and last 64 KiB.
    """

    size_bytes: int
    ends_sha256: str
    mtime_ns: int

    def matches(self, other: BaseDigest) -> bool:
        """Same content, as far as can be told without reading it all.

        A short file is covered whole, so its time does not matter: a copied project keeps its
        journal.
        """
        if (self.size_bytes, self.ends_sha256) != (other.size_bytes, other.ends_sha256):
            return False
        return self.mtime_ns == other.mtime_ns or self.size_bytes <= 2 * _WINDOW_BYTES


class BaseFile:
    """An open file and how it looked at that moment.

    Rows are read with positioned reads, not through a memory map: when another program cuts the
    file short, a map kills the process (SIGBUS) where a read just ends.
    """

    def __init__(self, descriptor: int, path: Path, *, is_double: bool = False) -> None:
        """`path` is the file's real path; the descriptor is closed by `close`."""
        self._is_double = is_double
        self.descriptor = descriptor
        self.path = path
        self.stat = os.fstat(descriptor)
        self._is_closed = False

    @property
    def size_bytes(self) -> int:
        return self.stat.st_size

    def close(self) -> None:
        """Let go of file and lock. Closing twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            if not self._is_double:
                file_access.unlock(self.descriptor)
            os.close(self.descriptor)

    def double(self) -> BaseFile:
        """The same open file, to be read after this one is closed. Raises OSError."""
        return BaseFile(os.dup(self.descriptor), self.path, is_double=True)

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` bytes; fewer if another program has cut the file. Raises OSError."""
        return file_access.read_at(self.descriptor, start, length)

    def digest(self) -> BaseDigest:
        """Raises OSError when the file cannot be read."""
        return digest_of(self.descriptor, self.stat)

    def is_changed(self) -> bool:
        """Whether the path now leads to other content, or to nothing."""
        try:
            now = self.path.stat()
        except OSError:
            return True
        return identity_of(now) != identity_of(self.stat)


def digest_of(descriptor: int, stat: os.stat_result) -> BaseDigest:
    """Digest of an open file whose `stat` is known."""
    size = stat.st_size
    ends = hashlib.sha256(file_access.read_at(descriptor, 0, _WINDOW_BYTES))
    # The windows overlap in a short file: read on from the first, never twice.
    tail_start = max(_WINDOW_BYTES, size - _WINDOW_BYTES)
    ends.update(file_access.read_at(descriptor, tail_start, _WINDOW_BYTES))
    return BaseDigest(size_bytes=size, ends_sha256=ends.hexdigest(), mtime_ns=stat.st_mtime_ns)


def identity_of(stat: os.stat_result) -> tuple[int, int, int, int]:
    """What tells one state of a file from every other."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
