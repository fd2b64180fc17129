"""A function's arguments as a small form, where its JSON schema is simple enough for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tunedesk.core.json_text import JSONTextError, dump, parse_text

Kind = Literal["string", "number", "integer", "boolean", "enum"]
_KINDS: tuple[Kind, ...] = ("string", "number", "integer", "boolean")
MOST_FIELDS = 12


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One argument; `choices` are an enum's values, `about` its description."""

    name: str
    kind: Kind
    about: str = ""
    is_required: bool = False
    choices: tuple[str, ...] = ()


def fields_of(schema: object) -> tuple[Field, ...] | None:
    """The fields of an object of plain values; None where a form would not do."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(schema, Mapping) or not isinstance(properties, Mapping):
        return None
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    made = [_field(name, one, name in needed) for name, one in properties.items()]
    if not made or len(made) > MOST_FIELDS or None in made:
        return None
    return tuple(field for field in made if field is not None)


def read_arguments(text: object, fields: tuple[Field, ...]) -> dict[str, Any] | None:
    """The values, if these fields can show all of them; else None."""
    try:
        value = parse_text(text) if isinstance(text, str) else None
    except JSONTextError:
        return None
    if not isinstance(value, dict):
        return None
    by_name = {field.name: field for field in fields}
    fits = all(key in by_name and _fits(one, by_name[key]) for key, one in value.items())
    return value if fits else None


def with_argument(values: Mapping[str, Any], field: Field, text: str) -> dict[str, Any]:
    """The values with one field as typed; an empty optional one is left out.

    Raises ValueError, in plain words, for what is no value of this field.
    """
    changed = dict(values)
    if text == "" and (field.kind != "string" or not field.is_required):
        changed.pop(field.name, None)
        return changed
    changed[field.name] = _typed(field, text)
    return changed


def arguments_text(values: Mapping[str, Any]) -> str:
    """Arguments as the text they stand in a row as."""
    return dump(dict(values), ascii_only=False)


def _field(name: str, schema: object, is_required: bool) -> Field | None:
    if not isinstance(schema, Mapping):
        return None
    about = schema.get("description")
    words = about if isinstance(about, str) else ""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices and all(isinstance(c, str) for c in choices):
        return Field(
            name=name, kind="enum", about=words, is_required=is_required, choices=tuple(choices)
        )
    kind = schema.get("type")
    if choices is None and isinstance(kind, str) and kind in _KINDS:
        return Field(name=name, kind=kind, about=words, is_required=is_required)
    return None


def _fits(value: object, field: Field) -> bool:
    match field.kind:
        case "string":
            return isinstance(value, str)
        case "enum":
            return value in field.choices
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _typed(field: Field, text: str) -> object:
    if field.kind in ("string", "enum"):
        return text
    if field.kind == "boolean":
        return text == "true"
    try:
        value = parse_text(text.strip())
    except JSONTextError:
        value = None
    if not _fits(value, field):
        what = "a whole number" if field.kind == "integer" else "a number"
        raise ValueError(f"{field.name} must be {what}.")
    return value
