"""JSON with its exact text: parsing that says where it broke, and the spans of what it found."""

from __future__ import annotations

import json
import re
from json.decoder import JSONDecodeError
from typing import Any, NamedTuple

BOM = b"\xef\xbb\xbf"

_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class JSONTextError(ValueError):
    """Text that is no JSON. `line` and `column` count from 1; None where the place is unknown.

    `kind` is "utf8", "syntax", "depth" or "number"; `reason` a plain phrase without a full stop.
    """

    def __init__(
        self, kind: str, reason: str, line: int | None = None, column: int | None = None
    ) -> None:
        where = "" if column is None else f" (line {line}, column {column})"
        super().__init__(f"{reason}{where}")
        self.kind = kind
        self.reason = reason
        self.line = line
        self.column = column


class Member(NamedTuple):
    """`key` and where it and its value stand in the text: [start, end)."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int


class Span(NamedTuple):
    start: int
    end: int


def decode_text(raw: bytes) -> str:
    """The text of a row without a byte order mark. Raises JSONTextError at the first bad byte."""
    body = raw.removeprefix(BOM)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        line, column = position(before, len(before))
        value = body[error.start]
        raise JSONTextError(
            "utf8", f"the byte 0x{value:02X} is not valid UTF-8", line, column
        ) from None


def parse_text(text: str) -> Any:
    """The value. NaN, Infinity, lone surrogates and repeated keys pass, as in Python's json.

    Raises JSONTextError for anything that is no JSON, is nested too deeply to be read, or holds a
    whole number of more digits than Python reads.
    """
    try:
        return json.loads(text)
    except JSONDecodeError as error:
        raise JSONTextError("syntax", _plain(error), error.lineno, error.colno) from None
    except RecursionError:
        raise JSONTextError("depth", "it is nested too deeply to be read") from None
    except ValueError:  # int() refuses thousands of digits
        raise JSONTextError("number", "it holds a number with thousands of digits") from None


def members(text: str, start: int) -> list[Member]:
    """Members of the object that begins at `start`. The text must have been parsed before."""
    found: list[Member] = []
    at = skip(text, start + 1)
    while text[at] != "}":
        key, key_end = _DECODER.raw_decode(text, at)
        begin = skip(text, skip(text, key_end) + 1)
        end = value_end(text, begin)
        found.append(Member(key, at, key_end, begin, end))
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)
    return found


def elements(text: str, start: int) -> list[Span]:
    """Elements of the array that begins at `start`. The text must have been parsed before."""
    found: list[Span] = []
    at = skip(text, start + 1)
    while text[at] != "]":
        end = value_end(text, at)
        found.append(Span(at, end))
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)
    return found


def value_end(text: str, start: int) -> int:
    """Where the value that begins at `start` ends."""
    return _DECODER.raw_decode(text, start)[1]


def skip(text: str, at: int) -> int:
    """The first place from `at` on that is not white space."""
    match = _WHITE_SPACE.match(text, at)
    assert match is not None
    return match.end()


def dump(value: object, *, ascii_only: bool, item: str = ", ", key: str = ": ") -> str:
    """JSON text of a value; lone surrogates are escaped, since UTF-8 cannot hold them."""
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(item, key))
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def position(text: str, at: int) -> tuple[int, int]:
    """Line and column of a place in the text, both from 1, as Python's json counts them."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


_DECODER = json.JSONDecoder(parse_int=len)  # lengths will do: only the ends are wanted

_REASONS = {
    "Expecting value": "a value is missing or is not valid JSON here",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Expecting ':' delimiter": "a colon is missing after the key",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing here",
    "Unterminated string starting at": "the text that starts here has no closing quote",
    "Invalid control character at": "a control character, such as a raw tab, stands in a text",
    "Extra data": "there is more text after the end of the JSON value",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "a byte order mark stands here",
}


def _plain(error: JSONDecodeError) -> str:
    for words, reason in _REASONS.items():
        if error.msg.startswith(words):
            return reason
    if "escape" in error.msg:
        return "a backslash is followed by something that is no escape"
    if "trailing comma" in error.msg:
        return "a comma stands before a closing bracket"
    return error.msg[:1].lower() + error.msg[1:]
