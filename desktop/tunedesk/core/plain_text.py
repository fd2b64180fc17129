"""What a text says apart from how it is written: case, spaces, punctuation, digits' script."""

from __future__ import annotations

import re
import unicodedata

_PUNCTUATION = frozenset({"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Cf", "Cc", "Cs"})
_DIGIT = re.compile(r"\d")
_MARKED = re.compile(r"(?<=\d)[.,:/](?=\d)|[-−](?=\d)")
_KEPT = {".": "\ue000", ",": "\ue001", ":": "\ue002", "/": "\ue003", "-": "\ue004", "−": "\ue004"}


class _Plain(dict[int, str | None]):
    """For str.translate: what becomes of a character, looked up once."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        plain: str | None = character
        if character.isspace():
            plain = " "
        elif kind in _PUNCTUATION:
            plain = None
        elif kind == "Nd":
            plain = str(unicodedata.digit(character))
        self[code] = plain
        return plain


_PLAIN = _Plain()


def plain_text(text: str) -> str:
    """The text in lower case without punctuation, words one space apart, digits 0 to 9.

    Signs within and before numbers count: 3.5 is not 35 and -5 is not 5. Marks on letters stay,
    since Thai words differ by them. Nothing is left of a text of punctuation alone.
    """
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if _DIGIT.search(text):
        text = _MARKED.sub(lambda found: _KEPT[found[0]], text)
    return " ".join(text.casefold().translate(_PLAIN).split())
