"""Preference pairs of others, as OpenAI preference rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunedesk.core.formats.chat_shapes import INPUT_KEYS, SYSTEM_KEYS, Row, asked, side, system_of
from tunedesk.core.formats.row_notes import RowNotes, from_json_text, note_extras
from tunedesk.core.formats.shapes import OLD_NAMES, QUESTION_KEYS, key_of
from tunedesk.core.formats.tool_forms import tools_from
from tunedesk.core.formats.turns import Message, messages_from

_TURNS = ("conversations", "conversation")
_USED = frozenset({"chosen", "rejected", "tools", *_TURNS, *SYSTEM_KEYS, *INPUT_KEYS})
_SPEAKER = re.compile(r"\n\n(Human|Assistant):[ \t]?")
_SPEAKERS = {"Human": "user", "Assistant": "assistant"}


def preference(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """An OpenAI pair out of a table: JSON texts read, null columns left out."""
    found = {key: from_json_text(inside) for key, inside in value.items()}
    asked_for = found.get("input")
    holder = asked_for if isinstance(asked_for, dict) else {"messages": asked_for}
    row: Row = {"input": {"messages": side(holder.get("messages"), "input", "user", notes)}}
    _add_tools(row["input"], holder, notes)
    for key in ("preferred_output", "non_preferred_output"):
        row[key] = side(found.get(key), key, "assistant", notes)
    note_extras(found, set(row), notes)
    note_extras(holder, {"messages", "tools"}, notes)
    return row


def old_preference(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """The names of an old description become those that services take; the rest stays."""
    notes.add("old_names")
    return {OLD_NAMES.get(key, key): inside for key, inside in value.items()}


def trl_preference(value: Mapping[str, Any], notes: RowNotes) -> Row:
    """{"prompt"?, "chosen", "rejected"}: texts or messages; without a prompt, the shared start.

    Source: the dataset formats in TRL's documentation, "explicit" and "implicit" prompt.
    """
    prompt_key, prompt = _prompt(value, notes)
    chosen, rejected = (from_json_text_list(value[key]) for key in ("chosen", "rejected"))
    if isinstance(chosen, str) and isinstance(rejected, str):
        prompt, answers = _of_texts(prompt, chosen, rejected, notes)
    else:
        prompt, answers = _of_messages(prompt, chosen, rejected, notes)
    if not prompt:
        raise notes.rejected("no_shared_start", "chosen")
    asked_for: Row = {"messages": [*_system_first(value, prompt, notes), *prompt]}
    _add_tools(asked_for, value, notes)
    note_extras(value, _USED | {prompt_key}, notes)
    return {"input": asked_for, "preferred_output": answers[0], "non_preferred_output": answers[1]}


def from_json_text_list(value: object) -> object:
    """A list of messages also where it was written as JSON text; any other text stays a text."""
    found = from_json_text(value)
    return found if isinstance(found, list | dict) else value


def _prompt(value: Mapping[str, Any], notes: RowNotes) -> tuple[str, list[Message]]:
    turns = key_of(value, _TURNS)
    if turns is not None and isinstance(value[turns], list):
        return turns, messages_from(value[turns], turns, notes)
    key = key_of(value, QUESTION_KEYS)
    if key is None:
        return "", []
    held = from_json_text_list(value[key])
    if isinstance(held, list | dict):
        return key, side(held, key, "user", notes)
    text = asked(value, key, notes)
    if text.startswith("\n\nHuman:"):
        return key, _from_marks(text, notes)
    return key, [{"role": "user", "content": text}] if text else []


def _system_first(
    value: Mapping[str, Any], prompt: list[Message], notes: RowNotes
) -> list[Message]:
    return [] if prompt[0]["role"] == "system" else system_of(value, notes)


def _of_texts(
    prompt: list[Message], chosen: str, rejected: str, notes: RowNotes
) -> tuple[list[Message], list[list[Message]]]:
    if prompt:
        return prompt, [_answer(chosen), _answer(rejected)]
    if chosen.startswith("\n\nHuman:") and rejected.startswith("\n\nHuman:"):
        turns = [_from_marks(text, notes) for text in (chosen, rejected)]
        return _of_messages([], turns[0], turns[1], notes)
    start = _shared_words(chosen, rejected)
    if not start.strip():
        return [], []
    notes.add("shared_start")
    answers = [_answer(text[len(start) :]) for text in (chosen, rejected)]
    return [{"role": "user", "content": start.rstrip(" ")}], answers


def _shared_words(first: str, second: str) -> str:
    """What both begin with, up to a space: words are not cut."""
    pairs = enumerate(zip(first, second, strict=False))
    end = next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))
    return first[: first.rfind(" ", 0, end) + 1]


def _of_messages(
    prompt: list[Message], chosen: object, rejected: object, notes: RowNotes
) -> tuple[list[Message], list[list[Message]]]:
    answers = [
        side(chosen, "chosen", "assistant", notes),
        side(rejected, "rejected", "assistant", notes),
    ]
    for answer, field in zip(answers, ("chosen", "rejected"), strict=True):
        if not answer:
            raise notes.rejected("empty_answer", field)
    if prompt and all(answer[0]["role"] in ("assistant", "tool") for answer in answers):
        return prompt, answers
    n_shared = _n_shared(*answers)
    shared = answers[0][:n_shared]
    if prompt and shared and not _is_part(prompt, shared):
        notes.add("other_prompt", "prompt")
    if not shared:
        return prompt, answers
    notes.add("shared_start")
    return shared, [answer[n_shared:] for answer in answers]


def _n_shared(first: list[Message], second: list[Message]) -> int:
    """How many messages both begin with; each keeps at least one of its own."""
    most = min(len(first), len(second)) - 1
    return next((i for i in range(most) if first[i] != second[i]), most)


def _is_part(prompt: list[Message], shared: list[Message]) -> bool:
    texts = [message.get("content") for message in shared]
    return all(message.get("content") in texts for message in prompt)


def _from_marks(text: str, notes: RowNotes) -> list[Message]:
    """Turns of a text with "\\n\\nHuman:" and "\\n\\nAssistant:" before each."""
    notes.add("turns_from_text")
    pieces = _SPEAKER.split(text)
    turns = zip(pieces[1::2], pieces[2::2], strict=True)
    return [{"role": _SPEAKERS[who], "content": said} for who, said in turns]


def _answer(text: str) -> list[Message]:
    return [{"role": "assistant", "content": text}]


def _add_tools(holder: Row, value: Mapping[str, Any], notes: RowNotes) -> None:
    tools = tools_from(value.get("tools"), "tools", notes)
    if tools:
        holder["tools"] = tools
    if value.get("parallel_tool_calls") is not None:
        holder["parallel_tool_calls"] = value["parallel_tool_calls"]
