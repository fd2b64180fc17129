"""`plain_text` of many texts at once, as UTF-8."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import not_

import numpy as np
import numpy.typing as npt

from tunedesk.core.plain_text import MARKS, composed, plain_character, plain_text

_END, _WIDE_END = (
    "\0",
    "\U0010ffff",
)  # between texts; the latter is no character, and stays as it is
_UNKNOWN, _GONE = 0, 0xFFFF_FFFF
_BEFORE_NUMBERS = "-−"

_NARROW = "".join(plain_character(code) or "\0" for code in range(128)).lower().encode() + bytes(
    range(128, 256)
)
_NARROW_GONE = bytes(code for code in range(1, 128) if plain_character(code) is None)
_NARROW_MARKS = {sign: 0x80 + at for at, sign in enumerate(MARKS) if sign.isascii()}
_SIGNS = np.zeros(0x11_0000, np.bool_)
_SIGNS[[ord(sign) for sign in MARKS]] = True

_plain_of = np.zeros(0x11_0000, np.uint32)  # filled as characters are met

Codes = npt.NDArray[np.uint8] | npt.NDArray[np.uint32]


def plain_bytes(texts: Sequence[str]) -> list[bytes]:
    """What `plain_text` makes of each text. Best for some hundred kilobytes at once."""
    is_narrow = [text.isascii() for text in texts]
    if all(is_narrow):
        return _all_narrow(texts)
    narrow = iter(_all_narrow([*compress(texts, is_narrow)]))
    wide = iter(_all_wide([*compress(texts, map(not_, is_narrow))]))
    return [next(narrow if is_ascii else wide) for is_ascii in is_narrow]


def _all_narrow(texts: Sequence[str]) -> list[bytes]:
    joined = _END.join(texts)
    if joined.count(_END) > len(texts) - 1:
        return _one_by_one(texts)
    text = bytearray(joined.encode())
    for at, sign in _signs_of_numbers(np.frombuffer(text, np.uint8)):
        text[at] = _NARROW_MARKS[sign]
    plain = bytes(text.translate(_NARROW, _NARROW_GONE))
    if not plain.isascii():
        for sign, mark in _NARROW_MARKS.items():
            plain = plain.replace(bytes([mark]), MARKS[sign].encode())
    return _tidy(plain, _END.encode())


def _all_wide(texts: Sequence[str]) -> list[bytes]:
    joined = _WIDE_END.join(texts)
    if joined.count(_WIDE_END) > len(texts) - 1:
        return _one_by_one(texts)
    folded = composed(joined).casefold()
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
    plain = _plain_of[codes]
    if not plain.all():
        _meet(np.unique(codes[plain == _UNKNOWN]))
        plain = _plain_of[codes]
    for at, sign in _signs_of_numbers(codes, plain):
        plain[at] = ord(MARKS[sign])
    kept: npt.NDArray[np.uint32] = plain[plain != _GONE]
    return _tidy(kept.tobytes().decode("utf-32-le").encode(), _WIDE_END.encode())


def _one_by_one(texts: Sequence[str]) -> list[bytes]:
    return [plain_text(text).encode() for text in texts]


def _tidy(text: bytes, end: bytes) -> list[bytes]:
    """One space between words, none around them; cut where a text ends."""
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    text = text.replace(b" " + end, end).replace(end + b" ", end)
    return text.strip(b" ").split(end)


def _signs_of_numbers(codes: Codes, plain: Codes | None = None) -> list[tuple[int, str]]:
    """Signs that belong to a number, with their places; `plain` has the digits as 0 to 9."""
    is_digit = (codes if plain is None else plain) - ord("0") < 10  # unsigned
    before_digit = np.flatnonzero(is_digit[1:])
    found = [(at, chr(codes[at])) for at in before_digit[_SIGNS[codes[before_digit]]].tolist()]
    return [
        (at, sign) for at, sign in found if sign in _BEFORE_NUMBERS or (at > 0 and is_digit[at - 1])
    ]


def _meet(codes: npt.NDArray[np.uint32]) -> None:
    for code in codes.tolist():
        plain = plain_character(code)
        _plain_of[code] = _GONE if plain is None else ord(plain)
