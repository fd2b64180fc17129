"""How a text file is encoded, guessed from its first bytes, and its text in one encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import pairwise

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_THAI = frozenset(range(0xA1, 0xFC))
UTF8 = ("utf-8", "utf-8-sig")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp874",
             "cp1252")  # fmt: skip
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "utf-32-le": "UTF-32 (little endian)",
    "utf-32-be": "UTF-32 (big endian)",
    "cp874": "Windows-874 (Thai)",
    "cp1252": "Windows-1252 (Western)",
}


def guess_encoding(start: bytes) -> str:
    """One of ENCODINGS, from the first bytes; a mark decides, then zeros, then what decodes."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    wide = _without_mark(start[:4_000])
    if wide:
        return wide
    return "utf-8" if _is_utf8(start) else _eight_bits(start)


def text_pieces(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text without its mark. Bytes that are no text come as lone surrogates (U+DC80…).

    In UTF-16 and UTF-32 they come as U+FFFD: there is no single byte to blame.
    """
    is_wide = encoding.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder("utf-8" if encoding in UTF8 else encoding)(
        "replace" if is_wide else "surrogateescape"
    )
    is_first = True
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text:
            yield text.removeprefix("\ufeff") if is_first else text
            is_first = False
    yield decoder.decode(b"", final=True)


def utf8_pieces(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The file as UTF-8 bytes without a mark; UTF-8 itself is passed on as it is."""
    if encoding not in UTF8:
        for text in text_pieces(chunks, encoding):
            yield text.encode("utf-8", "surrogatepass")
        return
    is_first = True
    for chunk in chunks:
        yield chunk.removeprefix(codecs.BOM_UTF8) if is_first else chunk
        is_first = False


def has_undecoded(text: str) -> bool:
    """Whether bytes that are no text stand in it."""
    return not text.isascii() and any("\udc80" <= letter <= "\udcff" for letter in text)


def _without_mark(start: bytes) -> str:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    if len(start) < 4 or b"\0" not in start:
        return ""
    even, odd = start[0::2], start[1::2]
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return ""


def _is_utf8(start: bytes) -> bool:
    """Whether nearly all of it is: a damaged letter or two make no other encoding."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(start)
    if start.isascii():
        return True
    n_bad = sum("\udc80" <= letter <= "\udcff" for letter in text)
    n_other = sum(letter > "\x7f" for letter in text) - n_bad
    return n_bad == 0 or n_bad * 10 < n_other


def _eight_bits(start: bytes) -> str:
    high = [byte for byte in start if byte > 0x7F]
    n_thai = sum(byte in _THAI for byte in high)
    # Thai letters come in runs; accented ones stand alone among ASCII.
    runs = sum(a > 0x7F and b > 0x7F for a, b in pairwise(start))
    return "cp874" if n_thai > 0.9 * len(high) and runs > 0.5 * len(high) else "cp1252"
