"""What two texts do not share, by words; by characters where a script writes no spaces."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Range = tuple[int, int]

MOST_WORDS = 4_000
"""Longer texts are compared by lines, so that the time stays short."""

# A word of a script with spaces, a run of white space, or one sign: Thai, Lao, Khmer, Burmese,
# Chinese and Japanese are cut by character, with the marks that sit on it.
_UNIT = re.compile(
    r"\s+"
    r"|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
    r"[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece]*"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
    r"|."
    "[\u0300-\u036f\u200d\ufe0f\U0001f3fb-\U0001f3ff]*",
    re.DOTALL,
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def differences(one: str, other: str) -> tuple[list[Range], list[Range]]:
    """The parts, [start, end) in characters, that only `one` has, and those only `other` has."""
    ours, theirs = _units(one), _units(other)
    if max(len(ours), len(theirs)) > MOST_WORDS:
        ours, theirs = _lines(one), _lines(other)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    places, other_places = _starts(ours), _starts(theirs)
    left: list[Range] = []
    right: list[Range] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            _add(left, places[a], places[b])
            _add(right, other_places[c], other_places[d])
    return left, right


def _units(text: str) -> list[str]:
    return _UNIT.findall(text)


def _lines(text: str) -> list[str]:
    return _LINE.findall(text)[:MOST_WORDS]


def _starts(units: list[str]) -> list[int]:
    at = 0
    found = [0]
    for unit in units:
        at += len(unit)
        found.append(at)
    return found


def _add(ranges: list[Range], start: int, end: int) -> None:
    if start < end:
        ranges.append((start, end))
