"""Editing messages changes the bytes of what was edited and of nothing else."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.dataset_rows import assistant, chat, user
from tunedesk.core.rows import RowError, messages_of, with_messages

ODD = (
    b'\xef\xbb\xbf { "id" : 1.50, "messages" :[ {"content":"caf\\u00E9 \\/ x", "role":"user"} ,'
    b'{"role" : "assistant","content":"\xe0\xb8\x81", "weight":1 } ] ,"note":"\xc3\xa9\\u00e9" } \r'
)


def test_nothing_changed_keeps_every_byte() -> None:
    assert with_messages(ODD, messages_of(ODD)) == ODD


def test_one_changed_text_changes_its_bytes_only() -> None:
    messages = messages_of(ODD)
    messages[1]["content"] = "ข"
    assert with_messages(ODD, messages) == ODD.replace(b'"\xe0\xb8\x81"', '"ข"'.encode())


def test_a_key_more_keeps_the_others_as_they_were() -> None:
    messages = messages_of(ODD)
    messages[0]["name"] = "Ada"
    new = b'"role":"user", "name" : "Ada"}'
    assert with_messages(ODD, messages) == ODD.replace(b'"role":"user"}', new)


def test_a_key_less() -> None:
    messages = messages_of(ODD)
    del messages[1]["weight"]
    assert with_messages(ODD, messages) == ODD.replace(b', "weight":1 }', b" }")


def test_a_message_more_is_written_like_the_others() -> None:
    row = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}'
    messages = [*messages_of(row), user("c")]
    assert with_messages(row, messages) == row[:-2] + b',{"role":"user","content":"c"}]}'


def test_a_message_less_and_a_message_moved() -> None:
    row = b'{"messages": [{"role": "user", "content": "\\u0061"}, {"role": "tool"}, {"x": 1}]}'
    first, second, third = messages_of(row)
    moved = with_messages(row, [third, first])
    assert moved == b'{"messages": [{"x": 1}, {"role": "user", "content": "\\u0061"}]}'
    assert with_messages(row, [second]) == b'{"messages": [{"role": "tool"}]}'


def test_all_messages_gone_and_back() -> None:
    row = chat(tools=[])
    empty = with_messages(row, [])
    assert empty == b'{"messages": [], "tools": []}'
    assert with_messages(empty, messages_of(row)) == row


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (b'{"messages": [{"content": "\\u0e01"}]}', b'"\\u0e02"'),
        (b'{"messages": [{"content": "\\u001f \\u003c"}]}', '"ข"'.encode()),
        ('{"messages": [{"content": "ก"}]}'.encode(), '"ข"'.encode()),
        (b'{"messages": [{"content": "a"}]}', '"ข"'.encode()),
    ],
)
def test_text_is_escaped_as_the_row_escapes(row: bytes, expected: bytes) -> None:
    assert expected in with_messages(row, [{"content": "ข"}])


def test_half_a_character_stays_escaped() -> None:
    row = chat(user("ก"))
    assert b'"\\ud83d"' in with_messages(row, [user("\ud83d")])


def test_true_and_one_are_not_the_same() -> None:
    row = chat(assistant(weight=1))
    assert with_messages(row, [assistant(weight=True)]) == row.replace(b": 1}", b": true}")


def test_order_of_keys_can_be_edited() -> None:
    row = b'{"messages":[{"role":"user","content":"a"}]}'
    changed = with_messages(row, [{"content": "a", "role": "user"}])
    assert changed == b'{"messages":[{"content":"a","role":"user"}]}'


def test_of_two_lists_of_messages_the_one_that_counts_is_edited() -> None:
    row = b'{"messages":[{"role":"a"}],"messages":[{"role":"b"}]}'
    assert with_messages(row, [{"role": "c"}]) == row.replace(b'"b"', b'"c"')


def test_a_message_with_a_key_twice_is_written_anew() -> None:
    row = b'{"messages":[{"role":"a","role":"b"}]}'
    assert with_messages(row, [{"role": "b"}]) == row
    assert with_messages(row, [{"role": "c"}]) == b'{"messages":[{"role":"c"}]}'


@pytest.mark.parametrize("row", [b"{", b"{}", b'{"messages": "x"}', b"[" * 100_000])
def test_a_row_without_messages_is_refused(row: bytes) -> None:
    with pytest.raises(RowError):
        with_messages(row, [user()])


def test_depth_that_cannot_be_edited_is_refused_not_crashed() -> None:
    row = b'{"messages": [{"content": ' + b"[" * 980 + b"]" * 980 + b"}]}"
    try:
        edited = with_messages(row, [user("a")])
    except RowError:
        return
    assert messages_of(edited) == [user("a")]


SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
MESSAGES = st.lists(
    st.dictionaries(st.sampled_from(["role", "content", "name", 'a"\\']), VALUES), max_size=4
)
STYLES = st.tuples(st.sampled_from([", ", ",", " , "]), st.sampled_from([": ", ":", " : "]))


@given(MESSAGES, VALUES, STYLES, st.booleans())
@settings(max_examples=500, deadline=None)
def test_unchanged_messages_keep_every_byte(
    messages: list[dict[str, Any]], other: Any, style: tuple[str, str], ascii_only: bool
) -> None:
    row = _row(messages, other, style, ascii_only)
    assert with_messages(row, messages_of(row)) == row


@given(MESSAGES, MESSAGES, VALUES, STYLES, st.booleans())
@settings(max_examples=500, deadline=None)
def test_changed_messages_read_back_and_the_rest_keeps_its_bytes(
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    other: Any,
    style: tuple[str, str],
    ascii_only: bool,
) -> None:
    row = _row(old, other, style, ascii_only)
    edited = with_messages(row, new)
    assert json.dumps(messages_of(edited)) == json.dumps(new)
    assert b"\n" not in edited
    before, after = row.split(b'"messages"')[0], json.dumps({"z": other})[1:-1]
    assert edited.startswith(before)
    assert json.dumps({"z": json.loads(edited)["z"]})[1:-1] == after


WORDS = st.text('abcกข "\\', min_size=3, max_size=20)


@given(st.lists(WORDS, min_size=2, max_size=5), STYLES, st.data())
@settings(max_examples=200, deadline=None)
def test_one_changed_message_is_a_diff_of_that_message(
    texts: list[str], style: tuple[str, str], data: st.DataObject
) -> None:
    messages = [user(text) for text in texts]
    row = _row(messages, 1, style, ascii_only=True).decode()
    index = data.draw(st.integers(0, len(texts) - 1))
    messages[index]["content"] = "changed here"
    edited = with_messages(row.encode(), messages).decode()
    pieces = [piece for piece in difflib.ndiff(_pieces(row), _pieces(edited)) if piece[0] in "+-"]
    assert len(pieces) <= 2


def _pieces(row: str) -> list[str]:
    return row.replace("{", "\n{").split("\n")


def _row(messages: object, other: object, style: tuple[str, str], ascii_only: bool) -> bytes:
    value = {"a": 1, "messages": messages, "z": other}
    text = json.dumps(value, ensure_ascii=ascii_only, separators=style)
    return text.encode("utf-8")
