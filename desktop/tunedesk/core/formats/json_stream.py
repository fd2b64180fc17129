"""Rows of JSON text one after another: lines, the elements of a list, objects over many lines.

Nothing needs the whole file in memory; a file that is cut or damaged gives what is whole in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tunedesk.core.json_text import JSONTextError, decode_text, parse_text

MAX_ROW_BYTES = 256 << 20
_KEPT_OF_LONG = 2_000
_TRIM_BYTES = 1 << 20
_MAX_RESTARTS = 1_000


class Piece(NamedTuple):
    """A row's bytes and the line where it begins; `fault` is a note's code, "" if there is none."""

    line: int
    raw: bytes
    fault: str = ""


def read_lines(chunks: Iterable[bytes], max_bytes: int = MAX_ROW_BYTES) -> Iterator[Piece]:
    """Lines without their line ends, blank ones too. A longer one gives its beginning, a fault."""
    held: list[bytes] = []
    number, n_held = 1, 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            yield _line(number, [*held, end], n_held + len(end), max_bytes)
            number, held, n_held = number + 1, [], 0
        n_held += len(rest)
        if rest and n_held - len(rest) <= max_bytes:
            held.append(rest)
    if n_held:
        yield _line(number, held, n_held, max_bytes)


def _line(number: int, held: list[bytes], n_bytes: int, max_bytes: int) -> Piece:
    if n_bytes > max_bytes:
        return Piece(number, b"".join(held)[:_KEPT_OF_LONG], "line_too_long")
    return Piece(number, b"".join(held).removesuffix(b"\r"))


def read_elements(
    chunks: Iterable[bytes], *, in_array: bool, max_bytes: int = MAX_ROW_BYTES
) -> Iterator[Piece]:
    """Elements of the list that the text is, or of the objects that follow each other in it."""
    return _Elements(chunks, in_array, max_bytes).read()


class _Elements:
    """`_buffer` holds what is not handed out yet; `_at` is how far it was looked through."""

    def __init__(self, chunks: Iterable[bytes], in_array: bool, max_bytes: int) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray()
        self._at = 0
        self._line = 1
        self._lines_to = 0  # lines before this place are in `_line`
        self._is_over = False
        self._in_array = in_array
        self._max_bytes = max_bytes
        self._next_start: re.Pattern[bytes] | None = None
        self._n_restarts = 0

    def read(self) -> Iterator[Piece]:
        if self._in_array and self._skip(_SPACE):
            self._at += self._buffer.startswith(b"[", self._at)
        while self._skip(_BETWEEN):
            if self._buffer[self._at] == _CLOSE:
                self._at += 1
                yield from self._after_end()
                continue
            yield self._element()
            self._trim()

    def _after_end(self) -> Iterator[Piece]:
        """The list is closed: what follows is stray, up to something like a row."""
        if not self._in_array or not self._skip(_SPACE):
            return
        start = self._at
        found = self._find_start(start)
        self._at = len(self._buffer) if found is None else found
        if self._at > start:
            yield self._piece(start, self._at, "stray_text")
        self._trim()

    def _element(self) -> Piece:
        start, first = self._at, self._buffer[self._at]
        if first not in _OPENERS:
            self._scalar()
            return self._piece(start, self._at)
        is_whole = self._container()
        end = self._at
        restart = self._restart(start, end, is_whole)
        if restart is not None:
            self._at = restart
            return self._piece(start, restart)
        fault = "" if is_whole else "cut_off"
        piece = self._piece(start, end, fault)
        if self._next_start is None and is_whole:
            self._learn(piece.raw)
        return piece

    def _scalar(self) -> None:
        if self._buffer[self._at] == _QUOTE:
            self._at += 1
            self._string()
        elif self._skip(_WORD, stop_is_end=True):
            return
        else:
            self._at = len(self._buffer)
        if self._at < len(self._buffer) and self._buffer[self._at] not in b",] \t\r\n":
            self._at += 1  # never stand still

    def _container(self) -> bool:
        """Go to the end of an object or list; False if the file, or patience, ends before."""
        depth, start = 0, self._at
        while True:
            self._at = _end(_QUIET, self._buffer, self._at)
            if self._at >= len(self._buffer):
                if self._at - start > self._max_bytes or not self._fill():
                    return False
                continue
            byte = self._buffer[self._at]
            self._at += 1
            if byte == _QUOTE:
                if not self._string():
                    return False
                continue
            depth += 1 if byte in _OPENERS else -1
            if depth == 0:
                return True

    def _string(self) -> bool:
        """From behind the opening quote to behind the closing one."""
        while True:
            self._at = _end(_IN_STRING, self._buffer, self._at)
            if self._at < len(self._buffer) and self._buffer[self._at] == _QUOTE:
                self._at += 1
                return True
            if not self._fill():
                self._at = len(self._buffer)
                return False

    def _restart(self, start: int, end: int, is_whole: bool) -> int | None:
        """Where the next row seems to begin inside a damaged one that swallowed it."""
        if self._next_start is None:
            self._learn(bytes(self._buffer[start : start + 200]))
        if self._next_start is None or self._n_restarts >= _MAX_RESTARTS:
            return None
        found = self._next_start.search(self._buffer, start + 1, end)
        if found is None or (is_whole and _is_json(bytes(self._buffer[start:end]))):
            return None
        self._n_restarts += 1
        return found.start()

    def _learn(self, raw: bytes) -> None:
        """Rows of one file begin alike: remember the first key."""
        found = _FIRST_KEY.match(raw)
        if found:
            self._next_start = re.compile(rb"\{(?<=[,\s\]]\{)\s*" + re.escape(found[1]) + rb"\s*:")

    def _find_start(self, start: int) -> int | None:
        while True:
            found = self._next_start.search(self._buffer, start) if self._next_start else None
            place = None if found is None else found.start()
            del found  # it holds the buffer
            if place is not None or len(self._buffer) - start > self._max_bytes:
                return place
            if not self._fill():
                return None

    def _skip(self, pattern: re.Pattern[bytes], *, stop_is_end: bool = False) -> bool:
        """Go past what the pattern takes; False at the end of the file."""
        while True:
            self._at = _end(pattern, self._buffer, self._at)
            if self._at < len(self._buffer):
                return True
            if not self._fill():
                return stop_is_end

    def _fill(self) -> bool:
        """Read more, as much again as is held: looking twice at a long string stays cheap."""
        wanted = len(self._buffer) - self._at
        n_before = len(self._buffer)
        while not self._is_over and len(self._buffer) - n_before <= wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_over = True
            else:
                self._buffer += chunk
        return len(self._buffer) > n_before

    def _piece(self, start: int, end: int, fault: str = "") -> Piece:
        self._line += self._buffer.count(b"\n", self._lines_to, start)
        self._lines_to = start
        if end - start > self._max_bytes:
            fault, end = "line_too_long", start + _KEPT_OF_LONG
        return Piece(self._line, bytes(self._buffer[start:end]), fault)

    def _trim(self) -> None:
        if self._at > _TRIM_BYTES:
            self._line += self._buffer.count(b"\n", self._lines_to, self._at)
            del self._buffer[: self._at]
            self._at = self._lines_to = 0


def _end(pattern: re.Pattern[bytes], buffer: bytearray, at: int) -> int:
    """How far the pattern, which takes also nothing, goes; its match lets go of the buffer."""
    match = pattern.match(buffer, at)
    assert match is not None
    return match.end()


def _is_json(raw: bytes) -> bool:
    try:
        parse_text(decode_text(raw))
    except JSONTextError:
        return False
    return True


_OPENERS = b"{["
_QUOTE = ord('"')
_CLOSE = ord("]")
_SPACE = re.compile(rb"[ \t\r\n]*+")
_BETWEEN = re.compile(rb"[ \t\r\n,]*+")
_WORD = re.compile(rb"[^,\]\s{\[\"]*+")
_QUIET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_FIRST_KEY = re.compile(rb'\{\s*("(?:[^"\\]|\\.){1,80}")\s*:', re.DOTALL)
