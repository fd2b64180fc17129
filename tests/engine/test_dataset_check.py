"""The whole-file check: codes, examples counted from 1, OpenAI's wording."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import call, tool
from tunedesk.engine.dataset_check import DatasetError, check_dataset, check_example

_GOOD: dict[str, Any] = {
    "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
}


def _file(tmp_path: Path, bad: object, *, at: int = 4, n_rows: int = 12) -> Path:
    raw = bad if isinstance(bad, bytes) else json.dumps(bad).encode()
    rows = [json.dumps(_GOOD).encode()] * n_rows
    rows[at - 1] = raw
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(rows))
    return path


def _with(*messages: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"messages": list(messages), **top}


_USER = {"role": "user", "content": "x"}
_REPLY = {"role": "assistant", "content": "y"}


def _pair(**keys: Any) -> dict[str, Any]:
    other = {"role": "assistant", "content": "z"}
    made = {
        "input": {"messages": [_USER]},
        "preferred_output": [_REPLY],
        "non_preferred_output": [other],
    } | keys
    return {key: value for key, value in made.items() if value is not None}


_TOOL_ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "9"}
_CALLING = {"role": "assistant", "content": None, "tool_calls": [call()]}


def _calling(**function: Any) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": [call() | {"function": function}]}


_FORMAT, _FILE, _CONTENT = "invalid_file_format", "invalid_training_file", "unsupported_content"
_BAD: dict[str, tuple[object, str, str]] = {
    "not json": (
        b'{"a" 1}',
        _FORMAT,
        "Example 4 cannot be parsed. Error: line contains invalid json: Expecting ':' delimiter:"
        " line 1 column 6 (char 5) (line 4)",
    ),
    "nan": (b'{"messages": [NaN]}', _FORMAT, "Example 4 cannot be parsed. Error: line contains"),
    "infinity": (b'{"messages": [1e999]}', _FORMAT, "infinite numbers are not valid JSON"),
    "utf-16": (b"\xff\xfe{", _FORMAT, "The file is UTF-16"),
    "utf-8": (b'{"messages": "\xc3"}', _FORMAT, "0xC3 is not valid UTF-8"),
    "inner mark": (b"\xef\xbb\xbf{}", _FORMAT, "byte order mark"),
    "nul": (b'{"messages": "\0"}', _FORMAT, "a NUL byte stands here"),
    "deep": (b"[" * 100_000, _FORMAT, "nested so deeply"),
    "deep value": (b'{"messages":' + b"[" * 99 + b"]" * 99 + b"}", _FORMAT, "64 deep"),
    "digits": (b'{"messages":' + b"9" * 9999 + b"}", _FORMAT, "thousands of digits"),
    "key twice": (b'{"messages":[],"messages":[]}', _FORMAT, 'key "messages" stands 2 times'),
    "inner key twice": (
        b'{"messages":[{"role":"assistant","content":"a","content":"b"}]}',
        _FORMAT,
        'The key "content" stands 2 times',
    ),
    "too long": (b" " * 9_000_000 + b"{}", _FORMAT, "Example 4 cannot be parsed: line 4 is longer"),
    "list": ([1], _FORMAT, "Example 4 is not a dictionary."),
    "no messages": ({"text": "x"}, _FORMAT, "Example 4 is missing key 'messages'"),
    "extra key": (_with(_REPLY, id=1), _FORMAT, 'Example 4 contains an extra "id".'),
    "odd extra key": (_with(_REPLY, **{'a"b': 1}), _FORMAT, 'contains an extra "a\\"b".'),
    "no list": ({"messages": {}}, _FILE, "must be a list of messages"),
    "empty": (_with(), _FILE, "Example 4: The conversation has no messages"),
    "text message": ({"messages": ["x"]}, _FILE, "Example 4, message 1: The message is a text"),
    "no role": (
        _with(_USER, {"content": "y"}),
        _FILE,
        "Invalid file format. Example 4, message 2 Discriminator 'role' is missing in value",
    ),
    "role": (_with({**_USER, "role": "boss"}, _REPLY), _FILE, 'message 1: The role is "boss"'),
    "message key": (
        _with(_USER, {**_REPLY, "mood": 1}),
        _FORMAT,
        'Example 4, message 2 contains an extra "mood".',
    ),
    "name": (_with({**_USER, "name": "a b"}, _REPLY), _FILE, "1 to 64 letters"),
    "last user": (_with(_REPLY, _USER), _FILE, "must end with the assistant's answer"),
    "weight user": (_with({**_USER, "weight": 1}, _REPLY), _FILE, "only assistant messages may"),
    "weight 2": (_with(_USER, {**_REPLY, "weight": 2}), _FILE, "message 2: The weight is 2"),
    "weight true": (_with(_USER, {**_REPLY, "weight": True}), _FILE, "must be the number 0"),
    "weight 0": (
        _with(_USER, {**_REPLY, "weight": 0}),
        _FILE,
        "nothing of this example is learned",
    ),
    "null": (_with(_USER, {**_REPLY, "content": None}), _FILE, "has null as its content"),
    "no content": (_with(_USER, {"role": "assistant"}), _FILE, "has no content"),
    "number": (_with(_USER, {**_REPLY, "content": 1}), _FILE, "must be a text or a list of parts"),
    "silent": (_with(_USER, {**_REPLY, "content": ""}), _FILE, "would learn to say nothing"),
    "part": (_with({**_USER, "content": ["x"]}, _REPLY), _FILE, "must be an object with a type"),
    "part text": (_with({**_USER, "content": [{"type": "text"}]}, _REPLY), _FILE, "must be a text"),
    "refusing user": (
        _with({**_USER, "content": [{"type": "refusal", "refusal": "x"}]}, _REPLY),
        _FILE,
        "this role takes",
    ),
    "image": (
        _with({**_USER, "content": [{"type": "image_url"}]}, _REPLY),
        _CONTENT,
        "Example 4, message 1 has content of type 'image_url'; this model reads text only",
    ),
    "sound": (_with(_USER, {**_REPLY, "audio": {"id": "x"}}), _CONTENT, "content of type 'audio'"),
    "tools": (_with(_USER, _REPLY, tools=[{}]), _FILE, 'object of the type "function"'),
    "tool name": (_with(_USER, _REPLY, tools=[tool("a b")]), _FILE, "1 to 64 letters"),
    "long name": (_with(_USER, _REPLY, tools=[tool("a" * 65)]), _FILE, "1 to 64 letters"),
    "functions": (_with(_USER, _REPLY, functions=[]), _FILE, "1 to 128"),
    "parallel": (_with(_USER, _REPLY, parallel_tool_calls=1), _FILE, "must be true or false"),
    "no calls": (_with(_USER, {**_REPLY, "tool_calls": []}), _FILE, "at least one call"),
    "empty call": (_with(_USER, {"role": "assistant", "tool_calls": [{}]}), _FILE, "has no id"),
    "call name": (_with(_USER, _calling(name="a b", arguments="{}")), _FILE, "1 to 64 letters"),
    "object arguments": (
        _with(_USER, _calling(name="f", arguments={})),
        _FILE,
        "must be JSON written as a text",
    ),
    "broken arguments": (
        _with(_USER, _calling(name="f", arguments="{")),
        _FILE,
        "arguments are not valid JSON",
    ),
    "nan arguments": (
        _with(_USER, _calling(name="f", arguments='{"a": NaN}')),
        _FILE,
        "Example 4, message 2: the arguments are not valid JSON: NaN is not JSON",
    ),
    "old call": (
        _with(_USER, {"role": "assistant", "function_call": {"name": "f"}}),
        _FILE,
        "must be JSON written as a text",
    ),
    "stray answer": (
        _with(_USER, {**_TOOL_ANSWER, "tool_call_id": "x"}, _REPLY),
        _FILE,
        'message 2: No call before this message has the id "x"',
    ),
    "answer without id": (
        _with(_USER, _CALLING, {"role": "tool", "content": "x"}, _REPLY),
        _FILE,
        "message 3: A tool message must say which call it answers",
    ),
    "calls of a user": (_with({**_USER, "tool_calls": [call()]}, _REPLY), _FILE, "assistant"),
    "surrogate": (
        b'{"messages":[{"role":"assistant","content":"\\ud800"}]}',
        _FILE,
        "half a character",
    ),
    "other format": (
        {"prompt": "x", "completion": "y"},
        _FORMAT,
        "Example 4 is a prompt and completion example, but example 1 is a chat example",
    ),
    "preference": (
        _pair(),
        _FORMAT,
        "missing key 'messages' (HINT: it is a preference example, for the method 'dpo')",
    ),
}


@pytest.mark.parametrize("name", _BAD)
def test_the_first_bad_example_is_named(tmp_path: Path, name: str) -> None:
    bad, code, text = _BAD[name]
    with pytest.raises(DatasetError) as caught:
        check_dataset(_file(tmp_path, bad), "training_file")
    assert caught.value.code == code
    assert caught.value.param == "training_file"
    assert text in str(caught.value)
    assert "Example 4" in str(caught.value)


def test_validation_files_are_named_so_and_may_be_short(tmp_path: Path) -> None:
    path = _file(tmp_path, _GOOD, n_rows=4)
    assert check_dataset(path, "validation_file") == 4
    with pytest.raises(DatasetError) as caught:
        check_dataset(_file(tmp_path, _with(), n_rows=4), "validation_file")
    assert caught.value.code == "invalid_validation_file"


@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_ten_examples_are_needed(tmp_path: Path, n_rows: int) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes((json.dumps(_GOOD).encode() + b"\n") * n_rows)
    with pytest.raises(DatasetError, match=f"has {n_rows} example") as caught:
        check_dataset(path, "training_file")
    assert caught.value.code == "invalid_n_examples"


def test_bom_crlf_blank_lines_and_odd_separators_are_no_trouble(tmp_path: Path) -> None:
    odd = {"messages": [_USER, {**_REPLY, "content": "a\u2028b\x85c"}]}
    row = json.dumps(odd, ensure_ascii=False).encode()
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n".join([row] * 10))
    assert check_dataset(path, "training_file") == 10


_NAMED = {"role": "developer", "content": [{"type": "text", "text": "Be brief."}], "name": "a-b"}
_GOOD_CHATS: dict[str, dict[str, Any]] = {
    "developer": _with(_NAMED, _USER, _REPLY),
    "refusals": _with(
        _USER,
        {"role": "assistant", "content": None, "refusal": "No."},
        _USER,
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ),
    "weights": _with(_USER, {**_REPLY, "weight": 0}, _USER, {**_REPLY, "weight": 1}),
    "tools": _with(
        _USER, _CALLING, _TOOL_ANSWER, _REPLY, tools=[tool()], parallel_tool_calls=False
    ),
    "call last": _with(_USER, {**_CALLING, "content": "Let me see."}, tools=[tool()]),
    "functions": _with(
        _USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "9"},
        _REPLY,
        functions=[{"name": "f", "parameters": {"type": "object"}}],
    ),
    "typed tokens": _with({**_USER, "content": "<|fim_suffix|> <|im_end|>"}, _REPLY),
    "nul character": _with({**_USER, "content": "a\0b"}, _REPLY),
}


@pytest.mark.parametrize("name", _GOOD_CHATS)
def test_all_of_the_chat_format_is_taken(tmp_path: Path, name: str) -> None:
    path = _file(tmp_path, _GOOD_CHATS[name])
    assert check_dataset(path, "training_file") == 12
    assert check_example(json.dumps(_GOOD_CHATS[name]).encode()) is None


def _refusal_of(tmp_path: Path, rows: list[dict[str, Any]], method: str) -> DatasetError:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DatasetError) as caught:
        check_dataset(path, "training_file", method=method)
    return caught.value


def test_prompt_and_completion_rows_are_a_format_of_their_own(tmp_path: Path) -> None:
    row = {"prompt": "x", "completion": " y"}
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join([json.dumps(row)] * 10))
    assert check_dataset(path, "training_file") == 10
    for bad, text in (
        ({"prompt": "x"}, "Example 2 is missing key 'completion'"),
        ({"completion": "x"}, "Example 2 is missing key 'prompt'"),
        ({**row, "id": 1}, 'Example 2 contains an extra "id".'),
        ({**row, "completion": 1}, "Example 2: The completion is a number"),
        ({**row, "completion": ""}, "Example 2: The completion is empty"),
        (_GOOD, "Example 2 is a chat example, but example 1 is a prompt and completion example"),
    ):
        assert text in str(_refusal_of(tmp_path, [row, bad], "supervised"))


_BAD_PAIRS: dict[str, tuple[dict[str, Any], str, str]] = {
    "chat": (_GOOD, _FORMAT, "Example 2 is missing key 'input'"),
    "no input": (_pair(input=None), _FORMAT, "Example 2 is missing key 'input'"),
    "one output": (
        _pair(non_preferred_output=None),
        _FORMAT,
        "Example 2 is missing key 'non_preferred_output'",
    ),
    "old names": (
        {"input": {"messages": [_USER]}, "preferred_completion": [_REPLY]},
        _FORMAT,
        "contains an extra \"preferred_completion\" (HINT: it is named 'preferred_output')",
    ),
    "input key": (
        _pair(input={"messages": [_USER], "functions": []}),
        _FORMAT,
        'Example 2 contains an extra "functions"',
    ),
    "empty input": (_pair(input={"messages": []}), _FILE, "at least one message"),
    "empty output": (_pair(preferred_output=[]), _FILE, "must be a list with an assistant message"),
    "user output": (
        _pair(preferred_output=[_USER, _REPLY]),
        _FILE,
        "Example 2, preferred_output message 1: An answer holds assistant and tool messages only",
    ),
    "no assistant": (_pair(preferred_output=[_TOOL_ANSWER]), _FILE, "no assistant message"),
    "input role": (
        _pair(input={"messages": [_USER, {"content": "x"}]}),
        _FILE,
        "Example 2, input message 2 Discriminator 'role' is missing in value",
    ),
    "same": (_pair(preferred_output=[_REPLY], non_preferred_output=[_REPLY]), _FILE, "the same"),
    "image": (
        _pair(input={"messages": [{**_USER, "content": [{"type": "image_url"}]}]}),
        _CONTENT,
        "Example 2, input message 1 has content of type 'image_url'",
    ),
    "stray answer": (
        _pair(preferred_output=[_TOOL_ANSWER, _REPLY]),
        _FILE,
        "Example 2, preferred_output: No call before this message has the id",
    ),
}


@pytest.mark.parametrize("name", _BAD_PAIRS)
def test_the_first_bad_pair_is_named(tmp_path: Path, name: str) -> None:
    bad, code, text = _BAD_PAIRS[name]
    error = _refusal_of(tmp_path, [_pair(), bad], "dpo")
    assert error.code == code
    assert text in str(error)


def test_pairs_may_call_tools(tmp_path: Path) -> None:
    asked = {"messages": [_USER, _CALLING, _TOOL_ANSWER], "tools": [tool()]}
    again = {**_CALLING, "tool_calls": [call("call_2")]}
    answer = {**_TOOL_ANSWER, "tool_call_id": "call_2"}
    row = _pair(input=asked, preferred_output=[again, answer, _REPLY])
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join([json.dumps(row)] * 10))
    assert check_dataset(path, "training_file", method="dpo") == 10


def test_hostile_lines_are_refused_or_taken_but_never_crash(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    for line in (
        b"{" * 8_000_000,
        b'{"messages":[' + b"{}," * 200_000 + b"{}]}",
        b'{"messages":[' + b'{"role":1},' * 100_000 + b"{}]}",
        b'{"messages":{' + b'"a":1,' * 200_000 + b'"b":1}}',
        b'{"messages":"' + b"\\ud800" * 200_000 + b'"}',
        b"\0" * 1_000_000,
        b"\x80" * 1_000_000,
    ):
        path.write_bytes(line + b"\n")
        with pytest.raises(DatasetError, match="Example 1"):
            check_dataset(path, "training_file")


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = json.dumps(_with(_USER, {**_REPLY, "content": "y" * 1_000_000})).encode() + b"\n"
    with path.open("wb") as stream:
        for _ in range(64):
            stream.write(row)
    tracemalloc.start()
    assert check_dataset(path, "training_file") == 64
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 16 * len(row)
