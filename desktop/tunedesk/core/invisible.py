"""Characters a reader does not see, or that turn the order of what is read (fault U3)."""

from __future__ import annotations

import re
from typing import NamedTuple


class Unseen(NamedTuple):
    """`at` in characters; `turns` for those that change the direction of text."""

    at: int
    code: int
    name: str
    turns: bool


TURNING = {
    0x061C: "Arabic letter mark",
    0x200E: "left-to-right mark",
    0x200F: "right-to-left mark",
    0x202A: "left-to-right embedding",
    0x202B: "right-to-left embedding",
    0x202C: "pop directional formatting",
    0x202D: "left-to-right override",
    0x202E: "right-to-left override",
    0x2066: "left-to-right isolate",
    0x2067: "right-to-left isolate",
    0x2068: "first strong isolate",
    0x2069: "pop directional isolate",
}
HIDDEN = {
    0x00AD: "soft hyphen",
    0x034F: "combining grapheme joiner",
    0x115F: "Hangul choseong filler",
    0x1160: "Hangul jungseong filler",
    0x17B4: "Khmer inherent vowel aq",
    0x17B5: "Khmer inherent vowel aa",
    0x180B: "Mongolian variation selector 1",
    0x180E: "Mongolian vowel separator",
    0x200B: "zero width space",
    0x200C: "zero width non-joiner",
    0x200D: "zero width joiner",
    0x2060: "word joiner",
    0x2061: "function application",
    0x2062: "invisible times",
    0x2063: "invisible separator",
    0x2064: "invisible plus",
    0x206A: "inhibit symmetric swapping",
    0x206B: "activate symmetric swapping",
    0x206C: "inhibit Arabic form shaping",
    0x206D: "activate Arabic form shaping",
    0x206E: "national digit shapes",
    0x206F: "nominal digit shapes",
    0x2800: "braille blank",
    0x3164: "Hangul filler",
    0xFE00: "variation selector 1",
    0xFEFF: "byte order mark",
    0xFFA0: "halfwidth Hangul filler",
    0xE0001: "language tag",
    0xE0020: "tag space",
    0xE0041: "tag letter",
}
_TAGS = range(0xE0020, 0xE0080)
_PICTURE = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
# A joiner between two pictures makes one picture of them: it is seen.
_WANTED = re.compile(
    "(?<!PICTURE)\u200d|\u200d(?!PICTURE)|[".replace("PICTURE", _PICTURE)
    + "".join(chr(code) for code in (*TURNING, *HIDDEN) if code != 0x200D)
    + "\U000e0020-\U000e007f]"
)


def unseen_in(text: str, most: int = 1_000) -> list[Unseen]:
    """The first `most` of them, in their order."""
    found: list[Unseen] = []
    for match in _WANTED.finditer(text):
        code = ord(match[0])
        found.append(Unseen(match.start(), code, name_of(code), code in TURNING))
        if len(found) >= most:
            break
    return found


def name_of(code: int) -> str:
    """Plain English for a code point of the tables."""
    known = TURNING.get(code) or HIDDEN.get(code)
    return known or ("tag character" if code in _TAGS else "unseen character")
