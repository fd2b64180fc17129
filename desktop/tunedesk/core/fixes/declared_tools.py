"""A function that is called but not declared, declared by what its calls say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tunedesk.core.json_edit import value_at
from tunedesk.core.json_text import JSONTextError, parse_text
from tunedesk.core.messages import tool_calls_of
from tunedesk.core.row_keys import with_row_key
from tunedesk.core.rows import messages_of, parse_row
from tunedesk.core.validation.tool_calls import declared_names

_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"),
          (list, "array"), (dict, "object"))  # fmt: skip


def with_called_declared(raw: bytes, path: str) -> bytes:
    """The row with the functions that its message at `path` calls undeclared.

    Of each the arguments that the row's calls have, by name and type; which of them must be there
    and what they are for nobody can know from calls, so that is left out. Raises ValueError (in
    plain words), PathError, RowError.
    """
    row, message = parse_row(raw), value_at(raw, path)
    if not isinstance(message, dict):
        raise ValueError("there is no message at this place")
    called = dict.fromkeys(function.get("name") for function in tool_calls_of(message))
    declared = declared_names(row)
    names = [name for name in called if isinstance(name, str) and name not in declared]
    if not names:
        raise ValueError("the function is declared by now")
    made = [{"name": name, "parameters": _schema(_arguments(raw, name))} for name in names]
    if message.get("tool_calls") or not message.get("function_call"):
        key, new = "tools", [{"type": "function", "function": one} for one in made]
    else:
        key, new = "functions", made
    before = row.get(key) or []
    if not isinstance(before, list):
        raise ValueError(f"{key} is no list")
    return with_row_key(raw, key, [*before, *new])


def _arguments(raw: bytes, name: str) -> list[Mapping[str, Any]]:
    """Of each call of this function that can be read. Raises ValueError if there is none."""
    found: list[Mapping[str, Any]] = []
    for message in messages_of(raw):
        for function in tool_calls_of(message):
            if function.get("name") != name:
                continue
            value = _parsed(function.get("arguments"))
            if isinstance(value, dict):
                found.append(value)
    if not found:
        raise ValueError("no call's arguments can be read")
    return found


def _parsed(arguments: object) -> object:
    try:
        return parse_text(arguments) if isinstance(arguments, str) else arguments
    except JSONTextError:
        return None


def _schema(calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for call in calls for name in call)
    return {
        "type": "object",
        "properties": {name: _type([c[name] for c in calls if name in c]) for name in names},
    }


def _type(values: Iterable[object]) -> dict[str, Any]:
    """What JSON schema calls these values; {} where they differ in kind, or none has any."""
    kinds = {word for word in map(_word, values) if word}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    return {"type": kinds.pop()} if len(kinds) == 1 else {}


def _word(value: object) -> str:
    """Empty for null, which may stand for anything."""
    return next((word for kind, word in _TYPES if isinstance(value, kind)), "")
