"""What is known of each row, in columns as long as the dataset."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from tunedesk.core.split import assign
from tunedesk.store.records import DatasetSettings, SplitSide

Status = Literal["pending", "ok", "warning", "error"]

STATUSES: tuple[Status, ...] = ("pending", "ok", "warning", "error")
PENDING, OK, WARNING, ERROR = range(4)
SIDES: tuple[SplitSide, ...] = ("train", "test", "aside")
TRAIN, TEST, ASIDE = range(3)
NOT_COUNTED = -1
N_BINS = 16

_NO_SIDE = 255
_DIGEST_BYTES = 32
_NO_DIGEST = bytes(_DIGEST_BYTES)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one row; `status` indexes STATUSES, tokens may be NOT_COUNTED."""

    status: int
    digest: bytes
    tokens: int = NOT_COUNTED
    trained_tokens: int = NOT_COUNTED


class Sendable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a side that a provider can be given. Tokens are 0 where nobody counted."""

    rows: list[int]
    n_with_errors: int
    tokens: int
    trained_tokens: int
    longest_tokens: int


class Splitter:
    """Which side a prompt is on: the person's choice, else the seed's."""

    def __init__(self, settings: DatasetSettings, choices: Mapping[str, SplitSide]) -> None:
        self._settings = settings
        self.choices = dict(choices)

    def side(self, digest: bytes) -> int:
        """Index into SIDES."""
        prompt = digest.hex()
        chosen = self.choices.get(prompt)
        if chosen is None:
            return SIDES.index(assign(prompt, self._settings.seed, self._settings.test_share))
        return SIDES.index(chosen)


class RowFacts:
    """About 50 bytes a row. Rows are known by their position, which edits move along."""

    def __init__(self, n_rows: int, splitter: Splitter) -> None:
        self._splitter = splitter
        self.status = bytearray(n_rows)
        self.tokens = array("q", [NOT_COUNTED]) * n_rows
        self.trained = array("q", [NOT_COUNTED]) * n_rows
        self.sides = bytearray([_NO_SIDE]) * n_rows
        self._digests = bytearray(_DIGEST_BYTES * n_rows)
        self._n_with_tokens: Counter[int] = Counter()
        self._trained_by_side = [0] * len(SIDES)

    def __len__(self) -> int:
        return len(self.status)

    # ---- single rows ---------------------------------------------------------------------------

    def is_known(self, index: int) -> bool:
        """Whether the row was looked at since it came or changed."""
        return self.status[index] != PENDING

    def put(self, index: int, facts: Facts) -> None:
        """Store what was found out; an unknown token count leaves the row uncounted."""
        self._uncount(index)
        self.status[index] = facts.status
        self._digests[self._span(index)] = facts.digest
        self.tokens[index] = facts.tokens
        self.trained[index] = facts.trained_tokens
        self.sides[index] = self._splitter.side(facts.digest)
        self._count(index)

    def digest(self, index: int) -> bytes:
        """The prompt's digest; only of a row that is known."""
        return bytes(self._digests[self._span(index)])

    def side(self, index: int) -> SplitSide:
        """Only of a row that is known."""
        return SIDES[self.sides[index]]

    # ---- rows come, go and move ----------------------------------------------------------------

    def insert(self, index: int) -> None:
        """A row of which nothing is known yet."""
        self.status.insert(index, PENDING)
        self.tokens.insert(index, NOT_COUNTED)
        self.trained.insert(index, NOT_COUNTED)
        self.sides.insert(index, _NO_SIDE)
        at = index * _DIGEST_BYTES
        self._digests[at:at] = _NO_DIGEST

    def delete(self, index: int) -> None:
        self._uncount(index)
        del self.status[index], self.tokens[index], self.trained[index], self.sides[index]
        del self._digests[self._span(index)]

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for column in (self.status, self.tokens, self.trained, self.sides):
            _move(column, first, count, to)
        width = _DIGEST_BYTES
        _move(self._digests, first * width, count * width, to * width)

    # ---- split ---------------------------------------------------------------------------------

    def choose(self, index: int, side: SplitSide | None) -> SplitSide | None:
        """Put the row's prompt, in every row that has it, on a side; returns the choice before."""
        digest = self.digest(index)
        before = self._splitter.choices.get(digest.hex())
        if side is None:
            self._splitter.choices.pop(digest.hex(), None)
        else:
            self._splitter.choices[digest.hex()] = side
        new = self._splitter.side(digest)
        for row in self._rows_with(digest):
            self._uncount(row)
            self.sides[row] = new
            self._count(row)
        return before

    def rows_of(self, side: SplitSide) -> list[int]:
        """Positions of the rows on a side, ascending."""
        return list(_positions(self.sides, SIDES.index(side)))

    def sendable(self, side: SplitSide) -> Sendable:
        """Rows on a side that have no errors, and their sums."""
        on_side = self.rows_of(side)
        rows = [row for row in on_side if self.status[row] != ERROR]
        counted = [row for row in rows if self.tokens[row] != NOT_COUNTED]
        return Sendable(
            rows=rows,
            n_with_errors=len(on_side) - len(rows),
            tokens=sum(self.tokens[row] for row in counted),
            trained_tokens=sum(self.trained[row] for row in counted),
            longest_tokens=max((self.tokens[row] for row in counted), default=0),
        )

    # ---- sums ----------------------------------------------------------------------------------

    @property
    def n_counted(self) -> int:
        """How many rows have their tokens counted."""
        return self._n_with_tokens.total()

    @property
    def n_tokens(self) -> int:
        """Tokens of all counted rows."""
        return sum(tokens * n for tokens, n in self._n_with_tokens.items())

    @property
    def n_trained_tokens(self) -> int:
        """What one pass over the train rows teaches."""
        return self._trained_by_side[TRAIN]

    @property
    def longest_tokens(self) -> int:
        return max(self._n_with_tokens, default=0)

    def histogram(self) -> list[int]:
        """Rows by tokens, in N_BINS bins of equal width from 0 to the longest row."""
        bins = [0] * N_BINS
        longest = max(self.longest_tokens, 1)
        for tokens, n in self._n_with_tokens.items():
            bins[min(tokens * N_BINS // longest, N_BINS - 1)] += n
        return bins

    # ---- inner ---------------------------------------------------------------------------------

    def _span(self, index: int) -> slice:
        return slice(index * _DIGEST_BYTES, (index + 1) * _DIGEST_BYTES)

    def _count(self, index: int) -> None:
        if self.tokens[index] != NOT_COUNTED:
            self._n_with_tokens[self.tokens[index]] += 1
            self._trained_by_side[self.sides[index]] += self.trained[index]

    def _uncount(self, index: int) -> None:
        tokens = self.tokens[index]
        if tokens == NOT_COUNTED:
            return
        self._n_with_tokens[tokens] -= 1
        if not self._n_with_tokens[tokens]:
            del self._n_with_tokens[tokens]
        self._trained_by_side[self.sides[index]] -= self.trained[index]

    def _rows_with(self, digest: bytes) -> Iterator[int]:
        at = self._digests.find(digest)
        while at >= 0:
            if at % _DIGEST_BYTES == 0:
                yield at // _DIGEST_BYTES
            at = self._digests.find(digest, at + 1)


def _positions(column: bytearray, value: int) -> Iterator[int]:
    at = column.find(value)
    while at >= 0:
        yield at
        at = column.find(value, at + 1)


def _move(column: bytearray | array[int], first: int, count: int, to: int) -> None:
    if isinstance(column, bytearray):
        block = column[first : first + count]
        del column[first : first + count]
        column[to:to] = block
        return
    moved = column[first : first + count]
    del column[first : first + count]
    column[to:to] = moved
