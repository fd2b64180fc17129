"""Our rows as others write them; what cannot go along is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from tunedesk.core.formats.flat_messages import flat_message
from tunedesk.core.formats.notes import Note
from tunedesk.core.formats.row_notes import RejectedRow, RowNotes
from tunedesk.core.formats.sharegpt_turns import sharegpt_turns
from tunedesk.core.json_text import dump
from tunedesk.core.rows import Format

Row = dict[str, Any]


class ExportKind(StrEnum):
    JSONL = "jsonl"
    JSON_ARRAY = "json_array"
    COMPLETION = "completion"
    TRL_PREFERENCE = "trl_preference"
    SHAREGPT = "sharegpt"
    ALPACA = "alpaca"
    CSV = "csv"
    PARQUET = "parquet"


KEEPS_BYTES = frozenset({ExportKind.JSONL, ExportKind.JSON_ARRAY})
SUFFIXES = {
    ExportKind.CSV: ".csv",
    ExportKind.PARQUET: ".parquet",
    ExportKind.JSON_ARRAY: ".json",
}
"""All others are JSONL."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is None if the row cannot be written so; the last note then says why."""

    value: Row | None
    notes: list[Note]


def kinds_for(kind: Format) -> tuple[ExportKind, ...]:
    """What rows of a format can be written as, the plainest first."""
    always = (ExportKind.JSONL, ExportKind.JSON_ARRAY, ExportKind.CSV, ExportKind.PARQUET)
    if kind is Format.CHAT:
        return (*always, ExportKind.SHAREGPT, ExportKind.ALPACA, ExportKind.COMPLETION)
    if kind is Format.PREFERENCE:
        return (*always, ExportKind.TRL_PREFERENCE)
    if kind is Format.COMPLETION:
        return (*always, ExportKind.SHAREGPT, ExportKind.ALPACA, ExportKind.COMPLETION)
    return always[:2]


def export_row(value: Mapping[str, Any], kind: Format, target: ExportKind, row: int) -> Exported:
    """One parsed row of format `kind` as `target`, which is one that changes keys.

    Not for JSONL and JSON_ARRAY (the bytes are written), CSV and PARQUET (see `table_layout`,
    `parquet_rows`).
    """
    notes = RowNotes(row)
    try:
        writer = _WRITERS.get((kind, target))
        if writer is None:
            raise notes.rejected("other_format", shape=kind.value)
        done = writer(value, notes)
    except RejectedRow as rejected:
        return Exported(value=None, notes=[*notes.all(), rejected.note])
    return Exported(value=done, notes=notes.all())


def messages_in(value: Mapping[str, Any], notes: RowNotes) -> list[Row]:
    """The messages of a chat row. Raises RejectedRow if there are none to read."""
    found = value.get("messages")
    if not isinstance(found, list) or not found or not all(isinstance(m, dict) for m in found):
        raise notes.rejected("no_messages", "messages")
    return found


def _sharegpt(value: Mapping[str, Any], notes: RowNotes) -> Row:
    row: Row = {"conversations": sharegpt_turns(messages_in(value, notes), notes)}
    if value.get("tools"):
        row["tools"] = dump(value["tools"], ascii_only=False)
    _note_keys(value, {"messages", "tools"}, notes)
    return row


def _completion(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """One question and answer go over as they are; anything longer as one text with marks."""
    messages = [flat_message(m, i, notes) for i, m in enumerate(messages_in(value, notes))]
    asked, answer = _last_answer(messages, notes)
    _note_tools(value, notes)
    _note_keys(value, {"messages", "tools"}, notes)
    if [role for role, _ in asked] == ["user"]:
        return {"prompt": asked[0][1], "completion": answer}
    notes.add("turns_as_text")
    marked = [f"{role.capitalize()}: {text}" for role, text in asked]
    return {"prompt": "\n\n".join([*marked, "Assistant:"]), "completion": f" {answer}"}


def _alpaca(value: Mapping[str, Any], notes: RowNotes) -> Row:
    messages = [flat_message(m, i, notes) for i, m in enumerate(messages_in(value, notes))]
    asked, answer = _last_answer(messages, notes)
    _note_tools(value, notes)
    _note_keys(value, {"messages", "tools"}, notes)
    row: Row = {}
    if asked and asked[0][0] == "system":
        row["system"] = asked.pop(0)[1]
    row |= {"instruction": "", "input": "", "output": answer}
    if asked and asked[-1][0] == "user":
        row["instruction"] = asked.pop()[1]
    pairs = list(zip(asked[0::2], asked[1::2], strict=False))
    if len(asked) % 2 == 0 and all(
        (first[0], second[0]) == ("user", "assistant") for first, second in pairs
    ):
        if pairs:
            row["history"] = [[first[1], second[1]] for first, second in pairs]
    else:
        notes.add("turns_left_out", n=len(asked))
    return row


def _last_answer(
    messages: list[tuple[str, str]], notes: RowNotes
) -> tuple[list[tuple[str, str]], str]:
    if not messages or messages[-1][0] != "assistant":
        raise notes.rejected("no_reply")
    return messages[:-1], messages[-1][1]


def _as_chat(value: Mapping[str, Any], notes: RowNotes) -> Row:
    texts = [value.get("prompt"), value.get("completion")]
    if not all(isinstance(text, str) for text in texts):
        raise notes.rejected("no_reply")
    _note_keys(value, {"prompt", "completion"}, notes)
    turns = zip(("user", "assistant"), texts, strict=True)
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def _trl_preference(value: Mapping[str, Any], notes: RowNotes) -> Row:
    asked = value.get("input")
    if not isinstance(asked, dict):
        raise notes.rejected("no_messages", "input")
    row: Row = {"prompt": messages_in(asked, notes)}
    for key, ours in (("chosen", "preferred_output"), ("rejected", "non_preferred_output")):
        row[key] = messages_in({"messages": value.get(ours)}, notes)
    if asked.get("tools"):
        row["tools"] = asked["tools"]
    _note_keys(asked, {"messages", "tools"}, notes)
    _note_keys(value, {"input", "preferred_output", "non_preferred_output"}, notes)
    return row


def _same_completion(value: Mapping[str, Any], notes: RowNotes) -> Row:
    return dict(value)


def _note_tools(value: Mapping[str, Any], notes: RowNotes) -> None:
    if value.get("tools"):
        notes.add("tools_left_out", "tools")


def _note_keys(value: Mapping[str, Any], used: set[str], notes: RowNotes) -> None:
    for key, inside in value.items():
        if key not in used and inside is not None:
            notes.add("key_left_out", key[:60])


_Writer = Callable[[Mapping[str, Any], RowNotes], Row]
_WRITERS: dict[tuple[Format, ExportKind], _Writer] = {
    (Format.CHAT, ExportKind.SHAREGPT): _sharegpt,
    (Format.CHAT, ExportKind.ALPACA): _alpaca,
    (Format.CHAT, ExportKind.COMPLETION): _completion,
    (Format.COMPLETION, ExportKind.COMPLETION): _same_completion,
    (Format.COMPLETION, ExportKind.SHAREGPT): lambda v, n: _sharegpt(_as_chat(v, n), n),
    (Format.COMPLETION, ExportKind.ALPACA): lambda v, n: _alpaca(_as_chat(v, n), n),
    (Format.PREFERENCE, ExportKind.TRL_PREFERENCE): _trl_preference,
}
