"""The language in which this process speaks to its person. English until another is chosen.

Texts below the window are written in English where they arise, and said in the language where
they are shown: an error keeps its English for the log.
"""

from __future__ import annotations

from tunedesk.core.phrases import Phrases

_ENGLISH = Phrases({})
_spoken = [_ENGLISH]


def speak(phrases: Phrases | None) -> None:
    """From now on texts are said by these; None is English again."""
    _spoken[0] = phrases or _ENGLISH


def said(english: str) -> str:
    """A text of ours, filled in or not, in the language that is spoken."""
    return _spoken[0].said(english)
