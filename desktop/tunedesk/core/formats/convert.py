"""Any recognised value as a row of ours, with notes on what changed or could not be kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tunedesk.core.formats import chat_shapes, pair_shapes
from tunedesk.core.formats.notes import Note
from tunedesk.core.formats.row_notes import RejectedRow, RowNotes
from tunedesk.core.formats.shapes import Shape, shape_of
from tunedesk.core.validation.findings import kind

_MAX_KEYS_NAMED = 8


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """`row` is None if the value cannot be used; the last note then says why."""

    shape: Shape
    row: dict[str, Any] | None
    notes: list[Note]


def convert(value: object, number: int, shape: Shape | None = None) -> Converted:
    """The value as a chat, completion or preference row. Never raises for parsed JSON.

    `number` is the source's line or row, from 1, and goes into the notes; `shape` is the
    value's if it is known already.
    """
    shape, notes = shape or shape_of(value), RowNotes(number)
    try:
        if shape is Shape.UNKNOWN:
            raise _unknown(value, notes)
        row = _CONVERTERS[shape](value, notes)
    except RejectedRow as rejected:
        return Converted(shape=shape, row=None, notes=[*notes.all(), rejected.note])
    except RecursionError:
        note = Note(code="too_deep", row=number)
        return Converted(shape=shape, row=None, notes=[note])
    return Converted(shape=shape, row=row, notes=notes.all())


def _unknown(value: object, notes: RowNotes) -> RejectedRow:
    if not isinstance(value, dict):
        return notes.rejected("not_object", what=kind(value))
    if ("chosen" in value) != ("rejected" in value):
        return notes.rejected("half_pair")
    if isinstance(value.get("text"), str) and len(value) <= 3:
        return notes.rejected("only_text", "text")
    keys = [key[:40] for key in list(value)[:_MAX_KEYS_NAMED]]
    return notes.rejected("unknown_shape", keys=", ".join(keys) or "none")


_CONVERTERS: dict[Shape, Callable[[Any, RowNotes], dict[str, Any]]] = {
    Shape.CHAT: chat_shapes.chat,
    Shape.MESSAGE_LIST: chat_shapes.message_list,
    Shape.COMPLETION: chat_shapes.completion,
    Shape.PREFERENCE: pair_shapes.preference,
    Shape.OLD_PREFERENCE: pair_shapes.old_preference,
    Shape.SHAREGPT: chat_shapes.sharegpt,
    Shape.ALPACA: chat_shapes.alpaca,
    Shape.TRL_PREFERENCE: pair_shapes.trl_preference,
    Shape.TRL_COMPLETION: chat_shapes.trl_completion,
    Shape.RATED: chat_shapes.rated,
}
