"""What a row is, asks and answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.dataset_rows import assistant, call, chat, preference, raw, user
from tunedesk.core.rows import (
    Format,
    RowError,
    detect_format,
    messages_of,
    new_chat_row,
    prompt_digest,
    prompt_messages,
    reference_reply,
    summarise,
)

COMPLETION = raw({"prompt": "2 + 2 =", "completion": " 4"})
HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf",
    b"[" * 200_000,
    b'{"messages":' * 200_000,
    b'{"messages": [' + b"[" * 900 + b"]" * 900 + b"]}",
    b'{"messages": NaN}',
    b'{"messages": [{"role": "assistant", "content": "\\ud800"}]}',
    b'{"messages": ' + b"9" * 5000 + b"}",
    b'{"messages": [18446744073709551616]}',
    b'{"prompt": 1e999, "completion": [[]]}',
    b'{"input": {"messages": {}}, "preferred_output": 3}',
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (chat(), Format.CHAT),
        (b"\xef\xbb\xbf" + chat(), Format.CHAT),
        (raw({"messages": 3}), Format.CHAT),
        (COMPLETION, Format.COMPLETION),
        (raw({"prompt": "x"}), Format.COMPLETION),
        (preference(), Format.PREFERENCE),
        (preference(input=None), Format.PREFERENCE),
        (preference(preferred_output=None, non_preferred_output=None), Format.PREFERENCE),
        (raw({"input": "x", "output": "y"}), Format.UNKNOWN),
        (raw({"prompt": "x", "chosen": "y", "rejected": "z"}), Format.UNKNOWN),
        (raw([]), Format.UNKNOWN),
        (chat()[:-1], Format.UNKNOWN),
    ],
)
def test_format_is_told_by_the_keys(row: bytes, expected: Format) -> None:
    assert detect_format(row) is expected


def test_summary_shows_the_last_question_and_its_answer() -> None:
    row = chat(user("First?"), assistant("One."), user("Second\n\t one?"), assistant(" Two.\r\n"))
    shown = summarise(row)
    assert (shown.prompt, shown.reply, shown.n_messages) == ("Second one?", "Two.", 4)


def test_summary_of_the_other_formats() -> None:
    shown = summarise(COMPLETION)
    assert (shown.format, shown.prompt, shown.reply) == (Format.COMPLETION, "2 + 2 =", "4")
    shown = summarise(preference())
    assert (shown.prompt, shown.reply) == ("How far is the Moon?", "384,400 km.")
    assert shown.n_messages == 2


def test_summary_shows_parts_and_calls() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:x"}}
    asked = user([{"type": "text", "text": "What is "}, picture, {"type": "text", "text": "?"}])
    shown = summarise(chat(asked, {"role": "assistant", "content": None, "tool_calls": [call()]}))
    assert (shown.prompt, shown.reply) == ("What is [image]?", "measure({})")


def test_summary_without_question_or_answer() -> None:
    shown = summarise(chat({"role": "system", "content": "x"}))
    assert (shown.prompt, shown.reply, shown.n_messages) == ("", "", 1)


def test_summary_is_at_most_200_characters() -> None:
    shown = summarise(chat(user("ก" * 200), assistant("ข " * 1_000)))
    assert shown.prompt == "ก" * 200
    assert len(shown.reply) == 200 and shown.reply.endswith("…")


def test_summary_of_a_broken_row_shows_its_text() -> None:
    shown = summarise(b'{"messages": [{"role": "user", "content": "caf\xe9"')
    assert shown.format is Format.UNKNOWN
    assert shown.prompt.startswith('{"messages": [{"role"') and shown.reply == ""


@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
@settings(max_examples=500, deadline=None)
def test_looking_at_any_bytes_never_fails(row: bytes) -> None:
    _look(row)


@pytest.mark.parametrize("row", HOSTILE, ids=range(len(HOSTILE)))
def test_looking_at_hostile_rows_never_fails(row: bytes) -> None:
    _look(row)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
MESSAGE = st.fixed_dictionaries({"role": ANY | st.just("assistant"), "content": ANY})


@given(st.lists(ANY | MESSAGE, max_size=4) | ANY, ANY)
@settings(max_examples=500, deadline=None)
def test_looking_at_any_json_never_fails(messages: Any, other: Any) -> None:
    _look(raw({"messages": messages, "tools": other}))
    _look(raw({"prompt": messages, "completion": other}))
    _look(raw({"input": {"messages": messages}, "preferred_output": other}))


def _look(row: bytes) -> None:
    shown = summarise(row)
    assert shown.format is detect_format(row)
    for text in (shown.prompt, shown.reply):
        text.encode("utf-8")  # Qt could not show half a character
        assert len(text) <= 200 and text == " ".join(text.split())
    assert len(prompt_digest(row)) == 64


def test_messages_of_a_chat_row() -> None:
    assert messages_of(chat(user("a"), assistant("b"))) == [user("a"), assistant("b")]


@pytest.mark.parametrize("row", [COMPLETION, b"[]", raw({"messages": [1]}), raw({"messages": {}})])
def test_a_row_without_messages_is_refused(row: bytes) -> None:
    with pytest.raises(RowError, match="no list of messages"):
        messages_of(row)


def test_broken_json_is_refused_with_its_place() -> None:
    with pytest.raises(RowError, match=r"line 1, column 14\)\.$") as caught:
        messages_of(b'{"messages": ')
    assert (caught.value.line, caught.value.column) == (1, 14)


def test_new_row_reads_back_and_escapes_nothing() -> None:
    messages = [user("ไกลแค่ไหน?"), assistant("Far.")]
    row = new_chat_row(messages)
    assert messages_of(row) == messages
    assert "ไกลแค่ไหน?".encode() in row and b"\n" not in row


def test_new_row_is_utf8_even_with_half_a_character() -> None:
    row = new_chat_row([user("\ud83d")])
    assert row.decode("utf-8").count("\\ud83d") == 1
    assert messages_of(row) == [user("\ud83d")]


def test_prompt_is_everything_before_the_last_answer() -> None:
    row = chat(user("a"), assistant("b"), user("c"), assistant("d"))
    assert prompt_messages(row) == [user("a"), assistant("b"), user("c")]
    assert reference_reply(row) == "d"


def test_prompt_without_an_answer_is_the_whole_row() -> None:
    assert prompt_messages(chat(user("a"))) == [user("a")]
    assert reference_reply(chat(user("a"))) == ""


def test_prompt_of_the_other_formats() -> None:
    assert prompt_messages(COMPLETION) == [{"role": "user", "content": "2 + 2 ="}]
    assert reference_reply(COMPLETION) == " 4"
    assert prompt_messages(preference()) == [user()]
    assert reference_reply(preference()) == "384,400 km."


def test_prompt_of_an_unknown_row_is_refused() -> None:
    for ask in (prompt_messages, reference_reply):
        with pytest.raises(RowError, match="neither chat"):
            ask(b"{}")


def test_digest_sees_the_prompt_and_nothing_else() -> None:
    same = {
        prompt_digest(row)
        for row in (
            chat(user("ก?"), assistant("x")),
            chat(user("ก?"), assistant("y", weight=1), tools=[]),
            chat(user("ก?", name=None), assistant("x")),
            chat(user([{"type": "text", "text": "ก?"}]), assistant("x")),
            chat({"content": "ก?", "role": "user"}, assistant("x")),
            json.dumps({"messages": [user("ก?"), assistant("x")]}, indent=1).encode(),
            b"\xef\xbb\xbf" + chat(user("ก?"), assistant("x")),
            raw({"prompt": "ก?", "completion": "x"}),
            preference(input={"messages": [user("ก?")]}),
        )
    }
    assert len(same) == 1


def test_digest_of_other_prompts_differs() -> None:
    rows = [
        chat(user("a")),
        chat(user("a ")),
        chat(user("a", name="b")),
        chat({"role": "system", "content": "a"}),
        chat(user("a"), user("a")),
        chat(user([{"type": "text", "text": "a", "x": 1}])),
        chat(user("\ud800")),
        b"{",
        b"[",
        b"{}",
    ]
    assert len({prompt_digest(row) for row in rows}) == len(rows)
