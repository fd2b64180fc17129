"""Cuts a growing Markdown text into closed blocks, so that only its open tail is parsed again.

A block closes at a blank line outside a fence when the next line does not go on with it, and at a
top-level fence. Very long paragraphs, lists and code blocks are cut as well: no block grows much
beyond `CUT_CHARS`, so one flush stays cheap whatever a model writes (fault U6).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import msgspec

Kind = Literal["text", "code"]

CUT_CHARS = 3000
CODE_CUT_CHARS = 2000
OVER_CHARS = 1000
LIST_CUT_CHARS = 1500
DECIDING_CHARS = 8

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$")
_TOP_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")


class Block(msgspec.Struct, frozen=True):
    """A piece of an answer. `joined`: it goes on with the block before it, without a gap.

    `source` is Markdown for "text", and the bare code for "code" (`language` as the fence says).
    """

    kind: Kind
    source: str
    language: str = ""
    joined: bool = False


class BlockReader:
    """Reads one text that only grows at its end."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything."""
        self._text = ""
        self._start = 0
        self._at = 0
        self._fence = ""
        self._language = ""
        self._joined = False
        self._blank = False

    def read(self, text: str) -> list[Block] | None:
        """Blocks that closed since the last call; None if `text` does not go on with the last one.

        After None the caller drops the blocks it has, restarts the reader and reads again.
        """
        if not text.startswith(self._text):
            return None
        self._text = text
        closed: list[Block] = []
        while (end := text.find("\n", self._at)) >= 0:
            self._cut_long(end, closed)
            self._line(text[self._at : end].removesuffix("\r"), end + 1, closed)
        self._partial(closed)
        return closed

    @property
    def tail(self) -> Block | None:
        """The open block, None when nothing is open."""
        source = self._text[self._start :]
        if self._fence:
            return Block("code", self._open_code(source), self._language, self._joined)
        return Block("text", source, joined=self._joined) if source.strip() else None

    def _open_code(self, source: str) -> str:
        """Without the fence that ends it, where the text ends with that, and no line break."""
        code, _, last = source.rpartition("\n")
        return code.removesuffix("\r") if self._ends_code(last) else source

    def _ends_code(self, line: str) -> bool:
        bare = line.strip()
        return bare.startswith(self._fence) and not bare.strip(self._fence[0])

    def _line(self, line: str, after: int, closed: list[Block]) -> None:
        if self._fence:
            self._code_line(line, after, closed)
        else:
            self._text_line(line, after, closed)
        self._at = after

    def _code_line(self, line: str, after: int, closed: list[Block]) -> None:
        if self._ends_code(line):
            self._close(self._at, closed)
            self._start, self._fence, self._language = after, "", ""
        elif after - self._start > CODE_CUT_CHARS:
            self._close(after, closed, cut=True)

    def _text_line(self, line: str, after: int, closed: list[Block]) -> None:
        fence = _FENCE.match(line)
        if fence:
            self._close(self._at, closed)
            self._start, self._fence, self._language = after, fence[1], fence[2]
        elif not line.strip():
            self._blank = True
        else:
            self._begin_line(line, closed)

    def _begin_line(self, line: str, closed: list[Block]) -> None:
        """Decide whether a line with text begins a block of its own."""
        size = self._at - self._start
        if self._blank and not self._continues(line):
            self._close(self._at, closed)
        elif size > (LIST_CUT_CHARS if _TOP_ITEM.match(line) else CUT_CHARS):
            self._close(self._at, closed, cut=True)
        self._blank = False

    def _continues(self, line: str) -> bool:
        first = self._text[self._start : self._start + 120].lstrip("\r\n")
        if _ITEM.match(first):
            return bool(_ITEM.match(line)) or line.startswith(("  ", "\t"))
        return first.startswith("    ") and line.startswith("    ")

    def _partial(self, closed: list[Block]) -> None:
        """Look at the unfinished last line: close what it leaves behind, cut it if it is huge."""
        if not self._fence and self._blank:
            rest = self._text[self._at : self._at + 200]
            if len(rest.strip()) >= DECIDING_CHARS and not rest.startswith(("`", "~")):
                self._begin_line(rest, closed)
        self._cut_long(len(self._text), closed)

    def _cut_long(self, end: int, closed: list[Block]) -> None:
        while end - self._start > CUT_CHARS + OVER_CHARS:
            self._at = max(self._at, self._cut_place(self._start + CUT_CHARS))
            self._close(self._at, closed, cut=True)

    def _cut_place(self, at: int) -> int:
        """Near `at`: after a space, else not inside a written character."""
        space = self._text.rfind(" ", at - 400, at)
        if space > 0:
            return space + 1
        while unicodedata.category(self._text[at]).startswith("M"):
            at += 1
        return at

    def _close(self, end: int, closed: list[Block], *, cut: bool = False) -> None:
        source = self._text[self._start : end]
        if self._fence:
            whole = source if cut else source.removesuffix("\n").removesuffix("\r")
            closed.append(Block("code", whole, self._language, self._joined))
        elif source.strip():
            closed.append(Block("text", source, joined=self._joined))
        self._start, self._joined, self._blank = end, cut, False
