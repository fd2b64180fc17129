"""Rows that are alike, found the plain way: row by row, with Python's own sets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from tunedesk.core.plain_text import plain_text

Texts = tuple[str, str]
"""What a row asks and what it answers."""

_EDGES = [index << 28 for index in range(16)]
_MOST_WORDS = 20_000


class Words(NamedTuple):
    """Hashes of each two neighbouring words of a row, and those of its reply alone."""

    whole: frozenset[int]
    reply: frozenset[int]


@lru_cache(maxsize=2_000)
def words_of(texts: Texts) -> Words:
    asked, answered = map(plain_text, texts)
    reply = _pairs([b"\0", *_words(answered)])
    return Words(_pairs(_words(asked)) | reply, reply)


@lru_cache(maxsize=2_000)
def entries_of(words: Words) -> tuple[int, ...]:
    """Of 16 equal stretches of the hashes the first one each, from there on and around."""
    found = sorted(words.whole)
    if len(found) < 8:
        return (0,) * 16
    places = [bisect_left(found, edge) for edge in _EDGES]
    return tuple(found[place] if place < len(found) else found[0] for place in places)


def are_alike(one: Words, other: Words) -> bool:
    return _similarity(one.whole, other.whole) >= 0.8 and (
        one.reply == other.reply or _similarity(one.reply, other.reply) >= 0.5
    )


def partners_of(rows: Sequence[Texts], known: Collection[int] = ()) -> dict[int, int]:
    """Row → an earlier one that says nearly the same, as the rows of a run come, each compared
    with those before it that lead."""
    words = [words_of(texts) for texts in rows]
    entries = [entries_of(found) for found in words]
    found: dict[int, int] = {}
    plain = [(plain_text(asked), plain_text(answered)) for asked, answered in rows]
    for run in _runs(plain, nothing=("", "")):
        found.update((row, run[0]) for row in run[1:] if row not in known)
    for at in range(0, 16, 4):
        for run in _runs([own[at : at + 4] for own in entries], nothing=(0,) * 4):
            waiting = [row for row in run if row not in found and row not in known]
            found.update(_led(waiting, entries, lambda a, b: are_alike(words[a], words[b])))
    return found


def groups_of(rows: Sequence[Texts], partners: Mapping[int, int]) -> dict[int, int]:
    """Row → the first row of its group."""
    root = list(range(len(rows)))
    together = [*partners.items()]
    for run in _runs([plain_text(asked) for asked, _ in rows], nothing=""):
        together += pairwise(run)
    for _ in rows:  # as long a way as there can be
        for one, other in together:
            root[one] = root[other] = min(root[one], root[other])
    members = {row for pair in together for row in pair}
    return {row: root[row] for row in members}


def _led(
    run: Iterable[int], entries: Sequence[tuple[int, ...]], compare: Callable[[int, int], bool]
) -> dict[int, int]:
    leaders: list[int] = []
    found: dict[int, int] = {}
    for row in run:
        likely = [
            leader
            for leader in leaders
            if sum(a == b for a, b in zip(entries[row], entries[leader], strict=True)) >= 12
        ]
        partner = next((leader for leader in likely[:3] if compare(row, leader)), None)
        if partner is not None:
            found[row] = partner
        elif len(leaders) < 16:
            leaders.append(row)
    return found


def _runs(keys: Sequence[object], nothing: object) -> list[list[int]]:
    rows: dict[object, list[int]] = {}
    for row, key in enumerate(keys):
        if key != nothing:
            rows.setdefault(key, []).append(row)
    return [run for run in rows.values() if len(run) > 1]


def _similarity(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _pairs(words: list[bytes]) -> frozenset[int]:
    return frozenset(crc32(after, crc32(before)) for before, after in pairwise(words))


def _words(text: str) -> list[bytes]:
    words = text.split()[:_MOST_WORDS]
    return [piece.encode() for word in words for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    if len(word) <= 12 or word.isascii():
        return [word]
    return [word[at : at + 3] for at in range(min(len(word), _MOST_WORDS) - 2)]
