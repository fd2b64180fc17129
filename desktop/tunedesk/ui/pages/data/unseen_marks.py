"""Draws what a text box would hide: a flag at each invisible or direction-turning character."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QPainter, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from tunedesk.core.invisible import Unseen, name_of, unseen_in
from tunedesk.ui.pages.data.text_marks import units
from tunedesk.ui.theme import Palette

_FLAG_PX = 4.0


def paint_unseen(edit: QPlainTextEdit, palette: Palette) -> None:
    """To be called at the end of the box's paint event; only what is visible is looked at."""
    painter = QPainter(edit.viewport())
    for block, top in _visible_blocks(edit):
        text = block.text()
        for found in unseen_in(text):
            _flag(painter, edit, block, top, found, text, palette)
    painter.end()


def unseen_words(text: str) -> str:
    """Which there are, by name and number, for people; "" if there are none."""
    counts = Counter(found.code for found in unseen_in(text))
    named = [f"U+{code:04X} {name_of(code)} × {n}" for code, n in counts.most_common(4)]
    if not named:
        return ""
    words = QCoreApplication.translate("Unseen", "Characters one does not see: {names}.")
    return words.format(names="; ".join(named) + ("; …" if len(counts) > 4 else ""))


def visible_text(text: str) -> str:
    """The text with each of them spelled out, for where nothing is edited."""
    out, at = [], 0
    for found in unseen_in(text):
        out += [text[at : found.at], f"⟦U+{found.code:04X}⟧"]
        at = found.at + 1
    return "".join([*out, text[at:]])


def _visible_blocks(edit: QPlainTextEdit) -> Iterator[tuple[QTextBlock, QPointF]]:
    block = edit.firstVisibleBlock()
    while block.isValid():
        place = edit.blockBoundingGeometry(block).translated(edit.contentOffset())
        if place.top() > edit.viewport().height():
            return
        if block.isVisible():
            yield block, place.topLeft()
        block = block.next()


def _flag(
    painter: QPainter,
    edit: QPlainTextEdit,
    block: QTextBlock,
    top: QPointF,
    found: Unseen,
    text: str,
    palette: Palette,
) -> None:
    at = found.at if text.isascii() else units(text, found.at)
    line = block.layout().lineForTextPosition(at)
    if not line.isValid():
        return
    place: Any = line.cursorToX(at)  # with the position that was taken, contrary to its stub
    x = top.x() + (place[0] if isinstance(place, tuple) else place)
    y = top.y() + line.y()
    color = palette.color("error" if found.turns else "warning_mark")
    painter.fillRect(QRectF(x - 0.5, y, 1.5, line.height()), color)
    painter.fillRect(QRectF(x - 0.5, y, _FLAG_PX, _FLAG_PX), color)
