"""The whole-file check: codes, examples counted from 1, OpenAI's wording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunedesk.engine.dataset_check import DatasetError, check_dataset

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

_BAD: dict[str, tuple[object, str, str]] = {
    "not json": (b'{"a" 1}', "invalid_file_format", "Example 4 cannot be parsed. Error: line"),
    "nan": (b'{"messages": NaN}', "invalid_file_format", "NaN is not JSON"),
    "utf-16": (b"\xff\xfe", "invalid_file_format", "Example 4 cannot be parsed"),
    "deep": (b"[" * 100_000, "invalid_file_format", "nested too deeply"),
    "list": ([1], "invalid_file_format", "Example 4 is not a dictionary"),
    "no messages": ({"prompt": "x"}, "invalid_file_format", "is missing key 'messages'"),
    "extra key": (_with(_REPLY, id=1), "invalid_file_format", 'Example 4 contains an extra "id"'),
    "empty": (_with(), "invalid_training_file", "at least one message"),
    "text message": ({"messages": ["x"]}, "invalid_training_file", "message 1 is not a dict"),
    "no role": (
        _with(_USER, {"content": "y"}),
        "invalid_training_file",
        "Example 4, message 2 Discriminator 'role' is missing in value",
    ),
    "role": (_with({**_USER, "role": "boss"}), "invalid_training_file", "unknown role 'boss'"),
    "message key": (
        _with(_USER, {**_REPLY, "mood": 1}),
        "invalid_file_format",
        'Example 4, message 2 contains an extra "mood"',
    ),
    "last user": (_with(_REPLY, _USER), "invalid_training_file", "must be from the assistant"),
    "weight user": (_with({**_USER, "weight": 1}, _REPLY), "invalid_training_file", "'weight' is"),
    "weight 2": (_with({**_REPLY, "weight": 2}), "invalid_training_file", "must be 0 or 1"),
    "weight 0": (_with({**_REPLY, "weight": 0}), "invalid_training_file", "nothing would be"),
    "null": (_with(_USER, {**_REPLY, "content": None}), "invalid_training_file", "must be text"),
    "image": (
        _with({"role": "user", "content": [{"type": "image_url"}]}, _REPLY),
        "unsupported_content",
        "reads text only",
    ),
    "tools": (_with(_USER, _REPLY, tools=[{}]), "unsupported_content", "uses 'tools'"),
    "tool call": (
        _with(_USER, {"role": "assistant", "tool_calls": [{}]}),
        "unsupported_content",
        "uses 'tool_calls'",
    ),
    "surrogate": (
        b'{"messages":[{"role":"assistant","content":"\\ud800"}]}',
        "invalid_training_file",
        "lone surrogate",
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
