"""A part of a file as the SDK reads it: in pieces, counted, never whole in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunedesk.core.errors import TunedeskError

MAX_READ_BYTES = 2**20

Sent = Callable[[int], object]
"""Told how many bytes of what is being sent were handed over so far; it may start again."""


class FileSlice(io.RawIOBase):
    """`n_bytes` of a file from `first_byte` on. Has no file number, so that nobody takes the size
    of the whole file for its own."""

    def __init__(self, path: Path, first_byte: int, n_bytes: int, sent: Sent | None) -> None:
        """Raises TunedeskError("upload_unreadable")."""
        super().__init__()
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise unreadable(path, error) from error
        self._path = path
        self._first_byte, self._n_bytes, self._at = first_byte, n_bytes, 0
        self._sent = sent

    def read(self, size: int = -1, /) -> bytes:
        """At most MAX_READ_BYTES; less than asked for is not the end, nothing is."""
        left = self._n_bytes - self._at
        wanted = min(left if size < 0 else size, left, MAX_READ_BYTES)
        try:
            self._file.seek(self._first_byte + self._at)
            data = self._file.read(wanted)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._at += len(data)
        if self._sent is not None and data:
            self._sent(self._at)
        return data

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._n_bytes}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def unreadable(path: Path, error: OSError) -> TunedeskError:
    """A file that should be sent cannot be read."""
    return TunedeskError(
        "upload_unreadable",
        "The file cannot be sent.",
        f"{path} cannot be read: {error.strerror}.",
        "Start the fine-tune again; the file is made anew.",
    )
