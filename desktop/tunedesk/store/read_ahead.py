"""Small pieces of a file that stand near each other, read many at a time."""

from __future__ import annotations

from collections.abc import Callable

_NEAR_BYTES = 64 * 1024
_WINDOW_BYTES = 256 * 1024


class ReadAhead:
    """`read(start, length)` gives bytes of the file, fewer where it ends."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        self._window, self._begin, self._end = b"", 0, 0
        self._last_stop = -1

    def piece(self, start: int, length: int) -> bytes:
        """As `read`. A piece a little behind the one before brings those that follow it."""
        stop = start + length
        if not (self._begin <= start and stop <= self._end):
            if length >= _WINDOW_BYTES or not 0 <= start - self._last_stop < _NEAR_BYTES:
                self._last_stop = stop
                return self._read(start, length)
            self._window, self._begin = self._read(start, _WINDOW_BYTES), start
            self._end = start + len(self._window)
        self._last_stop = stop
        return self._window[start - self._begin : stop - self._begin]
