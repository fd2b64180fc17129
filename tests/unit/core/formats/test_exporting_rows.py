"""Rows of ours as others write them, and back."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.format_corpus import imported, values
from tunedesk.core.formats.export_rows import ExportKind, export_row, kinds_for
from tunedesk.core.formats.table_layout import TableLayout
from tunedesk.core.formats.table_text import protected, write_record
from tunedesk.core.rows import Format

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4)


def chat(pairs: list[tuple[str, str]], system: str | None = None) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}] if system else []
    for asked, said in pairs:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    return {"messages": messages}


CHATS = st.builds(chat, PAIRS, st.none() | TEXTS.filter(str.strip))


def back(value: object) -> list[Any]:
    return values(imported(json.dumps(value).encode()))


@given(CHATS)
@settings(max_examples=200, deadline=None)
def test_sharegpt_and_alpaca_come_back_as_they_were(row: dict[str, Any]) -> None:
    for kind in (ExportKind.SHAREGPT, ExportKind.ALPACA):
        done = export_row(row, Format.CHAT, kind, 1)
        assert done.notes == []
        assert back(done.value) == [row]


@given(PAIRS, TEXTS, TEXTS)
@settings(max_examples=200, deadline=None)
def test_preference_pairs_come_back_from_trl(
    pairs: list[tuple[str, str]], good: str, bad: str
) -> None:
    row = {
        "input": {"messages": chat(pairs)["messages"][:-1]},
        "preferred_output": [{"role": "assistant", "content": good}],
        "non_preferred_output": [{"role": "assistant", "content": bad}],
    }
    done = export_row(row, Format.PREFERENCE, ExportKind.TRL_PREFERENCE, 1)
    assert done.notes == []
    assert back(done.value) == [row]


WEIGHTED = st.builds(
    lambda row: {"messages": [{**row["messages"][0], "name": "Ann"}, *row["messages"][1:]]}, CHATS
)


@given(st.lists(CHATS | WEIGHTED, min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_our_own_csv_gives_the_same_rows(rows: list[dict[str, Any]]) -> None:
    assert values(imported(as_csv(rows, Format.CHAT), ".csv")) == rows


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_our_own_csv_of_other_formats_gives_the_same_rows(pairs: list[tuple[str, str]]) -> None:
    completions = [{"prompt": asked, "completion": said} for asked, said in pairs]
    assert values(imported(as_csv(completions, Format.COMPLETION), ".csv")) == completions
    preferences = [
        {
            "input": {"messages": [{"role": "user", "content": asked}]},
            "preferred_output": [{"role": "assistant", "content": said}],
            "non_preferred_output": [{"role": "assistant", "content": asked}],
        }
        for asked, said in pairs
    ]
    assert values(imported(as_csv(preferences, Format.PREFERENCE), ".csv")) == preferences


def as_csv(rows: list[dict[str, Any]], kind: Format) -> bytes:
    layout = TableLayout(kind)
    for row in rows:
        layout.add(row)
    records = [layout.names()]
    records += [layout.cells(row, json.dumps(row).encode()) for row in rows]
    lines = [write_record(list(map(protected, record))) for record in records]
    return b"\xef\xbb\xbf" + "".join(lines).encode()


def codes(row: dict[str, Any], kind: ExportKind) -> set[tuple[str, str]]:
    done = export_row(row, Format.CHAT, kind, 3)
    assert all(note.row == 3 for note in done.notes)
    return {(note.code, note.field) for note in done.notes}


def test_losses_are_named_by_row_and_field() -> None:
    row = chat([("Hi", "Ho"), ("And?", "Yes")])
    row["messages"][1]["weight"] = 0
    row["messages"][2]["name"] = "Ann"
    row["tools"] = [{"type": "function", "function": {"name": "f"}}]
    assert codes(row, ExportKind.COMPLETION) == {
        ("weight_left_out", "messages[1]"),
        ("name_left_out", "messages[2]"),
        ("tools_left_out", "tools"),
        ("turns_as_text", ""),
    }
    assert codes(row, ExportKind.SHAREGPT) == {("name_left_out", "messages[2]")}


def test_one_question_and_answer_become_a_completion_without_loss() -> None:
    done = export_row(chat([("2+2=", " 4")]), Format.CHAT, ExportKind.COMPLETION, 1)
    assert done.value == {"prompt": "2+2=", "completion": " 4"}
    assert done.notes == []


def test_a_row_without_an_answer_is_named() -> None:
    row = {"messages": [{"role": "user", "content": "Who?"}]}
    done = export_row(row, Format.CHAT, ExportKind.ALPACA, 7)
    assert done.value is None
    assert [(note.code, note.row) for note in done.notes] == [("no_reply", 7)]


def test_tool_calls_go_to_sharegpt_and_back() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    row = chat([("Hi", "Ho")])
    row["messages"][1:1] = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]
    done = export_row(row, Format.CHAT, ExportKind.SHAREGPT, 1)
    (again,) = back(done.value)
    assert again["messages"][1]["tool_calls"] == [call]
    assert again["messages"][2]["tool_call_id"] == "call_1"


def test_each_format_can_be_written_as_itself() -> None:
    assert all(ExportKind.JSONL in kinds_for(kind) for kind in Format)
    assert ExportKind.TRL_PREFERENCE in kinds_for(Format.PREFERENCE)
