"""Each rule of chat rows: what keeps it and what breaks it, and where the issue points."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.dataset_rows import assistant, call, chat, raw, tool, user
from tunedesk.core.issues import Severity
from tunedesk.core.validation import check_row

ASK = user()
ANSWER = assistant()
SYSTEM = {"role": "system", "content": "Be brief."}
CALLS = {"role": "assistant", "content": None, "tool_calls": [call()]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "384400"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/moon.png"}}
WORDS = {"type": "text", "text": "What is this?"}

CLEAN = {
    "question and answer": chat(),
    "with a system message": chat(SYSTEM, ASK, ANSWER),
    "two system messages": chat(SYSTEM, SYSTEM, ASK, ANSWER),
    "several turns": chat(ASK, ANSWER, ASK, ANSWER),
    "weights": chat(ASK, assistant("Hm.", weight=0), ASK, assistant(weight=1)),
    "null weight": chat(ASK, assistant(weight=None)),
    "names": chat(user(name="Ada_L-1"), assistant(name="a" * 64)),
    "a tool called and answered": chat(ASK, CALLS, RESULT, ANSWER, tools=[tool()]),
    "an empty tool answer": chat(ASK, CALLS, {**RESULT, "content": ""}, ANSWER, tools=[tool()]),
    "a call as the answer": chat(ASK, CALLS, tools=[tool()], parallel_tool_calls=False),
    "no tools listed": chat(tools=[]),
    "calls without content": chat(
        ASK, {"role": "assistant", "tool_calls": [call()]}, tools=[tool()]
    ),
    "an old function call": chat(
        ASK,
        {"role": "assistant", "function_call": {"name": "measure", "arguments": "{}"}},
        {"role": "function", "name": "measure", "content": "1"},
        ANSWER,
        functions=[{"name": "measure", "parameters": {}}],
    ),
    "a refusal": chat(ASK, {"role": "assistant", "content": None, "refusal": "I will not."}),
    "parts": chat(user([WORDS, IMAGE]), assistant([{"type": "text", "text": "The Moon."}])),
    "a refusal part": chat(ASK, assistant([{"type": "refusal", "refusal": "No."}])),
    "unused keys as null": chat(ASK, assistant(tool_calls=None, function_call=None, refusal=None)),
    "a tool message with null extras": chat(user(tool_calls=None), ANSWER),
    "any script": chat(user("ดวงจันทร์ไกลแค่ไหน 🌕"), assistant("384,400 กม.\u2028ไกลมาก")),
    "quotes and colons in text": chat(user('He said "x": y " : z'), ANSWER),
    "something like a special token": chat(user("<|hello|> and <| im_end |>"), ANSWER),
}

ERRORS: dict[str, tuple[bytes, str, str]] = {
    "an extra key": (chat(weight=1), "unknown_key", "$.weight"),
    "an extra key with a blank": (chat(**{"my note": 1}), "unknown_key", '$["my note"]'),
    "messages as text": (raw({"messages": "hi"}), "messages_not_list", "$.messages"),
    "messages as null": (raw({"messages": None}), "messages_not_list", "$.messages"),
    "no messages": (raw({"messages": []}), "no_messages", "$.messages"),
    "a message as text": (chat("hi", ANSWER), "message_not_object", "$.messages[0]"),
    "no role": (chat({"content": "x"}, ANSWER), "missing_role", "$.messages[0].role"),
    "an invented role": (
        chat({"role": "bot", "content": "x"}, ANSWER),
        "unknown_role",
        "$.messages[0].role",
    ),
    "a role as number": (
        chat({"role": 3, "content": "x"}, ANSWER),
        "unknown_role",
        "$.messages[0].role",
    ),
    "an extra message key": (chat(user(id=7), ANSWER), "unknown_message_key", "$.messages[0].id"),
    "tool calls by the user": (
        chat(user(tool_calls=[call()]), ANSWER),
        "misplaced_key",
        "$.messages[0].tool_calls",
    ),
    "a refusal by the user": (
        chat(user(refusal="no"), ANSWER),
        "misplaced_key",
        "$.messages[0].refusal",
    ),
    "a call id on an answer": (
        chat(ASK, assistant(tool_call_id="a")),
        "misplaced_key",
        "$.messages[1].tool_call_id",
    ),
    "a weight on the user": (
        chat(user(weight=1), ANSWER),
        "misplaced_weight",
        "$.messages[0].weight",
    ),
    "a weight of one half": (
        chat(ASK, assistant(weight=0.5)),
        "bad_weight",
        "$.messages[1].weight",
    ),
    "a weight of 2": (chat(ASK, assistant(weight=2)), "bad_weight", "$.messages[1].weight"),
    "a weight of true": (chat(ASK, assistant(weight=True)), "bad_weight", "$.messages[1].weight"),
    "a weight as text": (chat(ASK, assistant(weight="1")), "bad_weight", "$.messages[1].weight"),
    "a name with a blank": (chat(user(name="Ada L"), ANSWER), "bad_name", "$.messages[0].name"),
    "a name of 65": (chat(user(name="a" * 65), ANSWER), "bad_name", "$.messages[0].name"),
    "a Thai name": (chat(user(name="สมชาย"), ANSWER), "bad_name", "$.messages[0].name"),
    "an empty name": (chat(user(name=""), ANSWER), "bad_name", "$.messages[0].name"),
    "a name with a line end": (chat(user(name="Ada\n"), ANSWER), "bad_name", "$.messages[0].name"),
    "a nameless function": (
        chat(ASK, {"role": "function", "content": "1"}, ANSWER),
        "missing_name",
        "$.messages[1].name",
    ),
    "no content": (chat({"role": "user"}, ANSWER), "missing_content", "$.messages[0].content"),
    "null content": (chat(user(None), ANSWER), "missing_content", "$.messages[0].content"),
    "an answer of null": (chat(ASK, assistant(None)), "missing_content", "$.messages[1].content"),
    "content as number": (chat(user(7), ANSWER), "content_type", "$.messages[0].content"),
    "content as object": (
        chat(user({"text": "x"}), ANSWER),
        "content_type",
        "$.messages[0].content",
    ),
    "an empty answer": (chat(ASK, assistant("")), "empty_reply", "$.messages[1].content"),
    "an answer of white space": (
        chat(ASK, assistant(" \n\u3000")),
        "empty_reply",
        "$.messages[1].content",
    ),
    "an answer of no parts": (chat(ASK, assistant([])), "empty_reply", "$.messages[1].content"),
    "an empty answer on the way": (
        chat(ASK, assistant(""), ASK, ANSWER),
        "empty_reply",
        "$.messages[1].content",
    ),
    "a part as text": (chat(user(["x"]), ANSWER), "bad_part", "$.messages[0].content[0]"),
    "a part without its text": (
        chat(user([{"type": "text"}, WORDS]), ANSWER),
        "bad_part",
        "$.messages[0].content[0].text",
    ),
    "a part of no type": (
        chat(user([{"text": "x"}]), ANSWER),
        "bad_part_type",
        "$.messages[0].content[0].type",
    ),
    "a picture by the assistant": (
        chat(ASK, assistant([IMAGE])),
        "bad_part_type",
        "$.messages[1].content[0].type",
    ),
    "a picture as text": (
        chat(user([{"type": "image_url", "image_url": "x"}]), ANSWER),
        "bad_part",
        "$.messages[0].content[0].image_url",
    ),
    "a picture from the disk": (
        chat(user([{"type": "image_url", "image_url": {"url": "file:///x.png"}}]), ANSWER),
        "bad_image_url",
        "$.messages[0].content[0].image_url.url",
    ),
    "no assistant": (chat(ASK), "no_assistant_message", "$.messages"),
    "nothing but weight 0": (chat(ASK, assistant(weight=0)), "nothing_trained", "$.messages"),
    "the last word is the user's": (chat(ASK, ANSWER, ASK), "last_not_assistant", "$.messages[2]"),
    "the last word is a tool's": (
        chat(ASK, CALLS, RESULT, tools=[tool()]),
        "last_not_assistant",
        "$.messages[2]",
    ),
    "no tool calls": (
        chat(ASK, assistant(tool_calls=[])),
        "bad_tool_calls",
        "$.messages[1].tool_calls",
    ),
    "tool calls as object": (
        chat(ASK, assistant(tool_calls={})),
        "bad_tool_calls",
        "$.messages[1].tool_calls",
    ),
    "a call as text": (
        chat(ASK, assistant(tool_calls=["x"])),
        "bad_tool_call",
        "$.messages[1].tool_calls[0]",
    ),
    "a call without id": (
        chat(ASK, assistant(tool_calls=[{**call(), "id": None}]), tools=[tool()]),
        "bad_tool_call",
        "$.messages[1].tool_calls[0].id",
    ),
    "a call of another type": (
        chat(ASK, assistant(tool_calls=[{**call(), "type": "x"}]), tools=[tool()]),
        "bad_tool_call",
        "$.messages[1].tool_calls[0].type",
    ),
    "a call of no function": (
        chat(ASK, assistant(tool_calls=[{**call(), "function": "f"}])),
        "bad_tool_call",
        "$.messages[1].tool_calls[0].function",
    ),
    "a call of a bad name": (
        chat(ASK, assistant(tool_calls=[call(name="a b")]), tools=[tool("a b")]),
        "bad_tool_call",
        "$.messages[1].tool_calls[0].function.name",
    ),
    "arguments as object": (
        chat(ASK, assistant(tool_calls=[call(arguments={})]), tools=[tool()]),
        "bad_arguments",
        "$.messages[1].tool_calls[0].function.arguments",
    ),
    "arguments cut off": (
        chat(ASK, assistant(tool_calls=[call(arguments='{"a":')]), tools=[tool()]),
        "bad_arguments",
        "$.messages[1].tool_calls[0].function.arguments",
    ),
    "arguments as list": (
        chat(ASK, assistant(tool_calls=[call(arguments="[1]")]), tools=[tool()]),
        "bad_arguments",
        "$.messages[1].tool_calls[0].function.arguments",
    ),
    "an old call as text": (
        chat(ASK, assistant(function_call="f")),
        "bad_tool_call",
        "$.messages[1].function_call",
    ),
    "an answer to no call": (
        chat(ASK, {"role": "tool", "content": "1"}, ANSWER),
        "missing_tool_call_id",
        "$.messages[1].tool_call_id",
    ),
    "an answer to an unknown call": (
        chat(ASK, CALLS, {**RESULT, "tool_call_id": "call_2"}, ANSWER, tools=[tool()]),
        "unmatched_tool_call_id",
        "$.messages[2].tool_call_id",
    ),
    "an answer before its call": (
        chat(ASK, RESULT, CALLS, tools=[tool()]),
        "unmatched_tool_call_id",
        "$.messages[1].tool_call_id",
    ),
    "tools as object": (chat(tools={}), "bad_tools", "$.tools"),
    "a tool as text": (chat(tools=["x"]), "bad_tools", "$.tools[0]"),
    "a tool without function": (
        chat(tools=[{"type": "function"}]),
        "bad_tools",
        "$.tools[0].function",
    ),
    "a tool without name": (
        chat(tools=[{"type": "function", "function": {}}]),
        "bad_tools",
        "$.tools[0].function.name",
    ),
    "tool parameters as text": (
        chat(tools=[tool(parameters="x")]),
        "bad_tools",
        "$.tools[0].function.parameters",
    ),
    "no functions": (chat(functions=[]), "bad_tools", "$.functions"),
    "129 functions": (
        chat(functions=[{"name": f"f{i}"} for i in range(129)]),
        "bad_tools",
        "$.functions",
    ),
    "parallel as text": (
        chat(parallel_tool_calls="yes"),
        "bad_parallel_tool_calls",
        "$.parallel_tool_calls",
    ),
    "the end of text": (
        chat(user("a<|endoftext|>b"), ANSWER),
        "special_token",
        "$.messages[0].content",
    ),
    "the middle of code": (
        chat(ASK, assistant("<|fim_suffix|>")),
        "special_token",
        "$.messages[1].content",
    ),
    "a turn's end in a part": (
        chat(user([{"type": "text", "text": "<|im_end|>"}]), ANSWER),
        "special_token",
        "$.messages[0].content[0].text",
    ),
}

WARNINGS: dict[str, tuple[bytes, str, str]] = {
    "a developer": (
        chat({"role": "developer", "content": "x"}, ASK, ANSWER),
        "developer_role",
        "$.messages[0].role",
    ),
    "an empty question": (chat(user(""), ANSWER), "empty_message", "$.messages[0].content"),
    "an empty answer not learned": (
        chat(ASK, assistant("", weight=0), ASK, ANSWER),
        "empty_message",
        "$.messages[1].content",
    ),
    "nobody asks": (chat(SYSTEM, ANSWER), "no_user_message", "$.messages"),
    "a late system message": (chat(ASK, SYSTEM, ANSWER), "system_not_first", "$.messages[1]"),
    "a call nobody answers": (
        chat(ASK, CALLS, ASK, ANSWER, tools=[tool()]),
        "unanswered_tool_call",
        "$.messages[1].tool_calls[0].id",
    ),
    "one id for two calls": (
        chat(ASK, assistant(tool_calls=[call(), call()]), RESULT, ANSWER, tools=[tool()]),
        "repeated_tool_call_id",
        "$.messages[1].tool_calls[1].id",
    ),
    "a tool not declared": (chat(ASK, CALLS), "undeclared_tool", "$.messages[1]"),
    "eleven pictures": (
        chat(user([WORDS, *[IMAGE] * 6]), ANSWER, user([IMAGE] * 5), ANSWER),
        "too_many_images",
        "$.messages",
    ),
    "a NUL in the text": (chat(user("a\u0000b"), ANSWER), "nul_character", "$.messages[0].content"),
}


@pytest.mark.parametrize("row", CLEAN.values(), ids=CLEAN.keys())
def test_clean_row_has_no_issues(row: bytes) -> None:
    assert check_row(row, 1) == []


@pytest.mark.parametrize(("row", "code", "path"), ERRORS.values(), ids=ERRORS.keys())
def test_error_is_found_and_points_there(row: bytes, code: str, path: str) -> None:
    assert (Severity.ERROR, code, path) in _found(row)


@pytest.mark.parametrize(("row", "code", "path"), WARNINGS.values(), ids=WARNINGS.keys())
def test_warning_is_the_only_finding(row: bytes, code: str, path: str) -> None:
    assert _found(row) == [(Severity.WARNING, code, path)]


@pytest.mark.parametrize("row", [case[0] for case in (*ERRORS.values(), *WARNINGS.values())])
def test_issues_are_said_in_sentences_with_their_row(row: bytes) -> None:
    for issue in check_row(row, 12):
        assert issue.row == 12
        assert issue.message.endswith(".") and issue.fix.endswith((".", "…"))


def test_every_fault_of_a_row_is_reported_at_once() -> None:
    row = chat({"role": "bot", "content": 1}, {"role": "user"}, note=1)
    assert {code for _, code, _ in _found(row)} == {
        "unknown_key",
        "unknown_role",
        "content_type",
        "missing_content",
        "no_assistant_message",
    }


def _found(row: bytes) -> list[tuple[Any, str, str]]:
    return [(issue.severity, issue.code, issue.path) for issue in check_row(row, 1)]
