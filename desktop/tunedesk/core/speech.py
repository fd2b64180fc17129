"""The language in which this process speaks to its person. English until another is chosen.

Texts below the window are written in English where they arise, and said in the language where
they are shown: an error keeps its English for the log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tunedesk.core.phrases import Phrases, filled

_ENGLISH = Phrases({})
_spoken = [_ENGLISH]


def speak(phrases: Phrases | None) -> None:
    """From now on texts are said by these; None is English again."""
    _spoken[0] = phrases or _ENGLISH


def said(english: str) -> str:
    """A text of ours, filled in or not, in the language that is spoken."""
    return _spoken[0].said(english)


def in_english(text: str) -> str:
    """The English of a text of ours that was said in the language that is spoken."""
    return _spoken[0].source(text)


def worded(
    english: str, params: Mapping[str, str | int] | None = None, words: Collection[str] = ()
) -> str:
    """A template of ours, said and then filled in; params named in `words` are said, too."""
    values = {
        name: _spoken[0].of(value) or value if name in words and isinstance(value, str) else value
        for name, value in (params or {}).items()
    }
    return filled(_spoken[0].of(english) or english, values)
