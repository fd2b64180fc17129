"""The editors of one row: what is only looked at is never written back."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tunedesk.ui.pages.data.conversation import Conversation
from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.json_view import JsonView
from tunedesk.ui.pages.data.special_text import escaped, survives_editing
from tunedesk.ui.theme import Theme

# What QTextDocument changes, and what it leaves alone (fault D5).
_CHANGED = ["\x00", "\r", "\r\n", "\xa0", "\u2028", "\u2029", "\ufdd0", "\ufdd1", "\ufffc"]
_CHANGED.append("\ud800")
_KEPT = ["\n", "\t", "\u200b", "\u200d", "\u202e", "\ufeff", "กำ", "🧑‍🚀"]

_ROW: list[dict[str, Any]] = [
    {"role": "system", "content": "You are Marv."},
    {"role": "user", "content": "Is water wet?"},
    {"role": "assistant", "content": "Stick your hand in."},
]


@pytest.mark.parametrize("character", _CHANGED)
def test_text_that_qt_would_change_is_known(character: str) -> None:
    assert not survives_editing(f"a{character}b")


@pytest.mark.parametrize("text", _KEPT)
def test_other_text_comes_back_from_the_box_unchanged(qtbot: QtBot, text: str) -> None:
    box = GrowingEdit()
    qtbot.addWidget(box)
    box.show_text(f"a{text}b")
    assert survives_editing(f"a{text}b")
    assert box.toPlainText() == f"a{text}b"


def test_escaped_json_means_the_same() -> None:
    assert escaped('{"a": "x\xa0y\u2028"}') == '{"a": "x\\u00a0y\\u2028"}'


def test_looking_writes_nothing(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    shown.show()
    with qtbot.assertNotEmitted(shown.edited, wait=50):
        shown.show_messages([*_ROW, {"role": "assistant", "content": "x\xa0y"}])
        shown.commit()


def test_a_text_qt_cannot_hold_is_read_only_and_says_why(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    shown.show_messages([{"role": "assistant", "content": "x\xa0y"}])
    card = shown._cards[0]
    assert card.text.isReadOnly()
    assert "JSON" in card.body.note.text()


def test_typing_thai_becomes_one_edit_after_leaving_the_box(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_messages(_ROW)
    box = shown._cards[2].text
    box.selectAll()
    typed = QInputMethodEvent()
    typed.setCommitString("ไม่รู้สิ น้ำ")
    QApplication.sendEvent(box, typed)
    with qtbot.waitSignal(shown.edited) as edited:
        box.commit()
    messages, what = edited.args
    assert messages == [*_ROW[:2], {"role": "assistant", "content": "ไม่รู้สิ น้ำ"}]
    assert what == "edit message 3"


def test_a_missing_reply_is_asked_for_and_added(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_messages(_ROW[:2])
    assert shown.missing_reply.isVisible()
    assert not shown.missing_reply.add.isEnabled()
    qtbot.keyClicks(shown.missing_reply.text, "Get back to me.")
    with qtbot.waitSignal(shown.edited) as edited:
        qtbot.mouseClick(shown.missing_reply.add, Qt.MouseButton.LeftButton)
    assert edited.args[0][-1] == {"role": "assistant", "content": "Get back to me."}


def test_messages_move_by_key(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    with qtbot.waitActive(shown):
        shown.show()
    shown.show_messages(_ROW)
    shown._cards[2].text.setFocus()
    with qtbot.waitSignal(shown.edited) as edited:
        qtbot.keyClick(shown._cards[2].text, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [m["role"] for m in edited.args[0]] == ["system", "assistant", "user"]


def test_weight_is_switched_on_assistant_turns_only(qtbot: QtBot, theme: Theme) -> None:
    shown = Conversation(theme)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_messages(_ROW)
    assert [card.weight.isVisible() for card in shown._cards] == [False, False, True]
    with qtbot.waitSignal(shown.edited) as edited:
        qtbot.mouseClick(shown._cards[2].weight, Qt.MouseButton.LeftButton)
    assert edited.args[0][2]["weight"] == 0


def test_paste_is_plain_text(qtbot: QtBot) -> None:
    box = GrowingEdit()
    qtbot.addWidget(box)
    clip = QMimeData()
    clip.setHtml("<b>bold</b><img src='file:///etc/hostname'>")
    clip.setText("bold")
    box.insertFromMimeData(clip)
    only_files = QMimeData()
    only_files.setUrls([QUrl("file:///etc/hostname")])
    only_files.setHtml("<i>x</i>")
    assert box.toPlainText() == "bold"


def test_json_view_applies_only_what_was_changed(qtbot: QtBot, theme: Theme) -> None:
    view = JsonView(theme)
    qtbot.addWidget(view)
    view.show_raw('{"messages": [], "x": "a\xa0b"}'.encode())
    assert not view.apply.isEnabled()
    with qtbot.assertNotEmitted(view.edited, wait=20):
        view.commit()
    view.text.setPlainText('{"messages": [],\n "x": 1}')
    with qtbot.waitSignal(view.edited) as edited:
        qtbot.mouseClick(view.apply, Qt.MouseButton.LeftButton)
    assert edited.args == [b'{"messages": [], "x": 1}']


def test_bytes_that_are_no_text_are_shown_and_locked(qtbot: QtBot, theme: Theme) -> None:
    view = JsonView(theme)
    qtbot.addWidget(view)
    view.show_raw(b'{"a": "\xff"}')
    assert view.text.isReadOnly()
    assert "byte 8" in view.hint.text()
