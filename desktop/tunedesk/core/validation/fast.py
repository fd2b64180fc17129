"""The common row, a clean plain-text chat, recognised in a few microseconds.

Most rows of most files are like that. What is not recognised here goes through every rule.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class FastMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Keys in sorted order: encoded, it has the bytes of a canonical message (`digest`)."""

    content: str
    role: Literal["system", "user", "assistant"]


class _FastRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: list[FastMessage]


_decode = msgspec.json.Decoder(_FastRow).decode


def clean_messages(raw: bytes) -> list[FastMessage] | None:
    """The messages if no row rule can find anything in this row; None if one might."""
    try:
        messages = _decode(raw).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if _keys_are_plain(raw, 1 + 2 * len(messages)) and _roles_are_clean(messages):
        return messages if all(map(_is_clean, messages)) else None
    return None


def _keys_are_plain(raw: bytes, n_keys: int) -> bool:
    """No key stands twice: decoding drops repeated keys, so count the colons after quotes.

    A quote and colon inside a text count too much, which only sends the row the slow way; a
    colon that is set off by white space would count too little.
    """
    return raw.count(b'":') == n_keys and not (
        b'" :' in raw or b"  :" in raw or b"\t" in raw or b"\r" in raw or b"\n" in raw
    )


def _roles_are_clean(messages: list[FastMessage]) -> bool:
    roles = [message.role for message in messages]
    return bool(
        roles and roles[-1] == "assistant" and "user" in roles and "system" not in roles[1:]
    )


def _is_clean(message: FastMessage) -> bool:
    text = message.content
    return not (text.isspace() or not text or "<|" in text or "\x00" in text)
