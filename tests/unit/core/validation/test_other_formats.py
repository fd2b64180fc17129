"""Rules of completion and preference rows, and of rows of no format."""

from __future__ import annotations

import pytest

from tests.support.dataset_rows import assistant, preference, raw, tool, user
from tunedesk.core.validation import check_row

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/moon.png"}}

CLEAN = {
    "completion": raw({"prompt": "2 + 2 =", "completion": " 4"}),
    "pair": preference(),
    "pair with tools": preference(
        input={"messages": [user()], "tools": [tool()], "parallel_tool_calls": True}
    ),
}

BROKEN = {
    "completion missing": (raw({"prompt": "x"}), "missing_completion", "$.completion"),
    "prompt missing": (raw({"completion": "x"}), "missing_prompt", "$.prompt"),
    "prompt as list": (raw({"prompt": [1], "completion": "x"}), "content_type", "$.prompt"),
    "completion empty": (raw({"prompt": "x", "completion": " "}), "empty_reply", "$.completion"),
    "prompt empty": (raw({"prompt": "", "completion": "x"}), "empty_message", "$.prompt"),
    "completion and more": (
        raw({"prompt": "x", "completion": "y", "id": 1}),
        "unknown_key",
        "$.id",
    ),
    "special token": (
        raw({"prompt": "x", "completion": "y<|endoftext|>"}),
        "special_token",
        "$.completion",
    ),
    "no input": (preference(input=None), "missing_input", "$.input"),
    "no preferred": (
        preference(preferred_output=None),
        "missing_preferred_output",
        "$.preferred_output",
    ),
    "no other": (
        preference(non_preferred_output=None),
        "missing_non_preferred_output",
        "$.non_preferred_output",
    ),
    "input as text": (preference(input="hi"), "bad_input", "$.input.messages"),
    "input without messages": (preference(input={"messages": []}), "bad_input", "$.input.messages"),
    "input of another role": (
        preference(input={"messages": [{"role": "x", "content": "y"}]}),
        "unknown_role",
        "$.input.messages[0].role",
    ),
    "input ends with an answer": (
        preference(input={"messages": [user(), assistant()]}),
        "input_ends_with_assistant",
        "$.input.messages[1]",
    ),
    "input with more": (
        preference(input={"messages": [user()], "seed": 1}),
        "unknown_key",
        "$.input.seed",
    ),
    "pair with more": (preference(score=1), "unknown_key", "$.score"),
    "bad tools": (
        preference(input={"messages": [user()], "tools": 1}),
        "bad_tools",
        "$.input.tools",
    ),
    "answer as text": (preference(preferred_output="x"), "bad_output", "$.preferred_output"),
    "answer of nothing": (
        preference(non_preferred_output=[]),
        "bad_output",
        "$.non_preferred_output",
    ),
    "answer by the user": (
        preference(preferred_output=[user()]),
        "bad_output_role",
        "$.preferred_output[0].role",
    ),
    "answer without assistant": (
        preference(preferred_output=[user()]),
        "no_assistant_message",
        "$.preferred_output",
    ),
    "answer empty": (
        preference(preferred_output=[assistant("")]),
        "empty_reply",
        "$.preferred_output[0].content",
    ),
    "equal answers": (
        preference(non_preferred_output=[assistant("384,400 km.")]),
        "same_outputs",
        "$.non_preferred_output",
    ),
    "answers that differ in punctuation": (
        preference(non_preferred_output=[assistant(" 384,400 KM")]),
        "outputs_nearly_same",
        "$.non_preferred_output",
    ),
    "an old name": (
        raw({"input": {"messages": [user()]}, "preferred_completion": "x"}),
        "old_preference_keys",
        "$.preferred_completion",
    ),
    "old names alone": (
        raw({"preferred_completion": "x", "non_preferred_completion": "y"}),
        "old_preference_keys",
        "$.non_preferred_completion",
    ),
    "an unseen completion": (
        raw({"prompt": "x", "completion": "\u200b\u00a0\ufeff"}),
        "empty_reply",
        "$.completion",
    ),
    "a picture": (
        preference(input={"messages": [user([IMAGE])]}),
        "not_text_only",
        "$.input.messages[0].content",
    ),
    "a list": (b"[1, 2]", "not_object", "$"),
    "a number": (b"17", "not_object", "$"),
    "null": (b"null", "not_object", "$"),
    "text": (b'"hi"', "not_object", "$"),
    "nothing known": (raw({"question": "x", "answer": "y"}), "missing_messages", "$"),
    "nothing at all": (b"{}", "missing_messages", "$"),
}


@pytest.mark.parametrize("row", CLEAN.values(), ids=CLEAN.keys())
def test_clean_row_has_no_issues(row: bytes) -> None:
    assert check_row(row, 1) == []


@pytest.mark.parametrize(("row", "code", "path"), BROKEN.values(), ids=BROKEN.keys())
def test_fault_is_found_and_points_there(row: bytes, code: str, path: str) -> None:
    assert (code, path) in [(issue.code, issue.path) for issue in check_row(row, 3)]
