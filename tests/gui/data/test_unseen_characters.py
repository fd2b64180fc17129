"""U3: characters one does not see, or that turn text round, are seen in editors and differences.

Each is looked for in a picture of the place: its flag's colour, or itself spelled out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, call, chat, preference, tool, user
from tests.support.gui_loop import GuiLoop
from tests.support.row_bench import RowBench
from tunedesk.core.edits import RowChange
from tunedesk.core.invisible import HIDDEN, TURNING
from tunedesk.services.work.background import Background
from tunedesk.ui.files.changes_view import ChangesView
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.growing_edit import GrowingEdit
from tunedesk.ui.pages.data.preview_table import PreviewLine, PreviewTable
from tunedesk.ui.theme import Theme

CODES = sorted({**TURNING, **HIDDEN})
each_code = pytest.mark.parametrize("code", CODES, ids=[f"U+{code:04X}" for code in CODES])


def picture(box: QWidget) -> QImage:
    return box.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def n_flagged(box: QWidget, code: int, theme: Theme) -> int:
    """How much of the picture has the colour of the character's flag."""
    image, wanted = picture(box), flag(code, theme).rgb()
    return bytes(image.constBits()).count(wanted.to_bytes(4, sys.byteorder))


def flag(code: int, theme: Theme) -> QColor:
    return theme.palette.color("error" if code in TURNING else "warning_mark")


def test_there_are_forty_and_more() -> None:
    assert len(CODES) >= 40


@each_code
def test_it_is_flagged_in_a_text(code: int, theme: Theme, qtbot: QtBot) -> None:
    box = GrowingEdit(theme=theme)
    qtbot.addWidget(box)
    box.resize(300, 60)
    box.show()
    box.show_text("one two")
    assert n_flagged(box.viewport(), code, theme) == 0
    box.show_text(f"one {chr(code)}two")
    assert n_flagged(box.viewport(), code, theme) >= 12


def test_each_is_flagged_in_both_answers_of_a_pair(row: RowBench, theme: Theme) -> None:
    for code in CODES:
        parts = {"preferred_output": [assistant("yes")], "non_preferred_output": [assistant("no")]}
        for key in parts:
            panel = row.open(preference(**parts))
            panel.form.pair.diff.setChecked(True)
            box = panel.form.pair.answers[key].text.edit  # type: ignore[index]
            before = n_flagged(box.viewport(), code, theme)
            word = parts[key][0]["content"]
            row.open(preference(**{**parts, key: [assistant(f"{chr(code)}{word}{chr(code)}")]}))
            assert n_flagged(box.viewport(), code, theme) >= before + 12, f"U+{code:04X} in {key}"


def test_each_is_seen_in_json_as_a_flag_or_an_escape(row: RowBench, theme: Theme) -> None:
    for code in CODES:
        panel = row.open(chat(user("one two")))
        panel.as_json.click()
        before = n_flagged(panel.json.text.viewport(), code, theme)
        row.open(chat(user(f"one {chr(code)}two")))
        is_flagged = n_flagged(panel.json.text.viewport(), code, theme) >= before + 12
        is_spelled = f"\\u{code:04x}" in panel.json.text.toPlainText()
        assert is_spelled if code in TURNING else is_flagged, f"U+{code:04X}"


def test_each_is_flagged_in_lines_and_named_in_their_tips(row: RowBench, theme: Theme) -> None:
    properties = {"place": {"type": "string"}}
    tools = [tool("find", parameters={"type": "object", "properties": properties})]
    for code in CODES:
        word = f"a{chr(code)}b"
        found = call(word, "find", json.dumps({"place": word}))
        panel = row.open(chat(user("Where?", name=word), assistant(None, tool_calls=[found])))
        tools[0]["function"]["name"] = "find"
        panel = row.open(
            chat(user("Where?", name=word), assistant(None, tool_calls=[found]), tools=tools)
        )
        extras = [card.extras for card in row.cards if card.extras is not None]
        card = extras[1].calls[0]
        for line in (extras[0].name, card.id, card.arguments.inputs["place"]):
            assert line is not None and panel.isVisible()
            assert n_flagged(line, code, theme) >= 12, f"U+{code:04X} in {line.accessibleName()}"
            assert f"U+{code:04X}" in line.toolTip()


@pytest.fixture
def changes(
    theme: Theme, operations: Operations, gui_loop: GuiLoop, qtbot: QtBot
) -> Iterator[ChangesView]:
    background = Background()
    made = ChangesView(background, operations, theme)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    yield made
    gui_loop.run(background.close())


def test_each_is_spelled_out_in_a_difference(changes: ChangesView, gui_loop: GuiLoop) -> None:
    for code in CODES:
        before, after = chat(user("one two")), chat(user(f"one {chr(code)}two"))
        changes.show_changes([RowChange(index=0, before=before, after=before)])
        gui_loop.settle(lambda: "one two" in changes.after.toPlainText())
        without = picture(changes.after.viewport())
        changes.show_changes([RowChange(index=0, before=before, after=after)])
        words = f"one ⟦U+{code:04X}⟧two"
        gui_loop.settle(lambda words=words: words in changes.after.toPlainText())
        assert picture(changes.after.viewport()) != without
        marked = [changes.after.toPlainText()[m.start : m.end] for m in changes._marks[1].marks]
        assert f"{code:04X}" in "".join(marked)


def test_each_is_spelled_out_before_it_is_replaced(theme: Theme, qtbot: QtBot) -> None:
    table = PreviewTable(theme)
    qtbot.addWidget(table)
    table.resize(700, 200)
    table.show()
    for code in CODES:
        table.preview.show_lines([PreviewLine(0, f"one {chr(code)}two", "one two")])
        model = table.preview
        assert f"⟦U+{code:04X}⟧" in model.index(0, 2).data()
        with_it = picture(table.viewport())
        table.preview.show_lines([PreviewLine(0, "one two", "one two")])
        assert picture(table.viewport()) != with_it
