"""The common row, a chat of plain texts, read in a microsecond."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


class PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Keys in sorted order: encoded without weight, it is a canonical message of the digest."""

    content: str
    role: Literal["system", "user", "assistant"]
    weight: Literal[0, 1] | UnsetType = UNSET


class PlainRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: Annotated[list[PlainMessage], Meta(min_length=2)]


decode_plain_row = msgspec.json.Decoder(PlainRow).decode
"""Raises msgspec.DecodeError, UnicodeDecodeError, RecursionError."""


def plain_messages(raw: bytes) -> list[PlainMessage] | None:
    """The messages of a row that has nothing but roles, texts and weights; None for others."""
    try:
        return decode_plain_row(raw).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
