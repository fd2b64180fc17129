"""Rows that say nearly the same, among a million, in bounded time and memory.

Equal texts after `plain_text` are found by key. For the rest each row has a sketch: of the hashes
of its word pairs, the first one in each of 16 equal stretches of the hash space (one-permutation
min-hashing, an empty stretch taking the next hash: Li, Owen, Zhang 2012; Shrivastava, Li 2014).
Two rows agree in an entry with a chance equal to their Jaccard similarity; rows that agree in
four neighbouring entries are compared, by the sketch first and then exactly.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import compress, pairwise
from typing import NamedTuple
from zlib import crc32

from tunedesk.core.lines import Buffer
from tunedesk.core.plain_text import plain_text

SIMILARITY = 0.8
"""Shared word pairs, of all that either row has, from which on rows are nearly the same."""
REPLY_SIMILARITY = 0.5
"""The same for replies: long prompts alone do not make rows alike."""

_ENTRIES, _BAND = 16, 4
RECORD_BYTES = 16 + 4 * _ENTRIES
_EDGES = [index * (2**32 // _ENTRIES) for index in range(_ENTRIES)]
_LIKELY = 12  # entries of 16 that must agree before rows are compared exactly
_MOST_EXACT = 3  # exact comparisons of a row that is found alike in some entries
_LEAST_PAIRS = 8  # shorter rows are compared as a whole only: a word or two is much of them
_MOST_WORDS = 20_000  # of a row; what comes later is not looked at
_MOST_LEADERS = 16  # of rows that share four entries: keeps a hostile file linear
_LONG_WORD = 12  # characters of a word in a script without spaces
_NONE = (0,) * _ENTRIES

_COMMON_SHARE = 0.5
_LEAST_SAMPLE = 50


class Words(NamedTuple):
    """Hashes of each two neighbouring words of a row, and those of its reply alone."""

    whole: frozenset[int]
    reply: frozenset[int]


WordsOf = Callable[[int], Words]


class Sketch(NamedTuple):
    """`whole` and `prompt` are keys of the plain texts, 0 for a row without any."""

    whole: int
    prompt: int
    entries: tuple[int, ...]


NO_SKETCH = Sketch(0, 0, _NONE)


def sketch_of(prompt: str, reply: str, common: frozenset[int] = frozenset()) -> Sketch:
    """The sketch of a row; NO_SKETCH if it says nothing. About 0.1 ms a kilobyte.

    `common` word pairs do not count: see `common_pairs`.
    """
    asked, answered = plain_text(prompt), plain_text(reply)
    if not asked and not answered:
        return NO_SKETCH
    found = sorted((_pairs(_words(asked)) | _reply_pairs(answered)) - common)
    entries = _entries(found) if len(found) >= _LEAST_PAIRS else _NONE
    return Sketch(_key(f"{asked}\0{answered}"), _key(asked) if asked else 0, entries)


def word_pairs(prompt: str, reply: str, common: frozenset[int] = frozenset()) -> Words:
    """The word pairs of a row without the `common` ones."""
    answered = _reply_pairs(plain_text(reply))
    whole = _pairs(_words(plain_text(prompt))) | answered
    return Words(frozenset(whole - common), frozenset(answered - common))


def common_pairs(sample: Sequence[tuple[str, str]]) -> frozenset[int]:
    """Word pairs in more than half of a sample of rows (prompt, reply): the file's own template.

    Rows that share long instructions and little else are not nearly the same. A sample of fewer
    than 50 rows tells nothing.
    """
    if len(sample) < _LEAST_SAMPLE:
        return frozenset()
    times = Counter(pair for texts in sample for pair in word_pairs(*texts).whole)
    least = len(sample) * _COMMON_SHARE
    return frozenset(pair for pair, n_rows in times.items() if n_rows > least)


def similarity(one: frozenset[int], other: frozenset[int]) -> float:
    """Jaccard's: shared ones of all; 0.0 if there are none."""
    return len(one & other) / len(one | other) if one or other else 0.0


def are_alike(one: Words, other: Words) -> bool:
    """Whether two rows are nearly the same as a whole, and not too different in the reply."""
    if similarity(one.whole, other.whole) < SIMILARITY:
        return False
    return one.reply == other.reply or similarity(one.reply, other.reply) >= REPLY_SIMILARITY


