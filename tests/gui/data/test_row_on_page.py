"""The row panel in the real app: what is typed goes to the row it was typed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk
from tunedesk.core.rows import messages_of
from tunedesk.ui.pages.data.growing_edit import GrowingEdit

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def app(desks: Desks) -> Iterator[RunningDesk]:
    """The sample is open on the Data page."""
    made = desks.start()
    made.until_open()
    made.window.show_page("data")
    made.activate()
    made.until_idle()
    yield made
    made.until_idle()
    made.close()


def _rows(app: RunningDesk) -> list[bytes]:
    return [app.session.row(index) for index in range(len(app.session))]


def _reply(raw: bytes) -> str:
    content = messages_of(raw)[-1]["content"]
    assert isinstance(content, str)
    return content


def _type(app: RunningDesk, qtbot: QtBot, text: str) -> GrowingEdit:
    """Type at the beginning of the shown row's reply, and do not wait for the pause."""
    box = app.data.row.conversation._cards[-1].text
    box.setFocus()
    box.moveCursor(box.textCursor().MoveOperation.Start)
    qtbot.keyClicks(box, text)
    return box


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_Return, _CTRL),
        (Qt.Key.Key_N, _CTRL | _SHIFT),
        (Qt.Key.Key_Down, _CTRL),
        (Qt.Key.Key_D, _CTRL),
        (Qt.Key.Key_S, _CTRL),
        (Qt.Key.Key_1, _CTRL),
    ],
)
def test_what_is_still_being_typed_stays_with_its_row(
    app: RunningDesk, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    before = _rows(app)
    app.data.rows.grid.choose(3)
    box = _type(app, qtbot, "Well: ")
    qtbot.keyClick(box, key, modifier)
    app.data.rows.grid.choose(7)
    changed = [raw for raw in _rows(app) if _reply(raw).startswith("Well: ")]
    assert set(changed) == {before[3].replace(_start(before[3]), b"Well: " + _start(before[3]))}
    others = [raw for raw in before if raw != before[3]]
    assert [raw for raw in _rows(app) if raw in others] == others
    while app.data.undo.canUndo():
        app.data.undo.undo()
    assert _rows(app) == before


def _start(raw: bytes) -> bytes:
    return _reply(raw)[:30].encode()


def test_a_jump_takes_nothing_along(app: RunningDesk, qtbot: QtBot) -> None:
    before = _rows(app)
    app.data.rows.grid.choose(3)
    _type(app, qtbot, "Well: ")
    app.data._jump(5)
    after = _rows(app)
    assert app.data.rows.grid.chosen() == app.data.row.shown_row == 5
    assert [i for i in range(len(before)) if before[i] != after[i]] == [3]


def test_typed_json_goes_to_its_own_row_when_another_is_chosen(
    app: RunningDesk, qtbot: QtBot
) -> None:
    before = _rows(app)
    app.data.rows.grid.choose(3)
    panel = app.data.row
    panel.as_json.click()
    text = panel.json.text.toPlainText()
    panel.json.text.setPlainText(text.replace(_start(before[3]).decode(), "JSON"))
    app.data.rows.grid.choose(4)
    after = _rows(app)
    assert [i for i in range(len(before)) if before[i] != after[i]] == [3]
    assert _reply(after[3]).startswith("JSON")
    assert app.data.rows.grid.chosen() == 4


def test_ctrl_enter_goes_to_the_reply_of_the_next_row(app: RunningDesk, qtbot: QtBot) -> None:
    app.data.rows.grid.choose(3)
    box = _type(app, qtbot, "Well: ")
    qtbot.keyClick(box, Qt.Key.Key_Return, _CTRL)
    assert app.data.row.title.text() == "Row 5"
    assert app.data.rows.grid.chosen_rows() == [4]
    focused = QApplication.focusWidget()
    assert isinstance(focused, GrowingEdit)
    assert focused.toPlainText() == _reply(app.session.row(4))


def test_tokens_and_the_rule_come_from_the_app(app: RunningDesk) -> None:
    app.data.rows.grid.choose(3)
    cards = app.data.row.conversation._cards
    app.loop.settle(lambda: all(card.tokens.text() for card in cards))
    app.data.row.as_learned.click()
    reading = app.data.row.learned.readings[0]
    reply = _reply(app.session.row(3))
    app.loop.settle(lambda: reply in reading.text.toPlainText())
    assert "By rule" in app.data.row.learned.words.text()
    assert "It fits into 2,048 tokens." in reading.counts.text()
