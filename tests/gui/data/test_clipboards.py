"""U4: whatever the clipboard holds, what is pasted into a box is plain text or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from tests.support.clipboards import CLIPBOARDS
from tests.support.dataset_rows import raw
from tests.support.desk_bench import Desks
from tests.support.projects import rows_of, write_rows
from tests.support.row_bench import RowBench
from tests.support.special_rows import ROWS

Box = QPlainTextEdit | QLineEdit


def boxes_in(widget: QWidget) -> Iterator[Box]:
    """Every box that can be written in, shown or not."""
    assert not widget.findChildren(QTextEdit), "a box that takes rich text"
    for box in [*widget.findChildren(QPlainTextEdit), *widget.findChildren(QLineEdit)]:
        is_part = isinstance(box.parent(), QComboBox)
        if not box.isReadOnly() and (not is_part or box.parent().isEditable()):  # type: ignore[union-attr]
            yield box


def text_in(box: Box) -> str:
    return box.toPlainText() if isinstance(box, QPlainTextEdit) else box.text()


def paste_into(box: Box, clip: QMimeData) -> None:
    """Paste at the end, and look at what came."""
    wanted = {clip.text() if clip.hasText() else "", ""}
    was_valid = not isinstance(box, QLineEdit) or box.validator() is None
    box.setText("before ") if isinstance(box, QLineEdit) else box.setPlainText("before ")
    if isinstance(box, QPlainTextEdit):
        box.moveCursor(box.textCursor().MoveOperation.End)
    else:
        box.end(False)
    before = text_in(box)
    box.paste()
    came = text_in(box).removeprefix(before)
    where = f"{box.accessibleName()}: {came!r}"
    if was_valid:
        assert " ".join(came.split()) in {" ".join(text.split()) for text in wanted}, where
    if isinstance(box, QPlainTextEdit):
        assert is_plain(box.document()), where


def is_plain(document: QTextDocument) -> bool:
    """One font, no links, pictures, lists or tables."""
    kinds = document.allFormats()
    if any(kind.isImageFormat() or kind.isTableFormat() or kind.isListFormat() for kind in kinds):
        return False
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            look = pieces.fragment().charFormat()
            if look.isAnchor() or look.fontWeight() > QFont.Weight.Normal or look.fontUnderline():
                return False
            pieces += 1
        block = block.next()
    return True


@pytest.mark.parametrize("kind", ["chat", "completion", "pair"])
def test_into_every_box_of_a_row(kind: str, row: RowBench) -> None:
    n_boxes = 0
    for make in CLIPBOARDS.values():
        panel = row.open(raw(ROWS[kind]("text")))
        if kind == "chat":
            panel.form.tools.open()
        QApplication.clipboard().setMimeData(make())
        for box in list(boxes_in(panel)):
            paste_into(box, make())
            n_boxes += 1
    assert n_boxes >= 3 * len(CLIPBOARDS)


def test_into_every_box_of_the_window(desks: Desks, tmp_path: Path) -> None:
    app = desks.start(write_rows(tmp_path / "rows.jsonl", rows_of(2)))
    app.until_open("rows", "rows.jsonl")
    app.data.replace()
    names = set()
    for make in CLIPBOARDS.values():
        QApplication.clipboard().setMimeData(make())
        for box in list(boxes_in(app.window)):
            box.blockSignals(True)
            paste_into(box, make())
            names.add(box.accessibleName())
    assert names >= {"Find", "Replace with", "Text of message 2", "Row as JSON", "Prompt"}, names