class Sketches:
    """Those of a file in columns, 80 bytes a row."""

    def __init__(self) -> None:
        self.whole = array("Q")
        self.prompt = array("Q")
        self._entries = array("I")

    def __len__(self) -> int:
        return len(self.whole)

    def add(self, sketch: Sketch) -> None:
        """The next row's."""
        self.whole.append(sketch.whole)
        self.prompt.append(sketch.prompt)
        self._entries.extend(sketch.entries)

    def join(self, other: Sketches) -> None:
        """The rows of `other` come next."""
        self.whole.extend(other.whole)
        self.prompt.extend(other.prompt)
        self._entries.extend(other._entries)

    def records(self) -> bytearray:
        """RECORD_BYTES a row, one row after another; `read` takes them back."""
        found = bytearray(RECORD_BYTES * len(self))
        numbers, entries = memoryview(found).cast("Q"), memoryview(found).cast("I")
        numbers[0 :: RECORD_BYTES // 8] = memoryview(self.whole)
        numbers[1 :: RECORD_BYTES // 8] = memoryview(self.prompt)
        for at in range(_ENTRIES):
            entries[4 + at :: RECORD_BYTES // 4] = memoryview(self._entries)[at::_ENTRIES]
        return found

    def read(self, records: Buffer, order: Iterable[int]) -> None:
        """The next rows': the records that `order` names, by number."""
        for number in order:
            at = RECORD_BYTES * number
            self.whole.frombytes(records[at : at + 8])
            self.prompt.frombytes(records[at + 8 : at + 16])
            self._entries.frombytes(records[at + 16 : at + RECORD_BYTES])

    def entries(self, row: int) -> array[int]:
        """The sketch of one row."""
        return self._entries[_ENTRIES * row : _ENTRIES * (row + 1)]

    def band(self, at: int) -> list[int]:
        """A key for each row from four neighbouring entries; 0 for rows that have none."""
        columns = [self._entries[at + i :: _ENTRIES] for i in range(_BAND)]
        return [hash(key) if any(key) else 0 for key in zip(*columns, strict=True)]


def near_duplicates(
    sketches: Sketches, words_of: WordsOf, known: Collection[int] = ()
) -> dict[int, int]:
    """Row → an earlier row that says nearly the same, both from 0; rows in `known` have none.

    `words_of` gives a row's word pairs; it is asked for rows that are likely to be alike only.
    A pair may be missed, with a chance of one in four at a similarity of 0.8, one in ten at 0.85
    and one in thirty at 0.9; none is made up.
    """
    partners: dict[int, int] = {}
    for run in runs(sketches.whole):
        partners.update((row, run[0]) for row in run[1:] if row not in known)
    for at in range(0, _ENTRIES, _BAND):
        for run in runs(sketches.band(at)):
            _compare(run, sketches, words_of, known, partners)
    return partners


def runs(keys: array[int] | list[int]) -> Iterator[list[int]]:
    """Rows that share a key, ascending, for every key but 0 that two rows share."""
    order = sorted(_shared(keys), key=keys.__getitem__)
    run = order[:1]
    for before, row in pairwise(order):
        if keys[row] == keys[before]:
            run.append(row)
            continue
        yield run
        run = [row]
    if run:
        yield run


def _shared(keys: Sequence[int]) -> list[int]:
    """Rows, ascending, whose key another row has too; most files have few."""
    once, often = set[int](), set[int]()
    for key in keys:
        if key in once:
            often.add(key)
        else:
            once.add(key)
    often.discard(0)
    return list(compress(range(len(keys)), map(often.__contains__, keys))) if often else []


def _compare(
    run: list[int],
    sketches: Sketches,
    words_of: WordsOf,
    known: Collection[int],
    partners: dict[int, int],
) -> None:
    leaders: list[tuple[int, array[int]]] = []
    for row in run:
        if row in partners or row in known:
            continue
        entries = sketches.entries(row)
        partner = _partner(row, entries, leaders, words_of)
        if partner is not None:
            partners[row] = partner
        elif len(leaders) < _MOST_LEADERS:
            leaders.append((row, entries))


def _partner(
    row: int, entries: array[int], leaders: list[tuple[int, array[int]]], words_of: WordsOf
) -> int | None:
    likely = [
        leader for leader, theirs in leaders if sum(map(int.__eq__, entries, theirs)) >= _LIKELY
    ]
    if not likely:
        return None
    ours = words_of(row)
    tried = likely[:_MOST_EXACT]
    return next((leader for leader in tried if are_alike(ours, words_of(leader))), None)


def _entries(found: list[int]) -> tuple[int, ...]:
    last = len(found)
    places = [bisect_left(found, edge) for edge in _EDGES]
    return tuple(found[place] if place < last else found[0] for place in places)


def _pairs(words: list[bytes]) -> set[int]:
    return set(map(crc32, words[1:], map(crc32, words)))


def _reply_pairs(answered: str) -> set[int]:
    return _pairs([b"\0", *_words(answered)])


def _words(text: str) -> list[bytes]:
    if text.isascii():
        return text.encode().split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]
    words = text.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]
    return [piece.encode("utf-8", "replace") for word in words for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    """A stretch of Thai or Chinese has no spaces: threes of characters stand for its words."""
    if len(word) <= _LONG_WORD or word.isascii():
        return [word]
    return [word[at : at + 3] for at in range(min(len(word), _MOST_WORDS) - 2)]


def _key(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
