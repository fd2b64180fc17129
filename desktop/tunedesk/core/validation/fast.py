"""The common row, a clean plain-text chat, recognised in a few microseconds.

Most rows of most files are like that. What is not recognised here goes through every rule.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tunedesk.core.validation.values import keys_are_counted


class FastMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Keys in sorted order: encoded without weight, it is a canonical message of the digest."""

    content: str
    role: Literal["system", "user", "assistant"]
    weight: Literal[0, 1] | UnsetType = UNSET


class _FastRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: Annotated[list[FastMessage], Meta(min_length=2)]


_decode = msgspec.json.Decoder(_FastRow).decode
_encode = msgspec.json.Encoder().encode


def clean_messages(raw: bytes) -> list[FastMessage] | None:
    """The messages if no row rule can find anything in this row; None if one might."""
    try:
        messages = _decode(raw).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    n_keys = 1 + 2 * len(messages) + sum(m.weight is not UNSET for m in messages)
    if keys_are_counted(raw, n_keys) and _roles_are_clean(messages):
        return messages if all(map(_is_clean, messages)) else None
    return None


def prompt_json(messages: list[FastMessage]) -> bytes:
    """Canonical JSON of what stands before the reply, the last message."""
    prompt = messages[:-1]
    if any(message.weight is not UNSET for message in prompt):
        prompt = [FastMessage(content=m.content, role=m.role) for m in prompt]
    return _encode(prompt)


def _roles_are_clean(messages: list[FastMessage]) -> bool:
    roles = [message.role for message in messages]
    return (
        roles[-1] == "assistant"
        and messages[-1].weight != 0
        and "user" in roles
        and "system" not in roles[1:]
    )


def _is_clean(message: FastMessage) -> bool:
    text = message.content
    if message.weight is not UNSET and message.role != "assistant":
        return False
    return not (text.isspace() or not text or "<|" in text or "\x00" in text)
