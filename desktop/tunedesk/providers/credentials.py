"""What proves to a provider who asks, and how to keep it out of every text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

HIDDEN = "…"

_LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|nvapi|key)[-_][A-Za-z0-9_\-*.]{6,}")


class Credentials:
    """A key and the values of further secret headers. Shows neither when it is printed."""

    __slots__ = ("headers", "key")

    def __init__(self, key: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.key = key
        self.headers = dict(headers or {})

    def __repr__(self) -> str:
        return "Credentials(hidden)"

    def same_as(self, other: Credentials) -> bool:
        """Whether the other would be taken for the same."""
        return self.key == other.key and self.headers == other.headers

    def scrub(self, text: str) -> str:
        """`text` without these secrets in any of their spellings, or anything like a key."""
        for secret in (self.key, *self.headers.values()):
            for spelling in _spellings(secret):
                text = text.replace(spelling, HIDDEN)
        return _LOOKS_LIKE_A_KEY.sub(HIDDEN, text)


def hint_of(key: str) -> str:
    """As much of a key as tells it from another: "sk-…7Qe2". "…" for a short one."""
    if len(key) < 16:
        return HIDDEN
    head = key[:3] if key[2:3] in "-_" else ""
    return f"{head}{HIDDEN}{key[-4:]}"


def _spellings(secret: str) -> list[str]:
    """The longest first. Short secrets are left alone: they would blank out common words."""
    if len(secret) < 6:
        return []
    raw = secret.encode()
    found = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        secret.encode("unicode_escape").decode(),
    }
    for data in (raw, b":" + raw, b"Bearer " + raw):
        found.add(base64.b64encode(data).decode().rstrip("="))
        found.add(base64.urlsafe_b64encode(data).decode().rstrip("="))
    return sorted(found, key=len, reverse=True)
