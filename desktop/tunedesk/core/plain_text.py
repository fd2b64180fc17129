"""What a text says apart from how it is written: case, spaces, punctuation, digits' script."""

from __future__ import annotations

import re
import unicodedata

MARKS = {".": "\ue000", ",": "\ue001", ":": "\ue002", "/": "\ue003", "-": "\ue004", "−": "\ue004"}
"""What stands in plain text for a sign that belongs to a number: the last two before a digit, the
others between two."""

_PUNCTUATION = frozenset({"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Cf", "Cc", "Cs"})
_DIGIT = re.compile(r"\d")
_MARKED = re.compile(r"(?<=\d)[.,:/](?=\d)|[-−](?=\d)")


def plain_text(text: str) -> str:
    """The text in lower case without punctuation, words one space apart, digits 0 to 9.

    Signs within and before numbers count: 3.5 is not 35 and -5 is not 5. Marks on letters stay,
    since Thai words differ by them. Nothing is left of a text of punctuation alone.
    """
    text = composed(text)
    if _DIGIT.search(text):
        text = _MARKED.sub(lambda found: MARKS[found[0]], text)
    return " ".join(text.casefold().translate(_PLAIN).split())


def composed(text: str) -> str:
    """One form (NFKC) for what can be written in several."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text)


def plain_character(code: int) -> str | None:
    """What becomes of a character in lower case; None if it goes."""
    character = chr(code)
    if character.isspace():
        return " "
    kind = unicodedata.category(character)
    if kind in _PUNCTUATION:
        return None
    return str(unicodedata.digit(character)) if kind == "Nd" else character


class _Plain(dict[int, str | None]):
    """For str.translate: what becomes of a character, looked up once."""

    def __missing__(self, code: int) -> str | None:
        plain = self[code] = plain_character(code)
        return plain


_PLAIN = _Plain()
