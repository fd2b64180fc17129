"""What is known of each row, in columns as long as the dataset."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress
from operator import ne

import msgspec

from tunedesk.core.orders import NEW
from tunedesk.core.split import KEY_BYTES
from tunedesk.services.check_protocol import Counted, Looked
from tunedesk.services.row_marks import (
    ERROR,
    NOT_COUNTED,
    OK,
    PENDING,
    STATUSES,
    WARNING,
    Status,
)
from tunedesk.services.splitter import SIDES, TRAIN, Splitter
from tunedesk.store.records import DatasetSettings, SplitSide

N_BINS = 16

_Choice = SplitSide | None
_NO_SIDE = 255
_FEW = 8  # prompts that are looked for one by one
_NO_DIGEST = bytes(KEY_BYTES)

__all__ = [
    "ERROR",
    "NOT_COUNTED",
    "N_BINS",
    "OK",
    "PENDING",
    "STATUSES",
    "WARNING",
    "Facts",
    "RowFacts",
    "Sendable",
    "Status",
]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one row; `status` indexes STATUSES, tokens may be NOT_COUNTED.

    `digest` is the prompt's as far as prompts are told apart by it (KEY_BYTES); `kind` as in
    RowColumns.
    """

    status: int
    digest: bytes
    kind: int = 0
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
    """23 bytes a row. Rows are known by their position, which edits move along.

    `own` is each row's status by itself, `status` with what only the whole file tells.
    """

    def __init__(self, n_rows: int, splitter: Splitter) -> None:
        self._splitter = splitter
        self.status = bytearray(n_rows)
        self.own = bytearray(n_rows)
        self.kinds = bytearray(n_rows)
        self.tokens = array("i", [NOT_COUNTED]) * n_rows
        self.trained = array("i", [NOT_COUNTED]) * n_rows
        self.sides = bytearray([_NO_SIDE]) * n_rows
        self._digests = bytearray(KEY_BYTES * n_rows)
        self._drawn = array("I", bytes(4 * n_rows))
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
        self.status[index] = self.own[index] = facts.status
        self.kinds[index] = facts.kind
        self._digests[self._span(index)] = facts.digest
        self.tokens[index] = facts.tokens
        self.trained[index] = facts.trained_tokens
        self._drawn[index] = self._splitter.draws(facts.digest)[0]
        self.sides[index] = self._splitter.side(facts.digest, self._drawn[index])
        self._count(index)

    def digest(self, index: int) -> bytes:
        """The prompt's digest; only of a row that is known."""
        return bytes(self._digests[self._span(index)])

    def side(self, index: int) -> SplitSide:
        """Only of a row that is known."""
        return SIDES[self.sides[index]]

    # ---- many rows -----------------------------------------------------------------------------

    def put_looked(self, first: int, found: Looked) -> None:
        """Status, kind, prompt and side of consecutive rows; their tokens stay as they are.

        `found.drawn` must be of the seed there is now.
        """
        part = slice(first, first + len(found))
        uncounted = self._trained_of(part)
        self.status[part] = self.own[part] = found.status
        self.kinds[part] = found.kinds
        self._digests[first * KEY_BYTES : part.stop * KEY_BYTES] = found.keys
        drawn = array("I", found.drawn)
        self._drawn[part] = drawn
        self.sides[part] = self._splitter.sides(drawn)
        if self._splitter.choices:
            self._put_chosen(part)
        self._retrain(uncounted, self._trained_of(part))

    def put_counted(self, first: int, found: Counted) -> None:
        """Tokens of consecutive rows that are known."""
        total, trained = array("i", found.total), array("i", found.trained)
        part = slice(first, first + len(total))
        uncounted = self._trained_of(part)
        before = self.tokens[part]
        if before.count(NOT_COUNTED) < len(before):
            self._n_with_tokens.subtract(before)
        self._n_with_tokens.update(total)
        self._n_with_tokens.pop(NOT_COUNTED, None)
        for tokens in set(before) - set(total):
            if not self._n_with_tokens[tokens]:
                del self._n_with_tokens[tokens]
        self.tokens[part], self.trained[part] = total, trained
        self._retrain(uncounted, self._trained_of(part))

    def put_status(self, status: bytes) -> None:
        """Every row's status with what only the whole file tells."""
        self.status[:] = status

    def columns(self) -> tuple[bytes, bytes, bytes]:
        """Kinds, own statuses and prompts of all rows, for the rules of the whole file."""
        return bytes(self.kinds), bytes(self.own), bytes(self._digests)

    def next_unknown(self, start: int) -> int:
        """The first row from `start` on that nobody looked at; -1 if there is none."""
        return self.own.find(PENDING, start)

    def next_uncounted(self, start: int) -> int:
        """The first row from `start` on whose tokens are not counted; -1 if there is none."""
        try:
            return self.tokens.index(NOT_COUNTED, start)
        except ValueError:
            return -1

    def _put_chosen(self, part: slice) -> None:
        choices = self._splitter.choices
        for row in range(part.start, part.stop):
            if (digest := self.digest(row)) in choices:
                self.sides[row] = self._splitter.side(digest, self._drawn[row])

    def _trained_of(self, part: slice) -> list[int]:
        """Trained tokens of counted rows by side."""
        trained, sides = self.trained[part], self.sides[part]
        if trained.count(NOT_COUNTED) == len(trained):
            return [0] * len(SIDES)
        counted = list(map(ne, trained, [NOT_COUNTED] * len(trained)))
        kept, on = list(compress(trained, counted)), bytes(compress(sides, counted))
        return [sum(compress(kept, on.translate(_is_side(side)))) for side in range(len(SIDES))]

    def _retrain(self, before: list[int], now: list[int]) -> None:
        for side, (old, new) in enumerate(zip(before, now, strict=True)):
            self._trained_by_side[side] += new - old

    # ---- rows come, go and move ----------------------------------------------------------------

    def insert(self, index: int) -> None:
        """A row of which nothing is known yet."""
        self.status.insert(index, PENDING)
        self.own.insert(index, PENDING)
        self.kinds.insert(index, 0)
        self.tokens.insert(index, NOT_COUNTED)
        self.trained.insert(index, NOT_COUNTED)
        self.sides.insert(index, _NO_SIDE)
        self._drawn.insert(index, 0)
        at = index * KEY_BYTES
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
        width = KEY_BYTES
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
        self.own.append(PENDING)
        self.kinds.append(0)
        self.tokens.append(NOT_COUNTED)
        self.trained.append(NOT_COUNTED)
        self.sides.append(_NO_SIDE)
        self._drawn.append(0)
        self._digests += _NO_DIGEST
        self._pick(order)

    def _pick(self, order: Sequence[int]) -> None:
        """NEW, which is -1, picks the blank entry that `take` has put at the end."""
        self.status = bytearray(map(self.status.__getitem__, order))
        self.own = bytearray(map(self.own.__getitem__, order))
        self.kinds = bytearray(map(self.kinds.__getitem__, order))
        self.sides = bytearray(map(self.sides.__getitem__, order))
        self.tokens = array("i", map(self.tokens.__getitem__, order))
        self.trained = array("i", map(self.trained.__getitem__, order))
        self._drawn = array("I", map(self._drawn.__getitem__, order))
        width, digests = KEY_BYTES, self._digests
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

    def rows_asking(self, digests: Collection[bytes]) -> list[int]:
        """Rows with one of these prompts."""
        return list(self._rows_with_any(digests))

    def rows_with_choice(self) -> list[int]:
        """Rows whose prompt the person has put on a side."""
        return list(self._rows_with_any(self._splitter.choices.keys()))

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
            self._drawn = self._splitter.draws(self._digests)
        self.sides = self._sides_by_rule()
        for row in self._rows_with_any(self._splitter.choices):
            self.sides[row] = self._splitter.side(self.digest(row), self._drawn[row])
        self._trained_by_side = self._trained_of(slice(0, len(self)))

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
        return slice(index * KEY_BYTES, (index + 1) * KEY_BYTES)

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
        return (
            self.status,
            self.own,
            self.kinds,
            self.tokens,
            self.trained,
            self.sides,
            self._drawn,
        )

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
            if at % KEY_BYTES == 0:
                yield at // KEY_BYTES
            at = self._digests.find(digest, at + 1)


def _is_side(side: int) -> bytes:
    """For bytes.translate: 1 where a row is on this side."""
    return bytes(number == side for number in range(256))


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
