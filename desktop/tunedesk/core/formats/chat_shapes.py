"""Conversations and instructions of others, as chat rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.formats.row_notes import RowNotes, as_text, from_json_text, note_extras
from tunedesk.core.formats.shapes import ANSWER_KEYS, QUESTION_KEYS, TURN_KEYS, is_messages, key_of
from tunedesk.core.formats.tool_forms import tools_from
from tunedesk.core.formats.turns import Message, messages_from

Row = dict[str, Any]

SYSTEM_KEYS = ("system", "system_prompt")
INPUT_KEYS = ("input", "context")
_CHAT_KEYS = ("tools", "parallel_tool_calls", "functions")


def chat(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """A chat row of a table or a list, with its keys in order and null columns left out."""
    return _conversation(value, "messages", notes)


def sharegpt(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"conversations": [{"from", "value"}], "system"?, "tools"?} and its relatives."""
    key = key_of(value, TURN_KEYS)
    if key is None:
        raise notes.rejected("no_messages", "conversations")
    return _conversation(value, key, notes)


def message_list(value: list[Any], notes: RowNotes) -> Row:
    """A bare list of messages is the conversation."""
    return {"messages": messages_from(value, "", notes)}


def alpaca(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"instruction", "input"?, "output", "system"?, "history"?}, also as question and answer."""
    question, answer = key_of(value, QUESTION_KEYS), key_of(value, ANSWER_KEYS)
    assert question is not None and answer is not None, "the shape says so"
    messages = [*system_of(value, notes), *_history(value.get("history"), notes)]
    messages.append({"role": "user", "content": asked(value, question, notes)})
    messages.append({"role": "assistant", "content": as_text(value[answer], answer, notes)})
    note_extras(value, {question, answer, "history", *SYSTEM_KEYS, *INPUT_KEYS}, notes)
    return {"messages": messages}


def trl_completion(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"prompt", "completion"}, of which at least one is a list of messages."""
    messages = [*system_of(value, notes)]
    messages += side(value.get("prompt"), "prompt", "user", notes)
    messages += side(value.get("completion"), "completion", "assistant", notes)
    row: Row = {"messages": messages}
    _add_tools(row, value, notes)
    note_extras(value, {"prompt", "completion", "tools", *SYSTEM_KEYS}, notes)
    return row


def rated(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"prompt", "completion", "label"}: only a good answer is an example to follow."""
    if not value["label"]:
        raise notes.rejected("unwanted_answer", "label")
    rest = {key: inside for key, inside in value.items() if key != "label"}
    if is_messages(value["prompt"]) or is_messages(value["completion"]):
        return trl_completion(rest, notes)
    return completion(rest, notes)


def completion(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"prompt", "completion"}, both text."""
    note_extras(value, ("prompt", "completion"), notes)
    keys = [key for key in ("prompt", "completion") if key in value]
    return {key: as_text(value[key], key, notes) for key in keys}


def system_of(value: Mapping[str, Any], notes: RowNotes) -> list[Message]:
    """The system message that stands beside the turns; [] if there is none."""
    key = key_of(value, SYSTEM_KEYS)
    if key is None:
        return []
    text = as_text(value[key], key, notes)
    return [{"role": "system", "content": text}] if text.strip() else []


def asked(value: Mapping[str, Any], question: str, notes: RowNotes) -> str:
    """The question, and after a blank line the input that goes with it."""
    text = as_text(value[question], question, notes)
    for key in INPUT_KEYS:
        if key != question and as_text(value.get(key), key, notes).strip():
            notes.add("input_joined")
            text = f"{text}\n\n{as_text(value[key], key, notes)}"
    return text


def side(value: object, field: str, role: str, notes: RowNotes) -> list[Message]:
    """Prompt or answer as messages: a list of them, one of them, or a text of `role`."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return messages_from([value], field, notes)
    if isinstance(value, list):
        return messages_from(value, field, notes)
    return [{"role": role, "content": as_text(value, field, notes)}]


def _conversation(value: Mapping[str, Any], key: str, notes: RowNotes) -> Row:
    turns = from_json_text(value[key])
    if not isinstance(turns, list) or not turns:
        raise notes.rejected("no_messages", key)
    row: Row = {"messages": [*system_of(value, notes), *messages_from(turns, key, notes)]}
    _add_tools(row, value, notes)
    note_extras(value, {key, *SYSTEM_KEYS, *_CHAT_KEYS}, notes)
    return row


def _add_tools(row: Row, value: Mapping[str, Any], notes: RowNotes) -> None:
    tools = tools_from(value.get("tools"), "tools", notes)
    if tools:
        row["tools"] = tools
    for key in _CHAT_KEYS[1:]:
        if value.get(key) is not None:
            row[key] = value[key]


def _history(value: object, notes: RowNotes) -> list[Message]:
    """Earlier rounds: a list of [question, answer]."""
    found = from_json_text(value)
    if found is None or found == "":
        return []
    if not isinstance(found, list):
        raise notes.rejected("no_messages", "history")
    messages: list[Message] = []
    for index, pair in enumerate(found):
        if not isinstance(pair, list) or len(pair) != 2:
            raise notes.rejected("message_not_object", f"history[{index}]")
        for role, text in zip(("user", "assistant"), pair, strict=True):
            messages.append({"role": role, "content": as_text(text, f"history[{index}]", notes)})
    return messages
