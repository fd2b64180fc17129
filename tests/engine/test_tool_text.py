"""Calls in replies, and tools told to a model that was never taught any."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.dataset_rows import assistant, call, tool, user
from tests.support.engine import MODEL_ID, models_folder
from tunedesk.engine.template import ChatTemplate, TemplateRefusalError
from tunedesk.engine.tool_text import CALL_OPENING, ToolCall, call_text, split_reply

pytestmark = pytest.mark.engine

_CALL = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
_F = ToolCall("f", '{"a": 1}')


@pytest.mark.parametrize(
    ("reply", "content", "calls"),
    [
        ("", "", []),
        ("  no call \n", "  no call \n", []),
        (_CALL, "", [_F]),
        (f"Let me see.\n{_CALL}\n", "Let me see.", [_F]),
        (f"{_CALL}\n{_CALL}", "", [_F, _F]),
        (f"a\n{_CALL}\nb", "a\n\nb", [_F]),
        (_CALL.removesuffix("\n</tool_call>"), "", [_F]),
        ('<tool_call>{"name":"f","arguments":"{\\"a\\": 1}"}</tool_call>', "", [_F]),
        ('<tool_call>{"name":"f","parameters":{"a": 1}}', "", [_F]),
        ('<tool_call>{"name":"f"}</tool_call>', "", [ToolCall("f", "{}")]),
        (
            '<tool_call>{"name":"f","arguments":{"a":"</tool_call>"}}</tool_call>',
            "",
            [ToolCall("f", '{"a": "</tool_call>"}')],
        ),
        (
            '<tool_call>{"name":"f","arguments":{"a":"\\ud800ไทย"}}</tool_call>',
            "",
            [ToolCall("f", '{"a": "\\ud800\\u0e44\\u0e17\\u0e22"}')],
        ),
    ],
)
def test_calls_are_told_from_content(reply: str, content: str, calls: list[ToolCall]) -> None:
    assert split_reply(reply) == (content, calls)
    for found in calls:
        assert found.arguments_json.encode()


@pytest.mark.parametrize(
    "broken",
    [
        CALL_OPENING,
        f"{CALL_OPENING} hello",
        '<tool_call>{"name": "f", "arguments": {"a": 1}',
        '<tool_call>{"name": "f", "arguments": {"a": NaN}}</tool_call>',
        '<tool_call>{"name": "f", "arguments": [1]}</tool_call>',
        '<tool_call>{"name": "f", "arguments": "x"}</tool_call>',
        '<tool_call>{"name": "not a name", "arguments": {}}</tool_call>',
        '<tool_call>{"name": 1}</tool_call>',
        '<tool_call>["f"]</tool_call>',
        '<tool_call>{"name": "f"} and more',
        "<tool_call>" + "[" * 100_000,
        '<tool_call>{"name": "f", "arguments": {"a": ' + "9" * 5000 + "}}</tool_call>",
    ],
)
def test_what_is_no_sound_call_stays_content(broken: str) -> None:
    assert split_reply(broken) == (broken, [])
    content, calls = split_reply(f"{broken}\n{_CALL}")
    assert calls == [_F]
    assert content == broken.strip()


def test_a_written_call_is_read_back() -> None:
    for arguments in ("{}", '{"a": "\\n\\"</tool_call>\\" ไทย", "b": [1, null, {"c": 1e-9}]}'):
        written = ToolCall("look_up-1", arguments)
        content, (read,) = split_reply("Hm.\n" + call_text(written))
        assert content == "Hm."
        assert json.loads(read.arguments_json) == json.loads(arguments)


_TOOLS = [tool("measure", description="Measures a way."), tool("tell")]
_TALK: list[dict[str, Any]] = [
    user("How far is the Moon?"),
    assistant("Let me see.", tool_calls=[call("c1", arguments='{"to":"Moon"}'), call("c2")]),
    {"role": "tool", "tool_call_id": "c1", "content": "384400"},
    {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "km"}]},
    assistant("384,400 km."),
]


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate(models_folder() / MODEL_ID)


def _learned(template: ChatTemplate, *args: Any) -> str:
    row = template.row(*args)
    return "".join(p for p, wanted in zip(row.pieces(), row.trained, strict=True) if wanted)


def test_the_whole_conversation_as_the_shipped_model_reads_it(template: ChatTemplate) -> None:
    assert template.row(_TALK, _TOOLS[:1]).text == (
        "<|im_start|>system\n"
        "You can use these functions.\n"
        "<tools>\n"
        '{"name": "measure", "parameters": {}, "description": "Measures a way."}\n'
        "</tools>\n"
        "To use one, write\n"
        "<tool_call>\n"
        '{"name": "its name", "arguments": {its arguments}}\n'
        "</tool_call><|im_end|>\n"
        "<|im_start|>user\nHow far is the Moon?<|im_end|>\n"
        "<|im_start|>assistant\nLet me see.\n"
        '<tool_call>\n{"name": "measure", "arguments": {"to": "Moon"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "measure", "arguments": {}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\n384400\n</tool_response>\n"
        "<tool_response>\nkm\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n384,400 km.<|im_end|>\n"
    )


def test_calls_and_answers_are_learned_and_read_back(template: ChatTemplate) -> None:
    first, second, _ = _learned(template, _TALK, _TOOLS).split("<|im_end|>")
    assert second == "384,400 km."
    content, calls = split_reply(first)
    assert content == "Let me see."
    assert calls == [ToolCall("measure", '{"to": "Moon"}'), ToolCall("measure", "{}")]
    unlearned = [*_TALK[:1], {**_TALK[1], "weight": 0}, *_TALK[2:]]
    assert _learned(template, unlearned, _TOOLS) == "384,400 km.<|im_end|>"


def test_what_is_learned_is_what_is_asked(template: ChatTemplate) -> None:
    for count in (1, 4):
        asked = template.prompt(_TALK[:count], _TOOLS)
        assert template.row(_TALK[: count + 1], _TOOLS).tokens[: len(asked)] == asked


def test_tools_stand_behind_the_system_message(template: ChatTemplate) -> None:
    row = template.row([{"role": "developer", "content": "Be brief."}, *_TALK[:2]], _TOOLS)
    assert row.text.startswith("<|im_start|>system\nBe brief.\n\nYou can use these functions.\n")
    assert row.text.count("system\n") == 1


def test_the_deprecated_functions_are_read_alike(template: ChatTemplate) -> None:
    old = [
        user("How far?"),
        assistant(None, function_call={"name": "measure", "arguments": '{"to":"Moon"}'}),
        {"role": "function", "name": "measure", "content": "384400"},
        assistant("Far."),
    ]
    new = [
        user("How far?"),
        assistant(None, tool_calls=[call("x", arguments='{"to": "Moon"}')]),
        {"role": "tool", "tool_call_id": "x", "content": "384400"},
        assistant("Far."),
    ]
    functions = [one["function"] for one in _TOOLS]
    old_row = template.example({"messages": old, "functions": functions})
    assert old_row == template.example({"messages": new, "tools": _TOOLS})


def test_special_tokens_in_tools_and_arguments_stay_text(template: ChatTemplate) -> None:
    tools = [tool("f", description="<|im_end|>", parameters={"<|im_start|>": "<|im_start|>"})]
    arguments = json.dumps({"a": "<|im_end|>"})
    messages = [user("x"), assistant(None, tool_calls=[call(name="f", arguments=arguments)])]
    row = template.row(messages, tools)
    assert row.text.count("<|im_start|>") == 5
    assert row.tokens.count(1) == 3
    assert '{"a": "<|im_end|>"}' in _learned(template, messages, tools)


def test_arguments_that_are_no_object_are_shown_as_they_are(template: ChatTemplate) -> None:
    messages = [user("x"), assistant(None, tool_calls=[call(arguments="{broken")])]
    assert '"arguments": "{broken"' in template.row(messages, _TOOLS).text


@pytest.mark.parametrize("tools", [[1], [{"type": "function"}], "x", {"a": 1}])
def test_tools_of_a_wrong_shape_are_refused(template: ChatTemplate, tools: Any) -> None:
    with pytest.raises(TemplateRefusalError, match="a tool must be"):
        template.prompt(_TALK[:1], tools)


def test_endless_nesting_is_refused(template: ChatTemplate) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(TemplateRefusalError, match="nested too deeply"):
        template.prompt(_TALK[:1], [tool("f", parameters=deep)])
