"""Texts in which there is nothing to be seen, though they may have characters."""

from __future__ import annotations

from tunedesk.core.invisible import HIDDEN, TURNING

_SPACES = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
UNSEEN = _SPACES + "".join(map(chr, (*HIDDEN, *TURNING)))


def is_blank(text: str) -> bool:
    """Whether a text is empty, or white space and characters that show nothing."""
    return not text.strip(UNSEEN)
