"""Tools and tool calls as forms; the row holds what the forms say."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, call, chat, raw, user
from tests.support.find_button import control
from tests.support.row_bench import RowBench
from tunedesk.ui.pages.data.tool_call_card import ToolCallCard
from tunedesk.ui.widgets.choice_box import ChoiceBox

_LEFT = Qt.MouseButton.LeftButton
_SCHEMA = {
    "type": "object",
    "required": ["city"],
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["c", "f"]},
        "days": {"type": "integer"},
    },
}
_TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Now", "parameters": _SCHEMA},
}
_ROW = chat(
    user(),
    assistant(None, tool_calls=[call("call_1", "weather", '{"city": "กรุงเทพ"}')]),
    {"role": "tool", "tool_call_id": "call_1", "content": "31"},
    assistant("Hot."),
    tools=[_TOOL],
)


def _call(row: RowBench, message: int = 1, at: int = 0) -> ToolCallCard:
    extras = row.cards[message].extras
    assert extras is not None
    return extras.calls[at]


def _function(row: RowBench) -> Any:
    return row.value["messages"][1]["tool_calls"][0]["function"]


def _type(bot: QtBot, line: Any, text: str) -> None:
    assert isinstance(line, QLineEdit)
    line.selectAll()
    bot.keyClicks(line, text)
    bot.keyClick(line, Qt.Key.Key_Return)


def test_arguments_are_filled_in_a_form(row: RowBench, qtbot: QtBot) -> None:
    row.open(_ROW)
    inputs = _call(row).arguments.inputs
    assert isinstance(inputs["city"], QLineEdit) and inputs["city"].text() == "กรุงเทพ"
    _type(qtbot, inputs["city"], "Rome")
    _type(qtbot, _call(row).arguments.inputs["days"], "3")
    unit = _call(row).arguments.inputs["unit"]
    assert isinstance(unit, ChoiceBox)
    unit.setCurrentText("f")
    unit.activated.emit(unit.currentIndex())
    assert _function(row)["arguments"] == '{"city": "Rome", "days": 3, "unit": "f"}'


def test_a_value_that_is_none_is_refused_in_words(row: RowBench, qtbot: QtBot) -> None:
    row.open(_ROW)
    _type(qtbot, _call(row).arguments.inputs["days"], "soon")
    assert _call(row).arguments.problem.text() == "days must be a whole number."
    assert row.raw == _ROW


def test_arguments_as_json_show_where_they_are_broken(row: RowBench, qtbot: QtBot) -> None:
    row.open(_ROW)
    qtbot.mouseClick(_call(row).as_json, _LEFT)
    box = _call(row).arguments.json
    assert box.isVisible()
    box.edit.selectAll()
    qtbot.keyClicks(box.edit, '{"city": }')
    assert box.problem.text() == "Line 1, column 10: a value is missing or is not valid JSON here."
    assert [mark.look for mark in box.marks.marks] == ["wrong"]
    box.edit.commit()
    assert _function(row)["arguments"] == '{"city": }'
    assert not _call(row).as_json.isVisible()


def test_the_function_is_chosen_or_typed(row: RowBench, qtbot: QtBot) -> None:
    row.open(_ROW)
    name = _call(row).name
    assert [name.itemText(i) for i in range(name.count())] == ["weather"]
    _type(qtbot, name.lineEdit(), "forecast")
    assert _function(row)["name"] == "forecast"


def test_a_tool_message_names_the_call_it_answers(row: RowBench) -> None:
    row.open(_ROW.replace(b'"tool_call_id": "call_1"', b'"tool_call_id": "lost"'))
    extras = row.cards[2].extras
    assert extras is not None and extras.answers is not None
    box = extras.answers
    assert box.currentText() == "lost (no such call)"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert row.value["messages"][2]["tool_call_id"] == "call_1"
    assert box.currentText() == "weather · call_1"


def test_a_call_is_added_and_removed(row: RowBench, qtbot: QtBot) -> None:
    row.open(_ROW)
    qtbot.mouseClick(row.panel.form.add_call, _LEFT)
    added = row.value["messages"][3]["tool_calls"]
    assert [(c["id"], c["function"]["name"]) for c in added] == [("call_2", "weather")]
    qtbot.mouseClick(control(_call(row, 3), "Remove call"), _LEFT)
    assert row.raw == _ROW
    row.open(chat(user()))
    qtbot.mouseClick(row.panel.form.add_call, _LEFT)
    assert row.value["messages"][1]["content"] is None
    assert row.value["messages"][1]["tool_calls"][0]["id"] == "call_1"


def test_tools_of_the_row_are_edited(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(_ROW)
    tools = panel.form.tools
    assert tools.title.text() == "▸ Tools: weather"
    qtbot.mouseClick(tools.title, _LEFT)
    form = tools.functions[0]
    _type(qtbot, form.name, "now")
    form.about.edit.selectAll()
    qtbot.keyClicks(form.about.edit, "Weather")
    form.about.edit.commit()
    box = form.parameters.edit
    box.selectAll()
    qtbot.keyClicks(box, '{"type": ')
    box.commit()
    assert "column" in form.parameters.problem.text()
    assert row.value["tools"][0]["function"]["parameters"] == _SCHEMA
    qtbot.keyClicks(box, '"object"}')
    box.commit()
    function = {"name": "now", "description": "Weather", "parameters": {"type": "object"}}
    assert row.value["tools"] == [{"type": "function", "function": function}]
    qtbot.mouseClick(tools.add, _LEFT)
    assert row.value["tools"][1]["function"]["name"] == "function_1"
    tools.parallel.setCurrentIndex(2)
    tools.parallel.activated.emit(2)
    assert row.value["parallel_tool_calls"] is False


def test_taking_away_the_last_tool_takes_away_the_key(row: RowBench, qtbot: QtBot) -> None:
    panel = row.open(chat(tools=[_TOOL]))
    qtbot.mouseClick(panel.form.tools.title, _LEFT)
    qtbot.mouseClick(control(panel.form.tools, "Remove function"), _LEFT)
    assert row.raw == chat()


def test_old_functions_are_shown_and_converted(row: RowBench, qtbot: QtBot) -> None:
    old = {
        "messages": [
            user(),
            {"role": "assistant", "content": None, "function_call": {"name": "f"}},
            {"role": "function", "name": "f", "content": "1"},
            assistant(),
        ],
        "functions": [{"name": "f"}],
    }
    panel = row.open(raw(old))
    assert "function_call" in row.cards[1].note.text()
    qtbot.mouseClick(panel.form.tools.old, _LEFT)
    assert [m["role"] for m in row.value["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert row.value["tools"] == [{"type": "function", "function": {"name": "f"}}]
    assert not panel.form.tools.old.isVisible()


def test_parts_are_edited_and_pictures_are_only_named(row: RowBench, qtbot: QtBot) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/<b>a</b>.png"}}
    parts = [{"type": "text", "text": "Look"}, picture, {"type": "text", "text": "!"}]
    row.open(chat(user(parts), assistant()))
    shown = row.cards[0].parts
    assert shown is not None and sorted(shown.texts) == [0, 2]
    qtbot.keyClicks(shown.texts[2].edit, "?")
    shown.commit()
    assert row.value["messages"][0]["content"] == [*parts[:2], {"type": "text", "text": "?!"}]


def test_name_and_refusal_are_edited(row: RowBench, qtbot: QtBot) -> None:
    row.open(chat(user(name="ann"), {"role": "assistant", "refusal": "No.", "content": None}))
    first, last = row.cards[0].extras, row.cards[1].extras
    assert first is not None and last is not None and last.refusal is not None
    _type(qtbot, first.name, "bob")
    qtbot.keyClicks(last.refusal.edit, "Oh ")
    last.commit()
    assert row.value["messages"][0]["name"] == "bob"
    assert row.value["messages"][1] == {"role": "assistant", "refusal": "Oh No.", "content": None}


def test_a_form_never_shows_what_it_would_lose(row: RowBench) -> None:
    for arguments in ('{"city": "a\\nb"}', '{"city": 3}', '{"x": {}}', "{", "[]"):
        shown = chat(assistant(None, tool_calls=[call("c", "weather", arguments)]), tools=[_TOOL])
        panel = row.open(shown)
        panel.commit()
        assert json.loads(row.raw) == json.loads(shown)
        assert row.raw == shown
