"""Whatever a file holds, checking ends, and the quick way says what the thorough one says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.dataset_rows import chat, numbered_chats
from tunedesk.core.validation import check_row, check_rows
from tunedesk.core.validation.fast import clean_messages
from tunedesk.core.validation.rows import check_slowly

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", " ", "<|im_end|>", "\x00", '"a":', '" :', "\ud800", "\u3000", "x"]),
)
ROLES = st.sampled_from(["system", "user", "assistant", "tool", "bot"])
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES, "content": TEXTS}, optional={"weight": st.integers(0, 2), "name": TEXTS}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    "messages",
    "tools",
    "functions",
    "prompt",
    "completion",
    "input",
    "preferred_output",
    "non_preferred_output",
    "role",
    "content",
    "tool_calls",
    "function_call",
    "weight",
    "name",
    "function",
    "id",
    "type",
    "tool_call_id",
    "text",
    "image_url",
    "url",
    "refusal",
]
ALMOST = st.recursive(
    st.none() | st.sampled_from([0, 1, True, "", "user", "assistant", "tool", "text", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)
STYLES = st.sampled_from([(", ", ": "), (",", ":"), (" ,", " : "), (", ", "\t:")])


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf\xef\xbb\xbf{}")
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_checked(row: bytes) -> None:
    assert all(issue.row == 7 for issue in check_row(row, 7))
    check_rows([row, row])


@given(ALMOST | JSON)
@settings(max_examples=1_000, deadline=None)
def test_any_json_is_checked(value: Any) -> None:
    row = json.dumps(value).encode()
    check_rows([row, row])
    check_rows([json.dumps({"messages": value}).encode()])


@given(st.integers(0, 200), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=500, deadline=None)
def test_a_row_damaged_anywhere_is_checked(at: int, put: bytes, gone: int) -> None:
    whole = chat()
    check_rows([whole[:at] + put + whole[at + gone :]])


@given(st.lists(MESSAGES, max_size=4), STYLES, st.booleans())
@settings(max_examples=1_000, deadline=None)
def test_what_the_quick_way_passes_no_rule_objects_to(
    messages: list[dict[str, Any]], style: tuple[str, str], ascii_only: bool
) -> None:
    text = json.dumps({"messages": messages}, ensure_ascii=ascii_only, separators=style)
    row = text.encode("utf-8", "surrogatepass")
    if clean_messages(row) is not None:
        assert check_slowly(row, 1)[0] == []


def test_the_quick_way_takes_ordinary_rows() -> None:
    assert all(clean_messages(row) is not None for row in numbered_chats(3))


@given(st.permutations(numbered_chats(10)), st.binary(max_size=20).filter(lambda b: b"\n" not in b))
@settings(max_examples=100, deadline=None)
def test_good_rows_stay_good_beside_bad_ones(rows: list[bytes], bad: bytes) -> None:
    report = check_rows([*rows, bad])
    assert {issue.row for issue in report.issues} == {11}


@given(st.lists(MESSAGES, min_size=1, max_size=4))
@settings(max_examples=500, deadline=None)
def test_both_ways_know_a_repeated_row(messages: list[dict[str, Any]]) -> None:
    """The same row twice, once written so that only the thorough way takes it."""
    text = json.dumps({"messages": messages})
    quick, thorough = text.encode(), text.replace('": ', '" : ').encode()
    issues = check_rows([quick, thorough]).issues
    assert "duplicate_row" in {issue.code for issue in issues if issue.row == 2}
