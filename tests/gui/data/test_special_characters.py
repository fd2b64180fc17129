"""D5: characters that Qt's editors change or drop: looking keeps all, typing keeps the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.support.row_bench import RowBench
from tests.support.special_rows import ROWS
from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.text_marks import units
from tunedesk.ui.theme import Theme

CODES = (
    *(0x00, 0x09, 0x0B, 0x0C, 0x0D, 0x85, 0xA0, 0x0301, 0x2028, 0x2029, 0x202E),
    *(0xD800, 0xDFFF, 0xFDD0, 0xFEFF, 0xFFFC, 0xFFFE, 0x10FFFF),
)
SURROGATES = (0xD800, 0xDFFF)
each_code = pytest.mark.parametrize("code", CODES, ids=[f"U+{code:04X}" for code in CODES])


def special(code: int) -> str:
    """The character in front, between, twice, and at the end."""
    sign = chr(code)
    return f"{sign}m{sign}q{sign}{sign}w{sign}"


def sources(value: object) -> list[bytes]:
    """The same row with the characters as themselves, where that is JSON, and escaped."""
    escaped = json.dumps(value).encode()
    itself = json.dumps(value, ensure_ascii=False)
    try:
        return [escaped, itself.encode()]
    except UnicodeEncodeError:
        return [escaped]


def editors(row: RowBench) -> list[QWidget]:
    """Every box a hand can reach in the view that is shown."""
    kinds = (QPlainTextEdit, QLineEdit, QComboBox)
    return [
        box
        for box in row.panel.findChildren(QWidget)
        if isinstance(box, kinds)
        and box.isVisible()
        and not isinstance(box.parentWidget(), QComboBox)
    ]


def visit(row: RowBench) -> None:
    """Go through every box of every view, as Tab does."""
    panel = row.panel
    for choice in (panel.as_conversation, panel.as_learned, panel.as_json):
        if not choice.isEnabled():
            continue
        choice.click()
        if choice is panel.as_conversation and panel.form.show_tools.isVisible():
            panel.form.tools.open()
        for box in editors(row):
            box.setFocus()
        QApplication.processEvents()
        panel.setFocus()
        panel.commit()


def show_json_of_calls(row: RowBench) -> None:
    for card in row.cards:
        for shown in card.extras.calls if card.extras is not None else []:
            if shown.isVisible() and shown.as_json.isVisible():
                shown.as_json.click()


@pytest.mark.parametrize("kind", ROWS)
@each_code
def test_looking_at_everything_changes_no_byte(code: int, kind: str, row: RowBench) -> None:
    for number, before in enumerate(sources(ROWS[kind](special(code))), 1):
        row.open(before, number)
        visit(row)
        show_json_of_calls(row)
        visit(row)
        assert (row.raw, row.edits) == (before, [])


@each_code
@pytest.mark.parametrize("kind", ROWS)
def test_typing_in_a_box_keeps_all_the_rest(code: int, kind: str, row: RowBench) -> None:
    before = ROWS[kind](special(code))
    n_typed = number = 0
    for as_json in (False, True):
        while True:
            row.open(raw_of(before), number + 1)
            (row.panel.as_json if as_json else row.panel.as_conversation).click()
            if not as_json and kind == "chat":
                row.panel.form.tools.open()
            boxes = [box for box in map(line_of, editors(row)) if box is not None]
            if number >= len(boxes):
                break
            is_typed = type_into(boxes[number])
            row.panel.commit()
            n_typed += is_typed
            where = boxes[number].accessibleName()
            changed = list(differences(before, row.value))
            assert len(changed) == is_typed, where
            assert all(new.replace("Z", "", 1) == old for old, new in changed), where
            assert not is_typed or "JSON" in where or code not in SURROGATES, where
            number += 1
        number = 0
    assert n_typed > 0


def raw_of(value: object) -> bytes:
    return json.dumps(value).encode()


def line_of(box: QWidget) -> QPlainTextEdit | QLineEdit | None:
    """Where one types; None for a box one only chooses in."""
    found = box.lineEdit() if isinstance(box, QComboBox) else box
    return found if isinstance(found, QPlainTextEdit | QLineEdit) else None


def type_into(box: QPlainTextEdit | QLineEdit) -> bool:
    """A Z behind the first q; whether the box takes it."""
    text = box.text() if isinstance(box, QLineEdit) else box.toPlainText()
    if box.isReadOnly() or "q" not in text:
        return False
    box.setFocus()
    if isinstance(box, QLineEdit):
        box.setCursorPosition(units(text, text.index("q")) + 1)
    else:
        cursor = box.document().find("q")
        cursor.setPosition(cursor.selectionEnd())
        box.setTextCursor(cursor)
    QTest.keyClicks(box, "Z")
    return True


def differences(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The texts that differ, before and after."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in old:
            yield from differences(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from differences(one, other)
    elif old != new:
        yield str(old), str(new)


def test_a_text_that_is_only_read_stays_in_sight(qtbot: QtBot, theme: Theme) -> None:
    """Keys scroll where nothing can be typed: End once left the box, and later rows, blank."""
    box = GrowingEdit(theme=theme)
    qtbot.addWidget(box)
    box.show_text("a\u2028b")
    box.setReadOnly(True)
    box.show()
    bar = box.verticalScrollBar()
    bar.setMaximum(1)
    qtbot.keyClick(box, Qt.Key.Key_End)
    assert bar.value() == 0
