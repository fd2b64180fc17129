"""A list of turns, as anyone writes them, as OpenAI messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunedesk.core.formats.roles import CALL, KNOWN_ROLES, role_key, text_key
from tunedesk.core.formats.row_notes import RowNotes, as_text, without_nulls
from tunedesk.core.formats.tool_forms import calls_from

Message = dict[str, Any]

_KEPT = ("name", "refusal", "function_call", "audio")
_USED = frozenset({"weight", "train", "loss", "tool_calls", "tool_call_id", *_KEPT})


def messages_from(turns: Sequence[object], path: str, notes: RowNotes) -> list[Message]:
    """The turns as messages, in order; texts unchanged. Raises RejectedRow for what is no turn."""
    reader = _TurnReader(notes)
    for index, turn in enumerate(turns):
        reader.add(turn, f"{path}[{index}]")
    return reader.messages


class _TurnReader:
    """Keeps the calls that wait for an answer, to pair them with the tools' replies."""

    def __init__(self, notes: RowNotes) -> None:
        self.messages: list[Message] = []
        self._notes = notes
        self._waiting: list[str] = []
        self._n_calls = 0
        self._calls_are_open = False

    def add(self, turn: object, path: str) -> None:
        key = role_key(turn) if isinstance(turn, Mapping) else None
        if not isinstance(turn, Mapping) or key is None:
            raise self._notes.rejected("message_not_object", path)
        role = self._role(turn[key], path)
        said_key = text_key(turn)
        said = turn.get(said_key) if said_key else None
        if role == CALL:
            self._add_call(said if said is not None else turn.get("tool_calls"), path)
            self._note_extras(turn, {key, said_key}, path)
            return
        self._calls_are_open = False
        message: Message = {"role": role}
        if said_key is not None:
            message["content"] = self._content(said, f"{path}.{said_key}")
        self._add_rest(message, turn, path)
        self._note_extras(turn, {key, said_key}, path)
        self.messages.append(message)

    def _role(self, word: str, path: str) -> str:
        role = KNOWN_ROLES.get(word.strip().lower())
        if role is None:
            self._notes.add("unknown_role", path, role=word[:40])
            return word
        if role != word:
            self._notes.add("roles_renamed")
        return role

    def _content(self, said: object, field: str) -> object:
        if said is None or isinstance(said, str):
            return said
        if isinstance(said, list) and all(isinstance(part, dict) for part in said):
            if any(part.get("type") in ("image", "video", "audio") for part in said):
                self._notes.add("images", field)
            return without_nulls(said)
        return as_text(said, field, self._notes)

    def _add_rest(self, message: Message, turn: Mapping[str, Any], path: str) -> None:
        for key in _KEPT:
            if turn.get(key) is not None:
                message[key] = without_nulls(turn[key])
        if message["role"] == "assistant":
            self._add_weight(message, turn)
        if turn.get("tool_calls"):
            self._add_calls(message, turn["tool_calls"], f"{path}.tool_calls")
        if message["role"] == "tool":
            self._pair(message, turn.get("tool_call_id"), path)

    def _add_weight(self, message: Message, turn: Mapping[str, Any]) -> None:
        if turn.get("weight") is not None:
            message["weight"] = turn["weight"]
        elif turn.get("train", turn.get("loss")) in (False, 0):
            message["weight"] = 0

    def _add_calls(self, message: Message, value: object, field: str) -> None:
        calls = calls_from(value, self._notes, self._n_calls)
        if calls is None:
            self._notes.add("broken_tool_call", field)
            text = as_text(value, field, self._notes)
            message["content"] = f"{message.get('content') or ''}{text}"
            return
        message["tool_calls"] = calls
        self._await(calls)

    def _add_call(self, value: object, path: str) -> None:
        """A turn that is nothing but a call; calls in a row are one message's."""
        calls = calls_from(value, self._notes, self._n_calls)
        if calls is None:
            self._notes.add("broken_tool_call", path)
            text = as_text(value, path, self._notes)
            self.messages.append({"role": "assistant", "content": text})
            self._calls_are_open = False
            return
        if self._calls_are_open:
            self.messages[-1]["tool_calls"] += calls
        else:
            self.messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        self._calls_are_open = True
        self._await(calls)

    def _await(self, calls: list[Message]) -> None:
        self._n_calls += len(calls)
        self._waiting += [call["id"] for call in calls]

    def _pair(self, message: Message, call_id: object, path: str) -> None:
        if not isinstance(call_id, str):
            if not self._waiting:
                self._notes.add("unpaired_tool_reply", path)
                return
            call_id = self._waiting[0]
        if call_id in self._waiting:
            self._waiting.remove(call_id)
        message["tool_call_id"] = call_id

    def _note_extras(self, turn: Mapping[str, Any], used: set[str | None], path: str) -> None:
        for key, inside in turn.items():
            if key not in used and key not in _USED and inside is not None:
                self._notes.add("extra_field", f"{path}.{key[:60]}")
