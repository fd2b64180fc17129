"""The common row, a clean plain-text chat, recognised in a few microseconds.

Most rows of most files are like that. What is not recognised here goes through every rule.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from msgspec import UNSET

from tunedesk.core.plain_rows import PlainMessage, plain_messages
from tunedesk.core.validation.blank import UNSEEN, is_blank

CleanRow = tuple[list[PlainMessage], bool]
"""Messages in which no row rule can find anything, the last being the reply; and whether any has
a weight."""

_MAY_BE_BLANK = frozenset({"", *UNSEEN})
_encode = msgspec.json.Encoder().encode


def clean_messages(raw: bytes) -> list[PlainMessage] | None:
    """The messages if no row rule can find anything in this row; None if one might."""
    clean = clean_row(raw)
    return clean and clean[0]


def clean_row(raw: bytes) -> CleanRow | None:
    """`clean_messages` with a word on weights."""
    messages = plain_messages(raw)
    if messages is None:
        return None
    if b"\\" in raw or b"|" in raw:
        return _clean_escaped(raw, messages)
    return _clean(messages, raw.count(b'"'))


def prompt_json(row: CleanRow) -> bytes:
    """Canonical JSON of what stands before the reply."""
    messages, has_weights = row
    prompt = messages[:-1]
    if has_weights:
        prompt = [PlainMessage(content=m.content, role=m.role) for m in prompt]
    return _encode(prompt)


def _clean_escaped(raw: bytes, messages: list[PlainMessage]) -> CleanRow | None:
    """Where a text may hold quotes, or what rules look for.

    A quote in a text is written with a backslash, or as its number, which goes the slow way.
    """
    texts = [message.content for message in messages]
    if b"\\u0022" in raw or any("\x00" in text or "<|" in text for text in texts):
        return None
    return _clean(messages, raw.count(b'"') - sum(text.count('"') for text in texts))


def _clean(messages: list[PlainMessage], n_quotes: int) -> CleanRow | None:
    """`n_quotes` are those around keys and texts: they show a key that stands twice."""
    for message in messages:
        if message.content[:1] in _MAY_BE_BLANK and is_blank(message.content):
            return None
    if not roles_are_clean(tuple([message.role for message in messages])):
        return None
    n_others = n_quotes - 2 - 8 * len(messages)
    if n_others and not _weights_are_clean(messages, n_others):
        return None
    return messages, n_others > 0


@lru_cache(maxsize=1_000)
def roles_are_clean(roles: tuple[str, ...]) -> bool:
    return roles[-1] == "assistant" and "user" in roles and "system" not in roles[1:]


def _weights_are_clean(messages: list[PlainMessage], n_quotes: int) -> bool:
    """Only assistant messages have one, the reply's is not 0, and no key stands twice."""
    weighed = [message for message in messages if message.weight is not UNSET]
    return (
        2 * len(weighed) == n_quotes
        and messages[-1].weight != 0
        and all(message.role == "assistant" for message in weighed)
    )
