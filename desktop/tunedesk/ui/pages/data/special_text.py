"""Texts that Qt's editors cannot hold unchanged, and how they are shown instead (fault D5)."""

from __future__ import annotations

import re

from tunedesk.core.invisible import TURNING

# QTextDocument turns these into something else, or drops them; marks of byte order only in front,
# where the wrong one has all that follows read with its bytes swapped.
_CHANGED_BY_QT = re.compile(
    "\\A[\ufeff\ufffe]|[\x00\r\xa0\u2028\u2029\ufdd0\ufdd1\ud800-\udfff\ufffc]"
)

PIECE_CHARS = 8_000
"""A text box lays out so many characters without a pause that is felt."""

_NEAR = 200


def survives_editing(text: str) -> bool:
    """Whether a Qt text editor gives `text` back unchanged."""
    return _CHANGED_BY_QT.search(text) is None


def escaped(text: str) -> str:
    r"""JSON source with the characters Qt would change written as `\uXXXX`; the same JSON value."""
    return _CHANGED_BY_QT.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def turned(text: str) -> set[str]:
    """Characters that turn the direction of text and stand in it as themselves only, so that
    writing them as escapes for a while can be taken back exactly."""
    found = {chr(code) for code in TURNING if chr(code) in text}
    lowered = text.lower() if found else ""
    return {sign for sign in found if f"\\u{ord(sign):04x}" not in lowered}


def with_turns_escaped(text: str, signs: set[str]) -> str:
    r"""JSON source in which these stand as `\uXXXX`, so that one reads it in its real order."""
    for sign in signs:
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def with_turns_back(text: str, signs: set[str]) -> str:
    """The contrary: escapes of these are the characters themselves again."""
    for sign in signs:
        escape = re.compile(rf"(?<!\\)((?:\\\\)*)\\u{ord(sign):04x}")
        text = escape.sub(rf"\g<1>{sign}", text)
    return text


def shown_safely(text: str) -> str:
    """For boxes that nobody edits: what Qt could not hold as U+FFFD."""
    return _CHANGED_BY_QT.sub("\ufffd", text)


def piece_starts(text: str) -> list[int]:
    """Where the pieces of a long text begin; each ends at white space where there is some near."""
    starts = [0]
    while len(text) - starts[-1] > PIECE_CHARS:
        end = starts[-1] + PIECE_CHARS
        near = max(text.rfind(sign, end - _NEAR, end) for sign in (" ", "\n"))
        starts.append(near + 1 if near > 0 else end)
    return starts
