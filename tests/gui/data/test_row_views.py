"""Pairs, completions, the JSON view, and what a text box would hide."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tests.support.find_button import control, visible
from tests.support.row_bench import RowBench
from tunedesk.ui.pages.data.json_view import MOST_CHARS

_LEFT = Qt.MouseButton.LeftButton
_PAIR = preference(
    preferred_output=[assistant("About 384,400 km. ใกล้")],
    non_preferred_output=[assistant("Some 384,400 km. ไกล")],
)


def test_both_answers_and_the_prompt_are_edited(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(_PAIR)
    preferred, other = panel.form.pair.answers.values()
    for box, text in ((preferred.text.edit, "A "), (other.text.edit, "B ")):
        qtbot.keyClicks(box, text)
        box.commit()
    prompt = panel.form.pair.prompt._cards[0].text
    qtbot.keyClicks(prompt, "C ")
    panel.commit()
    expected = _PAIR.replace(b"About", b"A About").replace(b"Some", b"B Some")
    assert row.raw == expected.replace(b"How", b"C How")


def test_the_difference_is_marked_in_both_by_key(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(_PAIR)
    panel.form.pair.swap.setFocus()
    qtbot.keyClick(panel.form.pair.swap, Qt.Key.Key_D)
    marked = []
    for card in panel.form.pair.answers.values():
        text = card.text.edit.toPlainText()
        marked.append([(text[m.start : m.end], m.look) for m in card.marks.marks])
    assert marked[0] == [("About", "added"), ("ใ", "added"), ("ล้", "added")]
    assert marked[1] == [("Some", "removed"), ("ไ", "removed"), ("ล", "removed")]
    panel.form.pair.diff.click()
    assert not any(card.marks.marks for card in panel.form.pair.answers.values())
    assert row.raw == _PAIR


def test_swap_by_key_and_back(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(_PAIR)
    panel.form.pair.diff.setFocus()
    qtbot.keyClick(panel.form.pair.diff, Qt.Key.Key_S)
    assert row.value["preferred_output"] == [assistant("Some 384,400 km. ไกล")]
    beside = QTableView()
    panel.add_pair_keys(beside)
    qtbot.addWidget(beside)
    with qtbot.waitActive(beside):
        beside.show()
    beside.setFocus()
    qtbot.keyClick(beside, Qt.Key.Key_S)
    assert row.raw == _PAIR
    panel.activateWindow()
    qtbot.keyClicks(panel.form.pair.answers["preferred_output"].text.edit, "sd")
    panel.commit()
    assert row.value["preferred_output"][0]["content"].startswith("sdAbout")


def test_where_a_pair_came_from_is_said(row: RowBench) -> None:
    panel = row.open(_PAIR)
    assert not panel.form.pair.source.isVisible()
    panel.show_row(1, _PAIR, (), source="from a vote on 23 Nov")
    assert panel.form.pair.source.text() == "from a vote on 23 Nov"


def test_prompt_and_completion_have_a_box_each(row: RowBench, qtbot: QtBot) -> None:
    before = b'{"prompt":"One,","completion":" two","x":1.0}'
    panel = row.open(before)
    qtbot.keyClicks(panel.form.completion.boxes["completion"].edit, "!")
    panel.commit()
    assert row.raw == before.replace(b" two", b"! two")
    panel.focus_path("$.prompt")
    assert panel.form.completion.boxes["prompt"].edit.hasFocus()


def test_the_json_view_marks_and_says_the_error(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(b'{"messages": [}')
    assert panel.as_json.isChecked() and not panel.as_conversation.isEnabled()
    assert panel.json.hint.text().startswith("Line 1, column 15: a value is missing")
    assert [(m.start, m.end, m.look) for m in panel.json.marks.marks] == [(14, 15, "wrong")]
    panel.focus_path("$")
    assert panel.json.text.textCursor().position() == 14
    qtbot.keyClicks(panel.json.text, "]")
    qtbot.mouseClick(panel.json.apply, _LEFT)
    assert row.raw == b'{"messages": []}'
    assert panel.as_conversation.isEnabled()


def test_format_and_compact_are_for_the_eye(row: RowBench, qtbot: QtBot) -> None:
    before = '{"messages":[{"role":"user","content":"ก"}],"n":1.50}'.encode()
    panel = row.open(before)
    qtbot.mouseClick(panel.as_json, _LEFT)
    qtbot.mouseClick(panel.json.format, _LEFT)
    assert panel.json.text.toPlainText().count("\n") == 8
    panel.commit()
    assert row.raw == before
    panel.json.text.setPlainText(panel.json.text.toPlainText().replace("1.50", "1.60"))
    panel.commit()
    expected = '{"messages": [{"role": "user", "content": "ก"}], "n": 1.60}'
    assert row.raw.decode() == expected


def test_json_that_was_typed_is_kept_when_the_view_is_left(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(chat())
    qtbot.mouseClick(panel.as_json, _LEFT)
    panel.json.text.setPlainText(panel.json.text.toPlainText().replace("384,400", "400,000"))
    qtbot.mouseClick(panel.as_conversation, _LEFT)
    assert row.value["messages"][1]["content"] == "About 400,000 km."


def test_turned_text_is_spelled_out_in_json_and_written_back_as_it_was(
    row: RowBench, qtbot: QtBot
) -> None:
    before = '{"messages": [{"role": "user", "content": "a\u202eb\\\\u202e"}], "n": 1}'.encode()
    panel = row.open(before)
    qtbot.mouseClick(panel.as_json, _LEFT)
    before_plain = '{"messages": [{"role": "user", "content": "a\u202eb"}], "n": 1}'.encode()
    row.open(before_plain, 2)
    assert "a\\u202eb" in panel.json.text.toPlainText()
    panel.json.text.setPlainText(panel.json.text.toPlainText().replace('"n": 1', '"n": 2'))
    panel.commit()
    assert row.raw == before_plain.replace(b'"n": 1', b'"n": 2')


def test_a_very_long_row_is_shown_in_part_only(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(b'{"a": "' + b"x" * MOST_CHARS + b'"}')
    assert panel.json.text.isReadOnly()
    assert "too long" in panel.json.hint.text()
    assert len(panel.json.text.toPlainText()) < MOST_CHARS


def test_what_one_does_not_see_is_named(row: RowBench) -> None:
    row.open(chat(user("pay\u202elap"), assistant("zero\u200bwidth\u200b")))
    assert "U+202E right-to-left override × 1" in row.cards[0].body.note.text()
    assert "U+200B zero width space × 2" in row.cards[1].body.note.text()


def test_the_row_panel_says_how_to_fix_a_broken_row(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(b"{")
    with qtbot.waitSignal(panel.delete):
        qtbot.mouseClick(control(panel.problem, "Delete row"), _LEFT)
    panel = row.open(raw({"messages": [user(), assistant()], "n": 1, "m": 2}))
    assert "n" in panel.problem.text()
    qtbot.mouseClick(visible(panel.problem)[0], _LEFT)
    assert row.edits and set(row.value) < {"messages", "n", "m"}
