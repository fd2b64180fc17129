"""Each format of others as rows of ours, and a note for all that could not be kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.format_corpus import CORPUS, chat_value, imported, one, values
from tunedesk.core.formats.notes import sentence
from tunedesk.core.formats.sorting import SortedRow
from tunedesk.core.rows import Format
from tunedesk.core.validation.rows import check_row

ASKED = {"role": "user", "content": "Is tea warm?"}
YES = {"role": "assistant", "content": "Usually."}
NO = {"role": "assistant", "content": "No."}


def of_corpus(name: str) -> list[SortedRow]:
    path = CORPUS / name
    return imported(path.read_bytes(), path.suffix)


def codes(row: SortedRow) -> list[tuple[str, str]]:
    return [(note.code, note.field) for note in row.notes]


def value(row: SortedRow) -> Any:
    return json.loads(row.raw)


@pytest.mark.parametrize("name", ["chat.jsonl", "completion.jsonl", "preference.jsonl"])
def test_our_own_rows_keep_their_bytes(name: str) -> None:
    rows = of_corpus(name)
    assert b"".join(row.raw + b"\n" for row in rows) == (CORPUS / name).read_bytes()


def test_rows_of_a_list_are_put_on_one_line_and_otherwise_kept() -> None:
    first, second = of_corpus("chat_array.json")
    assert first.raw == b'{"messages": [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1 [one]"}]}'  # fmt: skip  # noqa: E501
    assert b"\n" not in second.raw
    assert value(second)["messages"][0]["content"] == 'Two "{?'


def test_sharegpt_with_tools() -> None:
    row = of_corpus("sharegpt.json")[0]
    roles = [message["role"] for message in value(row)["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant"]
    (call,) = value(row)["messages"][2]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Chiang Mai"}'}
    assert value(row)["messages"][3]["tool_call_id"] == call["id"]
    assert value(row)["tools"][0]["function"]["name"] == "weather"
    assert ("extra_field", "id") in codes(row)
    assert check_row(row.raw, 1) == []


def test_sharegpt_with_messages_and_other_role_names() -> None:
    row = of_corpus("sharegpt.json")[1]
    assert [m["role"] for m in value(row)["messages"]] == ["user", "assistant"]


def test_an_unknown_role_is_kept_and_named() -> None:
    row = of_corpus("sharegpt.json")[2]
    assert value(row)["messages"][0] == {"role": "narrator", "content": "It is night."}
    assert ("unknown_role", "conversation[0]") in codes(row)


def test_alpaca() -> None:
    plain, rich = of_corpus("alpaca.json")
    assert value(plain)["messages"] == [
        {"role": "user", "content": "Add the numbers.\n\n2 and 3"},
        {"role": "assistant", "content": "5"},
    ]
    assert codes(plain) == [("input_joined", ""), ("extra_field", "text")]
    texts = [message["content"] for message in value(rich)["messages"]]
    assert texts == ["You count.", "Add the numbers.", "5", "Say it again.", "5"]


def test_every_way_of_a_preference_pair_gives_the_same_row() -> None:
    wanted = {
        "input": {"messages": [ASKED]},
        "preferred_output": [YES],
        "non_preferred_output": [NO],
    }
    rows = of_corpus("trl_preference.jsonl")
    assert [value(row) for row in rows] == [wanted] * 4
    assert ("extra_field", "score") in codes(rows[1])
    assert ("shared_start", "") in codes(rows[2])
    assert all(check_row(row.raw, 1) == [] for row in rows)


def test_the_old_names_of_a_pair_are_renamed() -> None:
    (row,) = of_corpus("old_preference.jsonl")
    assert list(value(row)) == ["input", "preferred_output", "non_preferred_output"]
    assert row.notes[0].code == "old_names"
    assert check_row(row.raw, 1) == []


def test_a_prompt_and_completion_of_messages_is_a_chat() -> None:
    (row,) = of_corpus("trl_completion.jsonl")
    assert value(row) == {"messages": [ASKED, YES]}


def test_an_answer_marked_as_bad_is_never_an_example() -> None:
    rated = {"prompt": "Is tea warm?", "completion": "No."}
    assert one({**rated, "label": False}).notes[-1].code == "unwanted_answer"
    assert value(one({**rated, "label": True})) == rated


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": "a text"}, "only_text"),
        ({"chosen": "a", "prompt": "b"}, "half_pair"),
        ({"chosen": "a", "rejected": "b"}, "no_shared_start"),
        ({"x": 1}, "unknown_shape"),
        ("a text", "not_object"),
        ({"conversations": [{"from": "human", "value": "a"}, 3]}, "message_not_object"),
    ],
)
def test_what_is_none_of_these_says_why_and_keeps_its_text(given: object, code: str) -> None:
    row = one(given)
    assert row.format is Format.UNKNOWN
    assert value(row)["code"] == code
    assert value(row)["line"] == 1
    assert json.loads(value(row)["text"]) == given


def test_a_mixed_file_loses_nothing() -> None:
    rows = of_corpus("mixed.jsonl")
    assert [(row.line, row.format.value) for row in rows] == [
        (1, "chat"),
        (2, "preference"),
        (3, "chat"),
        (5, "unknown"),
        (6, "unknown"),
        (7, "completion"),
    ]
    assert "Line 6, column 15" in value(rows[4])["reason"]


def test_a_list_of_examples_inside_an_object_is_rows() -> None:
    rows = imported(json.dumps({"data": [chat_value(1), chat_value(2)]}, indent=2).encode())
    assert values(rows) == [chat_value(1), chat_value(2)]
    assert rows[0].notes[0].code == "nested_rows"


def test_plain_lists_of_messages_are_conversations() -> None:
    assert value(one([ASKED, YES])) == {"messages": [ASKED, YES]}


def test_pictures_are_named_as_lost() -> None:
    turns = [{"from": "human", "value": "<image> what?"}, {"from": "gpt", "value": "A cat."}]
    row = one({"conversations": turns, "images": ["cat.png"]})
    assert ("images", "images") in codes(row)


def test_arguments_that_are_no_text_become_json_text() -> None:
    call = {"function": {"name": "add", "arguments": {"a": 1}}}
    turns = [{"role": "human", "content": "1?"}, {"role": "assistant", "tool_calls": [call]}]
    row = one({"messages": [*turns, {"role": "tool", "content": "2"}]})
    message = value(row)["messages"][1]
    assert message["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    assert {"arguments_as_text", "call_ids_made"} <= {code for code, _ in codes(row)}


def test_every_note_of_the_corpus_is_a_sentence() -> None:
    for path in CORPUS.rglob("*.json*"):
        for row in imported(path.read_bytes(), path.suffix):
            assert all(sentence(note).endswith(".") for note in row.notes), path
