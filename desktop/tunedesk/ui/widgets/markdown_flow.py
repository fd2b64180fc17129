"""The laid-out blocks of one answer, one under the other: places, hits, selection, drawing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from tunedesk.ui.widgets.markdown_blocks import Block

GAP_PX = 10.0
CODE_PAD_PX = 10.0

MakeDocument = Callable[[Block], QTextDocument]


class Place(NamedTuple):
    """A position in the flow: part, and position in its document."""

    part: int
    at: int


class Part:
    """One block and, once it was laid out, its document and height."""

    __slots__ = ("block", "document", "height", "top", "width")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.document: QTextDocument | None = None
        self.top = 0.0
        self.height = 0.0
        self.width = -1

    @property
    def pad(self) -> float:
        return CODE_PAD_PX if self.block.kind == "code" else 0.0


class Flow:
    """Parts are laid out in portions (`work`), so that a huge answer never holds the window."""

    def __init__(self, make: MakeDocument) -> None:
        self._make = make
        self._parts: list[Part] = []
        self._tail: Part | None = None
        self._todo = False
        self.width = 0
        self.height = 0.0

    # --- content ---

    def clear(self) -> None:
        self._parts, self._tail, self.height, self._todo = [], None, 0.0, False

    def extend(self, closed: list[Block], tail: Block | None) -> None:
        """Add blocks that closed; the open one is replaced."""
        first_closed = closed[0] if closed else None
        old = self._tail
        for block in closed:
            part = Part(block)
            if old is not None and block is first_closed:
                part.height = old.height
            self._parts.append(part)
        if tail is None:
            self._tail = None
        elif old is None or closed or old.block != tail:
            self._tail = Part(tail)
            self._tail.height = old.height if old is not None and not closed else 0.0
        self._todo = True

    def restyle(self) -> None:
        """Make every document anew, as after a change of palette."""
        for part in self.parts:
            part.document, part.width = None, -1
        self._todo = True

    def set_width(self, width: int) -> None:
        if width != self.width:
            self.width, self._todo = width, True

    @property
    def parts(self) -> list[Part]:
        return [*self._parts, self._tail] if self._tail is not None else self._parts

    # --- layout ---

    def work(self, budget_s: float, first_y: float, last_y: float) -> bool:
        """Lay out for about `budget_s`, what is between the two heights first; True when done."""
        if not self._todo:
            return True
        end_s = time.perf_counter() + budget_s
        stale = [part for part in self.parts if part.width != self.width]
        stale.sort(key=lambda part: not self._shows(part, first_y, last_y))
        for part in stale:
            self._lay_out(part)
            if time.perf_counter() > end_s:
                break
        self._stack()
        self._todo = any(part.width != self.width for part in stale)
        return not self._todo

    @staticmethod
    def _shows(part: Part, first_y: float, last_y: float) -> bool:
        return part.top < last_y and part.top + part.height > first_y

    def _lay_out(self, part: Part) -> None:
        if part.document is None:
            part.document = self._make(part.block)
        part.document.setTextWidth(max(40.0, self.width - 2 * part.pad))
        part.height = part.document.size().height() + 2 * part.pad
        part.width = self.width

    def _stack(self) -> None:
        y = 0.0
        for index, part in enumerate(self.parts):
            if index and not part.block.joined:
                y += GAP_PX
            part.top = y
            y += part.height
        self.height = y

    def showing(self, first_y: float, last_y: float) -> Iterator[tuple[int, Part]]:
        """Laid-out parts between two heights."""
        for index, part in enumerate(self.parts):
            if part.document is not None and self._shows(part, first_y, last_y):
                yield index, part

    # --- hits ---

    def part_at(self, y: float) -> Part | None:
        """The part at a height, None in a gap or outside."""
        found = (part for part in self.parts if part.top <= y < part.top + part.height)
        return next(found, None)

    def place_at(self, point: QPointF) -> Place | None:
        """The written position nearest to a point, None while nothing is laid out."""
        laid_out = [pair for pair in enumerate(self.parts) if pair[1].document is not None]
        if not laid_out:
            return None
        above = [pair for pair in laid_out if pair[1].top <= point.y()]
        index, part = above[-1] if above else laid_out[0]
        if part.document is None:
            return None
        inside = self._inside(part, point)
        at = part.document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit)
        return Place(index, max(0, at))

    def link_at(self, point: QPointF) -> str:
        """Target of the link under a point, or ""."""
        part = self.part_at(point.y())
        if part is None or part.document is None:
            return ""
        return part.document.documentLayout().anchorAt(self._inside(part, point))

    @staticmethod
    def _inside(part: Part, point: QPointF) -> QPointF:
        return QPointF(point.x() - part.pad, point.y() - part.top - part.pad)

    def links(self) -> list[str]:
        """Targets of all links, in order, each once."""
        found: dict[str, None] = {}
        for part in self.parts:
            if part.document is None or part.block.kind == "code":
                continue
            for look in part.document.allFormats():
                if look.isCharFormat() and look.toCharFormat().isAnchor():
                    found[look.toCharFormat().anchorHref()] = None
        return list(found)

    # --- text ---

    def whole(self) -> tuple[Place, Place]:
        """From the first position to the last. The flow must not be empty."""
        last = self.parts[-1]
        end = last.document.characterCount() - 1 if last.document is not None else 0
        return Place(0, 0), Place(len(self.parts) - 1, end)

    def word_at(self, place: Place) -> tuple[Place, Place]:
        cursor = self._cursor(place)
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        return (
            Place(place.part, cursor.selectionStart()),
            Place(place.part, cursor.selectionEnd()),
        )

    def _cursor(self, place: Place) -> QTextCursor:
        document = self.parts[place.part].document
        cursor = QTextCursor(document) if document is not None else QTextCursor()
        if document is not None:
            cursor.setPosition(min(place.at, document.characterCount() - 1))
        return cursor

    def selected(self, part: int, first: Place, last: Place) -> QTextCursor | None:
        """A cursor over what of `part` lies between two places."""
        document = self.parts[part].document
        if document is None or not first.part <= part <= last.part:
            return None
        end = document.characterCount() - 1
        cursor = QTextCursor(document)
        cursor.setPosition(min(first.at, end) if part == first.part else 0)
        cursor.setPosition(
            min(last.at, end) if part == last.part else end, QTextCursor.MoveMode.KeepAnchor
        )
        return cursor if cursor.hasSelection() else None

    def text_between(self, first: Place, last: Place) -> str:
        """Plain text between two places: what is seen, blocks parted by an empty line."""
        text = ""
        for index in range(first.part, min(last.part + 1, len(self.parts))):
            cursor = self.selected(index, first, last)
            if cursor is None:
                continue
            gap = "" if not text or self.parts[index].block.joined else "\n\n"
            text += gap + cursor.selection().toPlainText()
        return text

    def plain_text(self, most_chars: int) -> str:
        """The text as seen, from the beginning, of about at most `most_chars`."""
        pieces: list[str] = []
        size = 0
        for part in self.parts:
            if part.document is None or size > most_chars:
                break
            pieces.append(part.document.toPlainText().strip("\n"))
            size += len(pieces[-1])
        return "\n".join(pieces)[:most_chars]


def draw_part(
    painter: QPainter,
    part: Part,
    colors: QPalette,
    selection: QTextCursor | None,
    clip: QRectF,
) -> None:
    """Draw a part's document at the painter's origin."""
    if part.document is None:
        return
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette = colors
    context.clip = clip
    if selection is not None:
        marked = QAbstractTextDocumentLayout.Selection()
        marked.cursor = selection
        look = QTextCharFormat()
        look.setBackground(colors.highlight())
        look.setForeground(colors.highlightedText())
        marked.format = look
        context.selections = [marked]
    part.document.documentLayout().draw(painter, context)
