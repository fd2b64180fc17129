"""OpenAI's vocabulary as a table in a mapped file: a few texts are counted without loading it.

tiktoken takes a third of a second in which no other thread of Python runs, and 60 MB. Here nothing
is read before it is asked for, and the memory is the system's file cache. Once warm it takes two to
three times as long as tiktoken, and longer for texts without spaces.

The file: how many tokens there are (uint64); SLOTS places of a hash table (uint32), each 0 or a
token's rank + 1; where each token begins and the last ends (uint32); the tokens by rank.
"""

from __future__ import annotations

import mmap
import sys
import zlib
from array import array
from base64 import b64decode
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from pathlib import Path

SLOTS = 1 << 19
_MOST_KNOWN = 20_000  # words, and fragments of words: some 2 MB each
_NO_TOKEN = 1 << 30
_HEAD_BYTES = 8

_BIG, _SMALL = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
_BEFORE, _AFTER = r"[^\r\n\p{L}\p{N}]?", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_WORD = "|".join(  # what o200k_base never merges across
    (
        f"{_BEFORE}[{_BIG}]*[{_SMALL}]+{_AFTER}",
        f"{_BEFORE}[{_BIG}]+[{_SMALL}]*{_AFTER}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)


def table_of(vocabulary: bytes) -> bytes:
    """The table of a vocabulary file: lines of a token in base64 and its rank, ascending from 0."""
    slots, starts = array("I", bytes(4 * SLOTS)), array("I", [0])
    tokens: list[bytes] = []
    for line in vocabulary.rstrip().split(b"\n"):
        token = b64decode(line.split()[0])
        place = zlib.crc32(token) % SLOTS
        while slots[place]:
            place = (place + 1) % SLOTS
        tokens.append(token)
        slots[place] = len(tokens)
        starts.append(starts[-1] + len(token))
    head = len(tokens).to_bytes(_HEAD_BYTES, sys.byteorder)
    return b"".join((head, slots.tobytes(), starts.tobytes(), *tokens))


class TokenTable:
    """Counts as o200k_base does; several threads may.

    Characters that came into Unicode after tiktoken was built may be split otherwise.
    """

    def __init__(self, path: Path) -> None:
        """`path` is a file of `table_of`, which stays as it is. Raises OSError, ValueError."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        whole = memoryview(self._map)
        n_tokens = int.from_bytes(whole[:_HEAD_BYTES], sys.byteorder)
        starts_at = _HEAD_BYTES + 4 * SLOTS
        self._tokens_at = starts_at + 4 * (n_tokens + 1)
        self._slots = whole[_HEAD_BYTES:starts_at].cast("I")
        self._starts = whole[starts_at : self._tokens_at].cast("I")
        self._words_of: Callable[[str], list[str]] = _word_finder()
        self._words: dict[str, int] = {}
        self._ranks: dict[bytes, int] = {}

    def count(self, text: str) -> int:
        """Tokens of a text; a lone surrogate counts as the mark for a character that is none."""
        n_tokens, known = 0, self._words
        for word in self._words_of(_sound(text)):
            n_here = known.get(word)
            if n_here is None:
                n_here = self._of_word(word.encode())
                if len(known) < _MOST_KNOWN:
                    known[word] = n_here
            n_tokens += n_here
        return n_tokens

    def _of_word(self, word: bytes) -> int:
        return 1 if self._rank(word) != _NO_TOKEN else self._merged(word)

    def _rank(self, token: bytes) -> int:
        """_NO_TOKEN if it is none."""
        known = self._ranks.get(token)
        if known is None:
            known = self._looked_up(token)
            if len(self._ranks) < _MOST_KNOWN:
                self._ranks[token] = known
        return known

    def _looked_up(self, token: bytes) -> int:
        place, starts, at = zlib.crc32(token) % SLOTS, self._starts, self._tokens_at
        while number := self._slots[place]:
            if self._map[at + starts[number - 1] : at + starts[number]] == token:
                return number - 1
            place = (place + 1) % SLOTS
        return _NO_TOKEN

    def _merged(self, word: bytes) -> int:
        """Neighbours are joined while any two are a token, those of the lowest rank first.

        Part `i` is `word[i:ends[i]]`; `before[end]` is where the part that ends there begins.
        """
        n_bytes, rank, none = len(word), self._rank, _NO_TOKEN
        ends, before = list(range(1, n_bytes + 1)), list(range(-1, n_bytes))
        joined = [rank(word[i : i + 2]) for i in range(n_bytes - 1)]
        joined.append(none)  # the rank of a part with the one after it
        waiting = [(found, i) for i, found in enumerate(joined) if found != none]
        heapify(waiting)
        n_parts = n_bytes
        while waiting:
            found, i = heappop(waiting)
            if joined[i] != found:
                continue
            middle = ends[i]
            end = ends[i] = ends[middle]
            before[end], joined[middle] = i, none
            n_parts -= 1
            for first in (i, before[i]):
                if first >= 0:
                    last = ends[first]
                    new = rank(word[first : ends[last]]) if last < n_bytes else none
                    joined[first] = new
                    if new != none:
                        heappush(waiting, (new, first))
        return n_parts


def _sound(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _word_finder() -> Callable[[str], list[str]]:
    import regex  # 30 ms: only who counts pays for it

    find: Callable[[str], list[str]] = regex.compile(_WORD).findall
    return find
