"""The messages of a row by mouse and by key; only what a hand changed is written."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, chat, raw, user
from tests.support.find_button import control
from tests.support.row_bench import RowBench
from tests.support.widget_audit import nameless, rich_labels, tab_traps
from tunedesk.ui.pages.data.conversation import MOST_CARDS
from tunedesk.ui.pages.data.special_text import PIECE_CHARS

_ALT, _CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_LEFT = Qt.MouseButton.LeftButton
_TALK = chat(
    {"role": "system", "content": "You are Marv."},
    user("ทำไมท้องฟ้าถึงเป็นสีฟ้า"),
    assistant("Physics."),
)


def _roles(row: RowBench) -> list[str]:
    return [message["role"] for message in row.value["messages"]]


def test_a_message_is_dragged_to_another_place(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    handle, last = row.cards[0].handle, row.cards[2]
    qtbot.mousePress(handle, _LEFT, pos=QPoint(5, 5))
    below = handle.mapFromGlobal(last.mapToGlobal(QPoint(5, last.height() - 3)))
    qtbot.mouseMove(handle, QPoint(5, 40))
    qtbot.mouseMove(handle, below)
    assert row.conversation._drop_line.isVisible()
    qtbot.mouseRelease(handle, _LEFT, pos=below)
    assert _roles(row) == ["user", "assistant", "system"]
    assert row.edits == ["move message 1"]
    assert not row.conversation._drop_line.isVisible()


def test_a_drag_is_given_up_by_escape(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    handle = row.cards[0].handle
    qtbot.mousePress(handle, _LEFT, pos=QPoint(5, 5))
    qtbot.mouseMove(handle, QPoint(5, 200))
    qtbot.keyClick(handle, Qt.Key.Key_Escape)
    qtbot.mouseRelease(handle, _LEFT, pos=QPoint(5, 200))
    assert row.raw == _TALK


def test_texts_changed_in_two_messages_are_one_edit_and_none_is_lost(row: RowBench) -> None:
    """As after text was dragged from one to the other; the mouse is in tests/e2e/test_drags.py."""
    row.open(_TALK)
    row.cards[1].text.insertPlainText("A")
    row.cards[2].text.insertPlainText("B")
    row.panel.form.commit_together("move text")
    texts = [message["content"] for message in row.value["messages"]]
    assert texts[1:] == ["Aทำไมท้องฟ้าถึงเป็นสีฟ้า", "BPhysics."]
    assert row.edits == ["move text"]


def test_what_leaves_a_text_box_is_plain_and_unchanged(row: RowBench) -> None:
    box = row.open(_TALK).conversation._cards[2].text
    box.setPlainText("one\ntwo\N{NO-BREAK SPACE}three")
    box.selectAll()
    mime = box.createMimeDataFromSelection()
    assert mime.formats() == ["text/plain"]
    assert mime.text() == "one\ntwo\N{NO-BREAK SPACE}three"


def test_messages_are_moved_copied_and_removed_by_key(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    row.cards[2].text.setFocus()
    qtbot.keyClick(row.cards[2].text, Qt.Key.Key_Up, _ALT)
    assert _roles(row) == ["system", "assistant", "user"]
    assert row.cards[1].text.hasFocus()
    qtbot.keyClick(row.cards[1].text, Qt.Key.Key_D, _CTRL | _SHIFT)
    assert _roles(row) == ["system", "assistant", "assistant", "user"]
    qtbot.keyClick(row.cards[2].text, Qt.Key.Key_Backspace, _CTRL | _SHIFT)
    row.cards[1].text.setFocus()
    qtbot.keyClick(row.cards[1].text, Qt.Key.Key_Down, _ALT)
    assert row.raw == chat(*json.loads(_TALK)["messages"][:2], assistant("Physics."))


def test_the_role_menu_says_what_a_role_is(row: RowBench) -> None:
    row.open(_TALK)
    actions = {a.text().split(" · ")[0]: a for a in row.cards[1].role.menu().actions()}
    assert list(actions) == ["system", "user", "assistant", "tool", "developer"]
    actions["developer"].trigger()
    assert _roles(row) == ["system", "developer", "assistant"]


def test_a_reply_is_taught_or_not(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    weight = row.cards[2].weight
    assert weight.text() == "taught"
    qtbot.mouseClick(weight, _LEFT)
    assert row.value["messages"][2]["weight"] == 0
    assert weight.text() == "not taught"
    qtbot.mouseClick(weight, _LEFT)
    assert row.edits == ["do not teach message 3", "teach message 3"]


def test_ctrl_enter_writes_and_goes_on(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(_TALK)
    row.cards[2].text.setFocus()
    qtbot.keyClicks(row.cards[2].text, "X")
    with qtbot.waitSignal(panel.next_asked):
        qtbot.keyClick(row.cards[2].text, Qt.Key.Key_Return, _CTRL)
    assert row.edits == ["edit message 3"]


def test_escape_gives_back_the_text_one_came_to(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    box = row.cards[2].text
    box.setFocus()
    qtbot.keyClicks(box, "One ")
    box.commit()
    qtbot.keyClicks(box, "two ")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert row.raw == _TALK


def test_escape_never_brings_a_text_of_another_row(row: RowBench, qtbot: QtBot) -> None:
    row.open(_TALK)
    box = row.cards[2].text
    box.setFocus()
    qtbot.keyClicks(box, "A")
    box.commit()
    other = row.raw
    row.open(other, number=2)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert row.raw == other


def test_a_reply_that_was_typed_and_not_added_goes_in(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(chat(user()))
    qtbot.keyClicks(row.conversation.missing_reply.text, "Far.")
    panel.commit()
    assert row.value["messages"][1] == assistant("Far.")


def test_a_long_row_is_shown_in_part_with_the_rest_a_click_away(
    row: RowBench, qtbot: QtBot
) -> None:
    talk = [user(f"Q{i}") if i % 2 == 0 else assistant(f"A{i}") for i in range(200)]
    panel = row.open(chat(*talk))
    assert len(row.cards) == MOST_CARDS
    assert row.conversation.after.text() == "170 messages after these"
    qtbot.mouseClick(row.conversation.after, _LEFT)
    assert row.cards[0].text.toPlainText() == "Q30"
    panel.focus_path("$.messages[151].content")
    focused = QApplication.focusWidget()
    assert focused is not None and focused.accessibleName() == "Text of message 152"
    qtbot.keyClicks(focused, "x")
    panel.commit()
    assert row.value["messages"][151]["content"] == "xA151"
    assert len(row.value["messages"]) == 200


def test_a_text_of_a_megabyte_comes_in_parts_and_each_is_edited(
    row: RowBench, qtbot: QtBot
) -> None:
    text = "คำ word " * 130_000
    row.open(chat(user(), assistant(text)))
    card = row.cards[1]
    assert len(card.text.toPlainText()) <= PIECE_CHARS
    assert f"{len(text):,} characters" in card.body._place.text()
    qtbot.mouseClick(control(card, "Next part"), _LEFT)
    card.text.moveCursor(card.text.textCursor().MoveOperation.Start)
    qtbot.keyClicks(card.text, "NEW")
    card.text.commit()
    changed = row.value["messages"][1]["content"]
    assert changed.replace("NEW", "", 1) == text
    assert changed.index("NEW") == len(text[:PIECE_CHARS].rstrip()) + 1


@pytest.mark.parametrize("path", ["role", "content", "weight", "name"])
def test_a_finding_puts_the_focus_where_it_is(row: RowBench, path: str) -> None:
    panel = row.open(_TALK)
    panel.focus_path(f"$.messages[2].{path}")
    focused = QApplication.focusWidget()
    assert focused is not None and row.cards[2].isAncestorOf(focused)
    wanted = {"role": row.cards[2].role, "weight": row.cards[2].weight}.get(path)
    assert focused is (wanted or row.cards[2].text)


def test_findings_stand_at_their_message_with_their_fixes(row: RowBench, qtbot: QtBot) -> None:
    row.open(chat(user(""), assistant("Yes."), assistant("")))
    assert row.cards[0].findings is not None
    assert "empty" in row.cards[0].findings.text()
    assert row.panel.problem.text() == ""
    qtbot.mouseClick(control(row.cards[0].findings, "Remove the message"), _LEFT)
    assert _roles(row) == ["assistant", "assistant"]
    last = row.cards[1].findings
    assert last is not None
    with qtbot.waitSignal(row.panel.set_aside):
        qtbot.mouseClick(control(last, "Set row aside"), _LEFT)


def test_looking_at_any_row_writes_nothing(row: RowBench) -> None:
    for number, shown in enumerate(_ODD_ROWS, start=1):
        panel = row.open(shown, number)
        panel.commit()
        for view in (panel.as_json, panel.as_learned, panel.as_conversation):
            view.click()
        if panel.json.format.isEnabled():
            panel.as_json.click()
            panel.json.format.click()
        panel.commit()
        assert (row.raw, row.edits) == (shown, [])


def test_everything_is_named_plain_and_lets_tab_go(row: RowBench) -> None:
    for number, shown in enumerate(_ODD_ROWS, start=1):
        row.open(shown, number)
        row.panel.form.tools.open() if b"messages" in shown[:12] else None
        assert nameless(row.panel) == []
        assert rich_labels(row.panel) == []
        assert tab_traps(row.panel) == []


_ODD_ROWS = [
    _TALK,
    b'{"messages": [{"role": "user", "content": "a\\u00a0b\\ud800\\u2028"}]}',
    '{"messages":[{"role":"user","content":"a\xa0\u2028\u202e\u200b"}],"x":1.0e5}'.encode(),
    '{"messages": [{"role": "user", "content": "\u202eevil", "weight": 1}]}'.encode(),
    b'\xef\xbb\xbf{"messages": []}',
    b'{"messages": [{"role": 1, "content": 2}], "tools": 3, "parallel_tool_calls": "x"}',
    raw({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, 1, None]}]}),
    raw({"messages": [assistant(None, tool_calls=[1]), assistant(tool_calls=[{"id": 3}])]}),
    b'{"prompt": "a\\r\\nb", "completion": "c"}',
    b'{"prompt": 3, "completion": ["x"]}',
    raw({"input": {"messages": [user()]}, "preferred_output": 3, "non_preferred_output": []}),
    b'{"input": {"messages": [1]}, "preferred_output": []}',
    b'{"a": 1}',
    b"[1, 2",
    b"",
    b'{"a": "\xff"}',
    raw({"messages": [user("x" * 100_000)]}),
]
