"""Texts that Qt's editors cannot hold unchanged, and how they are shown instead (fault D5)."""

from __future__ import annotations

import re

# QTextDocument turns these into something else, or drops them.
_CHANGED_BY_QT = re.compile("[\x00\r\xa0\u2028\u2029\ufdd0\ufdd1\ud800-\udfff\ufffc]")


def survives_editing(text: str) -> bool:
    """Whether a Qt text editor gives `text` back unchanged."""
    return _CHANGED_BY_QT.search(text) is None


def escaped(text: str) -> str:
    r"""JSON source with the characters Qt would change written as `\uXXXX`; the same JSON value."""
    return _CHANGED_BY_QT.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
