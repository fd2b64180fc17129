"""A number for some prompts, by the prompt's key: 12 bytes each, for a few or for a million."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from tunedesk.core import many

NONE = -1
"""In place of a number: the prompt has none."""

_FEW = 8


class PromptMarks:
    """Keys (see Splitter) ascend; what is known of many is put and asked at once."""

    CHANGES = ("_keys", "_marks")

    def __init__(self, marks: Mapping[int, int]) -> None:
        self._keys = array("Q", sorted(marks))
        self._marks = array("i", (marks[key] for key in self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: int) -> bool:
        return self.of(key) != NONE

    def of(self, key: int) -> int:
        """NONE for a prompt without one."""
        place = bisect_left(self._keys, key)
        is_here = place < len(self._keys) and self._keys[place] == key
        return self._marks[place] if is_here else NONE

    def of_all(self, keys: array[int]) -> array[int]:
        """As `of`, of each of these."""
        if not self._keys or len(keys) <= _FEW:
            return array("i", map(self.of, keys)) if self._keys else array("i", [NONE]) * len(keys)
        assert NONE == many.NEW
        return many.taken(self._marks, many.column_of("i", many.lookup(self._keys, keys)), NONE)

    def put(self, keys: array[int], marks: array[int]) -> None:
        """These have these numbers now, or NONE; of equal keys the last counts."""
        if len(keys) <= _FEW:
            for key, mark in zip(keys, marks, strict=True):
                self._put_one(key, mark)
            return
        import numpy as np

        new = many.values(keys)
        order = np.argsort(new, kind="stable")
        joined = np.concatenate((many.values(self._keys), new[order]))
        joined_marks = np.concatenate((many.values(self._marks), many.values(marks)[order]))
        merged = np.argsort(joined, kind="stable")  # two runs that ascend: one pass
        joined, joined_marks = joined[merged], joined_marks[merged]
        is_kept = np.append(joined[1:] != joined[:-1], True) & (joined_marks != NONE)
        self._keys = many.column_of("Q", joined[is_kept])
        self._marks = many.column_of("i", joined_marks[is_kept])

    def counts(self) -> dict[int, int]:
        """How many prompts have each number."""
        return {mark: self._marks.count(mark) for mark in set(self._marks)}

    def keys(self, wanted: Sequence[int] | None = None) -> array[int]:
        """The prompts that have one of these numbers, or any."""
        if wanted is None:
            return self._keys
        return (
            many.taken(self._keys, many.positions(self._marks, *wanted)) if wanted else array("Q")
        )

    def _put_one(self, key: int, mark: int) -> None:
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            if mark == NONE:
                del self._keys[place], self._marks[place]
            else:
                self._marks[place] = mark
        elif mark != NONE:
            self._keys.insert(place, key)
            self._marks.insert(place, mark)
