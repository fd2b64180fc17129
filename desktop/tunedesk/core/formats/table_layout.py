"""Rows of ours as cells of a table that reads back to the same rows.

Plain conversations have a column for each turn, so that a person can work on them in a
spreadsheet; a row with more to it (tools, weights, parts, long or odd orders of turns) stands as
JSON in a column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunedesk.core.json_text import BOM
from tunedesk.core.rows import Format

MAX_TURN_PAIRS = 20
_PAIR = ("user", "assistant")
_ANSWERS = ("preferred_output", "non_preferred_output")


class TableLayout:
    """Look at every row with `add`, then ask for `names` and the `cells` of each."""

    def __init__(self, kind: Format) -> None:
        self._kind = kind
        self._has_system = False
        self._has_json = False
        self._n_turns = 0

    def add(self, value: object) -> None:
        """Make room for a row."""
        plain = self._plain(value)
        if plain is None:
            self._has_json = True
            return
        system, turns, _ = plain
        self._has_system |= system is not None
        self._n_turns = max(self._n_turns, len(turns))

    def names(self) -> list[str]:
        """The header; reading guesses the same columns from it."""
        names = ["system"] if self._has_system else []
        if self._kind is Format.COMPLETION:
            names += ["prompt", "completion"]
        else:
            names += [_turn_name(i) for i in range(self._turn_columns())]
        if self._kind is Format.PREFERENCE:
            names += ["preferred", "non_preferred"]
        return [*names, "json"] if self._has_json else names

    def cells(self, value: object, raw: bytes) -> list[str]:
        """A row's cells, as many as there are names. `raw` is UTF-8, the row's own JSON."""
        plain = self._plain(value)
        n_names = len(self.names())
        if plain is None:
            return [*[""] * (n_names - 1), raw.removeprefix(BOM).decode("utf-8")]
        system, turns, answers = plain
        cells = [system or ""] if self._has_system else []
        width = 2 if self._kind is Format.COMPLETION else self._turn_columns()
        cells += [*turns, *[""] * (width - len(turns)), *answers]
        return [*cells, *[""] * (n_names - len(cells))]

    def _turn_columns(self) -> int:
        return max(self._n_turns, 1 if self._kind is Format.PREFERENCE else 2)

    def _plain(self, value: object) -> tuple[str | None, list[str], list[str]] | None:
        """System, turns and answers, if a row is nothing but texts in the usual order."""
        if not isinstance(value, dict):
            return None
        if self._kind is Format.COMPLETION:
            texts = [value.get("prompt"), value.get("completion")]
            is_plain = set(value) == {"prompt", "completion"} and _are_texts(texts)
            return (None, [str(text) for text in texts], []) if is_plain else None
        if self._kind is Format.PREFERENCE:
            return _plain_pair(value)
        if set(value) != {"messages"}:
            return None
        found = _plain_turns(value["messages"])
        return None if found is None or len(found[1]) % 2 else (*found, [])


def _turn_name(index: int) -> str:
    round_number = index // 2 + 1
    return _PAIR[index % 2] + ("" if round_number == 1 else f" {round_number}")


def _plain_pair(value: Mapping[str, Any]) -> tuple[str | None, list[str], list[str]] | None:
    asked = value.get("input")
    if set(value) != {"input", *_ANSWERS} or not isinstance(asked, dict):
        return None
    found = _plain_turns(asked["messages"]) if set(asked) == {"messages"} else None
    if found is None or len(found[1]) != 1:
        return None
    answers = [_one_answer(value[key]) for key in _ANSWERS]
    return (
        (*found, [answer for answer in answers if answer is not None])
        if all(answer is not None for answer in answers)
        else None
    )


def _one_answer(output: object) -> str | None:
    if not isinstance(output, list) or len(output) != 1 or not _is_plain(output[0], "assistant"):
        return None
    return str(output[0]["content"])


def _plain_turns(messages: object) -> tuple[str | None, list[str]] | None:
    """User and assistant in turn, perhaps after a system text; no text after the first is empty."""
    if not isinstance(messages, list) or not messages:
        return None
    system = None
    if _is_plain(messages[0], "system") and messages[0]["content"]:
        system, messages = messages[0]["content"], messages[1:]
    if not 0 < len(messages) <= 2 * MAX_TURN_PAIRS:
        return None
    if not all(_is_plain(m, _PAIR[i % 2]) for i, m in enumerate(messages)):
        return None
    texts = [message["content"] for message in messages]
    return (system, texts) if all(texts[2:]) and any(texts) else None


def _is_plain(message: object, role: str) -> bool:
    return (
        isinstance(message, dict)
        and set(message) == {"role", "content"}
        and message["role"] == role
        and _are_texts([message["content"]])
    )


def _are_texts(values: list[Any]) -> bool:
    """Texts that UTF-8 can hold."""
    return all(isinstance(value, str) and _is_whole(value) for value in values)


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
