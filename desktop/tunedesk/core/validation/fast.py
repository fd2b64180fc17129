"""The common row, a clean plain-text chat, recognised in a few microseconds.

Most rows of most files are like that. What is not recognised here goes through every rule.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import UNSET

from tunedesk.core.plain_rows import PlainMessage, plain_messages
from tunedesk.core.validation.blank import UNSEEN, is_blank

MAY_BE_BLANK = frozenset({"", *UNSEEN})
"""First characters (or none) of texts in which there may be nothing to be seen."""


def clean_messages(raw: bytes) -> list[PlainMessage] | None:
    """The messages, without weights, if no row rule can find anything in this row; None if one
    might. The last of them is the reply."""
    messages = plain_messages(raw)
    return messages if messages is not None and are_clean(raw, messages) else None


def are_clean(raw: bytes, messages: list[PlainMessage]) -> bool:
    """Whether no row rule can find anything in the row of these messages; weights are taken off.

    Quotes are counted: more than those around keys and texts show a key that stands twice.
    """
    n_quotes = raw.count(b'"')
    if b"\\" in raw or b"|" in raw:
        texts = [message.content for message in messages]
        if b"\\u0022" in raw or any("\x00" in text or "<|" in text for text in texts):
            return False
        n_quotes -= sum(text.count('"') for text in texts)
    for message in messages:
        if message.content[:1] in MAY_BE_BLANK and is_blank(message.content):
            return False
    if not roles_are_clean(tuple([message.role for message in messages])):
        return False
    n_others = n_quotes - 2 - 8 * len(messages)
    return not n_others or _weights_taken_off(messages, n_others)


@lru_cache(maxsize=1_000)
def roles_are_clean(roles: tuple[str, ...]) -> bool:
    return roles[-1] == "assistant" and "user" in roles and "system" not in roles[1:]


def _weights_taken_off(messages: list[PlainMessage], n_quotes: int) -> bool:
    """Only assistant messages had one, the reply's was not 0, and no key stood twice."""
    weighed = [message for message in messages if message.weight is not UNSET]
    is_clean = (
        2 * len(weighed) == n_quotes
        and messages[-1].weight != 0
        and all(message.role == "assistant" for message in weighed)
    )
    for message in weighed:
        message.weight = UNSET
    return is_clean
