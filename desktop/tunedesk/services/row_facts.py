"""What is known of each row, in columns as long as the dataset."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from tunedesk.core.orders import NEW
from tunedesk.services.splitter import SIDES, TRAIN, Splitter
from tunedesk.store.records import DatasetSettings, SplitSide

Status = Literal["pending", "ok", "warning", "error"]

STATUSES: tuple[Status, ...] = ("pending", "ok", "warning", "error")
PENDING, OK, WARNING, ERROR = range(4)
NOT_COUNTED = -1
N_BINS = 16

_Choice = SplitSide | None
_NO_SIDE = 255
_FEW = 8  # prompts that are looked for one by one
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


class RowFacts:
    """About 60 bytes a row. Rows are known by their position, which edits move along."""

    def __init__(self, n_rows: int, splitter: Splitter) -> None:
        self._splitter = splitter
        self.status = bytearray(n_rows)
        self.tokens = array("q", [NOT_COUNTED]) * n_rows
        self.trained = array("q", [NOT_COUNTED]) * n_rows
        self.sides = bytearray([_NO_SIDE]) * n_rows
        self._digests = bytearray(_DIGEST_BYTES * n_rows)
        self._drawn = array("Q", bytes(8 * n_rows))
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
        self._drawn[index] = self._splitter.draw(facts.digest)
        self.sides[index] = self._splitter.side(facts.digest, self._drawn[index])
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
        self._drawn.insert(index, 0)
        at = index * _DIGEST_BYTES
        self._digests[at:at] = _NO_DIGEST

    def delete(self, index: int) -> None:
        self._uncount(index)
        for column in self._columns():
            del column[index]
        del self._digests[self._span(index)]

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for column in self._columns():
            _move(column, first, count, to)
        width = _DIGEST_BYTES
        _move(self._digests, first * width, count * width, to * width)

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known yet.

        Rows that `order` does not name are gone.
        """
        gone = bytearray(b"\1") * len(self)
        for old in order:
            if old != NEW:
                gone[old] = 0
        for index in _positions(gone, 1):
            self._uncount(index)
        self.status.append(PENDING)
        self.tokens.append(NOT_COUNTED)
        self.trained.append(NOT_COUNTED)
        self.sides.append(_NO_SIDE)
        self._drawn.append(0)
        self._digests += _NO_DIGEST
        self._pick(order)

    def _pick(self, order: Sequence[int]) -> None:
        """NEW, which is -1, picks the blank entry that `take` has put at the end."""
        self.status = bytearray(map(self.status.__getitem__, order))
        self.sides = bytearray(map(self.sides.__getitem__, order))
        self.tokens = array("q", map(self.tokens.__getitem__, order))
        self.trained = array("q", map(self.trained.__getitem__, order))
        self._drawn = array("Q", map(self._drawn.__getitem__, order))
        width, digests = _DIGEST_BYTES, self._digests
        blank = len(digests) // width - 1
        starts = (width * (old if old != NEW else blank) for old in order)
        self._digests = bytearray(b"").join(digests[at : at + width] for at in starts)

    # ---- split ---------------------------------------------------------------------------------

    def set_choices(self, wanted: Mapping[bytes, _Choice]) -> None:
        """Choices by digest; the rows that have these prompts follow."""
        known = self._splitter.choices
        for digest, side in wanted.items():
            if side is None:
                known.pop(digest, None)
            else:
                known[digest] = side
        for row in self._rows_with_any(wanted):
            self._put_on(row, self._splitter.side(self.digest(row), self._drawn[row]))

    def choice_of(self, index: int) -> _Choice:
        """The person's own choice for the row's prompt, if there is one."""
        return self._splitter.choices.get(self.digest(index))

    def choice_for(self, digest: bytes) -> _Choice:
        """The person's own choice for a prompt."""
        return self._splitter.choices.get(digest)

    def has(self, digest: bytes) -> bool:
        """Whether a row asks this prompt."""
        return next(self._rows_with(digest), None) is not None

    @property
    def rule(self) -> DatasetSettings:
        """Seed and share of test."""
        return self._splitter.rule

    def set_rule(self, rule: DatasetSettings) -> None:
        """Split anew; rows with a choice of their own stay where they are."""
        has_other_seed = rule.seed != self.rule.seed
        self._splitter.set_rule(rule)
        if has_other_seed:
            digests = (self.digest(row) for row in range(len(self)))
            self._drawn = array("Q", map(self._splitter.draw, digests))
        self.sides = self._sides_by_rule()
        for row in self._rows_with_any(self._splitter.choices):
            self.sides[row] = self._splitter.side(self.digest(row), self._drawn[row])
        self._trained_by_side = [0] * len(SIDES)
        for side, trained in zip(self.sides, self.trained, strict=True):
            if trained > 0 and side != _NO_SIDE:
                self._trained_by_side[side] += trained

    def _sides_by_rule(self) -> bytearray:
        sides = self._splitter.sides(self._drawn)
        for row in _positions(self.status, PENDING):
            sides[row] = _NO_SIDE
        return sides

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

    def _columns(self) -> tuple[bytearray | array[int], ...]:
        return self.status, self.tokens, self.trained, self.sides, self._drawn

    def _put_on(self, row: int, side: int) -> None:
        self._uncount(row)
        self.sides[row] = side
        self._count(row)

    def _rows_with_any(self, digests: Collection[bytes]) -> Iterator[int]:
        """Rows with one of these prompts; one pass where there are many."""
        if len(digests) <= _FEW:
            for digest in digests:
                yield from self._rows_with(digest)
            return
        for row in range(len(self)):
            if self.digest(row) in digests:
                yield row

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
