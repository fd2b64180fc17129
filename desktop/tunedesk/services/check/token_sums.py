"""How many tokens the rows have, kept up with every change of some of them."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import compress

from tunedesk.core import many
from tunedesk.services.dataset.row_marks import NOT_COUNTED
from tunedesk.services.dataset.splitter import SIDES

N_BINS = 16
_FEW = 30_000  # a batch of the check: numpy is not there yet


class TokenSums:
    """`with_tokens` counts rows by tokens; `trained` sums what one pass teaches, by side."""

    CHANGES = ("with_tokens", "trained")

    def __init__(self) -> None:
        self.with_tokens: Counter[int] = Counter()
        self.trained = [0] * len(SIDES)

    def count(self, tokens: array[int], sign: int = 1) -> None:
        """These rows come, or go with a sign of -1; those that nobody counted do not matter."""
        counted = self.with_tokens
        for value, n_rows in _frequencies(tokens).items():
            if value != NOT_COUNTED:
                counted[value] += sign * n_rows
                if not counted[value]:
                    del counted[value]

    def train(self, trained: array[int], sides: bytes | bytearray, sign: int = 1) -> None:
        """What these rows teach comes, or goes with a sign of -1."""
        if trained.count(NOT_COUNTED) == len(trained):
            return
        if len(trained) > _FEW:
            self._train_many(trained, sides, sign)
            return
        there = set(sides)
        for side in there & set(range(len(SIDES))):
            picked = trained
            if len(there) > 1:
                picked = array("i", compress(trained, sides.translate(_is_side(side))))
            self.trained[side] += sign * (sum(picked) - NOT_COUNTED * picked.count(NOT_COUNTED))

    def _train_many(self, trained: array[int], sides: bytes | bytearray, sign: int) -> None:
        found, on = many.values(trained), many.values(sides)
        for side in range(len(SIDES)):
            picked = found[(on == side) & (found != NOT_COUNTED)]
            self.trained[side] += sign * int(picked.sum(dtype="q"))

    @property
    def n_tokens(self) -> int:
        """Tokens of all counted rows."""
        return sum(tokens * n for tokens, n in self.with_tokens.items())

    @property
    def longest(self) -> int:
        return max(self.with_tokens, default=0)

    def histogram(self) -> list[int]:
        """Rows by tokens, in N_BINS bins of equal width from 0 to the longest row."""
        bins = [0] * N_BINS
        longest = max(self.longest, 1)
        for tokens, n in self.with_tokens.items():
            bins[min(tokens * N_BINS // longest, N_BINS - 1)] += n
        return bins


def _frequencies(tokens: array[int]) -> dict[int, int]:
    if len(tokens) <= _FEW:
        return Counter(tokens)
    import numpy as np

    found, n_rows = np.unique(many.values(tokens), return_counts=True)
    return dict(zip(found.tolist(), n_rows.tolist(), strict=True))


def _is_side(side: int) -> bytes:
    """For bytes.translate: 1 where a row is on this side."""
    return bytes(number == side for number in range(256))
