"""What is known of each row, in columns as long as the dataset."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress, repeat

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
from tunedesk.services.row_records import Column, Pick, rearranged
from tunedesk.services.splitter import SIDES, TRAIN, Splitter, key_of
from tunedesk.services.token_sums import N_BINS, TokenSums
from tunedesk.store.records import DatasetSettings, SplitSide

_Choice = SplitSide | None
_NO_SIDE = 255
_BY_RULE, _UNTOUCHED = 253, 254  # beside the numbers of SIDES
_FEW = 8  # prompts that are looked for one by one
_MOST_SMALL = 32_767  # tokens that two bytes hold

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
    """20 bytes a row, 24 where one has more than 32,767 tokens.

    Rows are known by their position, which edits move along. `own` is each row's status by
    itself, `status` with what only the whole file tells. A row's key is its prompt's: the digest
    as far as prompts are told apart by it, as a number.
    """

    def __init__(self, n_rows: int, splitter: Splitter) -> None:
        self._splitter = splitter
        self.status = bytearray(n_rows)
        self.own = bytearray(n_rows)
        self.kinds = bytearray(n_rows)
        self.tokens: array[int] = array("h", [NOT_COUNTED]) * n_rows
        self.trained: array[int] = array("h", [NOT_COUNTED]) * n_rows
        self.sides = bytearray([_NO_SIDE]) * n_rows
        self.keys = array("Q", bytes(KEY_BYTES * n_rows))
        self._drawn = array("I", bytes(4 * n_rows))
        self._sums = TokenSums()
        self._tally: tuple[list[int], list[int]] | None = None

    def __len__(self) -> int:
        return len(self.status)

    # ---- single rows ---------------------------------------------------------------------------

    def is_known(self, index: int) -> bool:
        """Whether the row was looked at since it came or changed."""
        return self.status[index] != PENDING

    def put(self, index: int, facts: Facts) -> None:
        """Store what was found out; an unknown token count leaves the row uncounted."""
        row = slice(index, index + 1)
        self._uncount(row)
        self._tell(index, -1)
        self.status[index] = self.own[index] = facts.status
        self.kinds[index] = facts.kind
        self.keys[index] = key_of(facts.digest)
        self._make_room((facts.tokens, facts.trained_tokens))
        self.tokens[index] = facts.tokens
        self.trained[index] = facts.trained_tokens
        self._drawn[index] = self._splitter.draws(facts.digest)[0]
        self.sides[index] = self._splitter.side(self.keys[index], self._drawn[index])
        self._count(row)
        self._tell(index, 1)

    def side(self, index: int) -> SplitSide:
        """Only of a row that is known."""
        return SIDES[self.sides[index]]

    def first_pending(self, rows: Sequence[int]) -> Iterator[int]:
        """Those of the rows that nobody looked at."""
        is_known = map(self.status.__getitem__, rows)
        return compress(rows, map(PENDING.__eq__, is_known))

    def forget(self, rows: Sequence[int]) -> None:
        """These have other bytes now: nothing is known of them."""
        self._tally = None
        blank_status, blank_tokens = self.status, self.tokens
        self._sums.train(_of(self.trained, rows), bytes(map(self.sides.__getitem__, rows)), -1)
        self._sums.count(_of(self.tokens, rows), -1)
        for row in rows:
            blank_status[row] = self.own[row] = PENDING
            blank_tokens[row] = self.trained[row] = NOT_COUNTED
            self.sides[row] = _NO_SIDE

    # ---- many rows -----------------------------------------------------------------------------

    def put_looked(self, first: int, found: Looked) -> None:
        """Status, kind, prompt and side of consecutive rows; their tokens stay as they are.

        `found.drawn` must be of the seed there is now.
        """
        part = slice(first, first + len(found))
        self._tell_of(part, -1)
        self._sums.train(self.trained[part], self.sides[part], -1)
        self.status[part] = self.own[part] = found.status
        self.kinds[part] = found.kinds
        self.keys[part] = array("Q", found.keys)
        drawn = array("I", found.drawn)
        self._drawn[part] = drawn
        self.sides[part] = self._splitter.sides(drawn)
        if self._splitter.choices:
            self._put_chosen(part)
        self._sums.train(self.trained[part], self.sides[part])
        self._tell_of(part, 1)

    def put_counted(self, first: int, found: Counted) -> None:
        """Tokens of consecutive rows that are known."""
        total, trained = array("i", found.total), array("i", found.trained)
        part = slice(first, first + len(total))
        self._make_room(total)
        self._uncount(part)
        self.tokens[part] = array(self.tokens.typecode, total)
        self.trained[part] = array(self.trained.typecode, trained)
        self._count(part)

    def put_status(self, status: bytes) -> None:
        """Every row's status with what only the whole file tells."""
        self._tally = None
        self.status[:] = status

    def columns(self) -> tuple[bytes, bytes, bytes]:
        """Kinds, own statuses and prompts of all rows, for the rules of the whole file."""
        return bytes(self.kinds), bytes(self.own), self.keys.tobytes()

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
        chosen = self._splitter.choices
        for row in compress(
            range(part.start, part.stop), map(chosen.__contains__, self.keys[part])
        ):
            self.sides[row] = self._splitter.side(self.keys[row], self._drawn[row])

    # ---- rows come, go and move ----------------------------------------------------------------

    def insert(self, index: int) -> None:
        """A row of which nothing is known yet."""
        for column, blank in zip(self._columns(), _BLANK, strict=True):
            column.insert(index, blank)
        self._tell(index, 1)

    def delete(self, index: int) -> None:
        self._uncount(slice(index, index + 1))
        self._tell(index, -1)
        for column in self._columns():
            del column[index]

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for column in self._columns():
            _move(column, first, count, to)

    def keep(self, mask: bytearray) -> None:
        """Rows whose mask is 0 are gone."""
        gone = mask.translate(_OTHER)
        sides = bytes(compress(self.sides, gone))
        self._sums.train(array("i", compress(self.trained, gone)), sides, -1)
        self._sums.count(compress(self.tokens, gone), -1)
        self._rearrange(lambda column: array(column.typecode, compress(column, mask)))

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known yet.

        No row is gone, and none is named twice.
        """
        for column, blank in zip(self._columns(), _BLANK, strict=True):
            column.append(blank)  # NEW, which is -1, picks it
        assert NEW == -1
        self._rearrange(lambda column: array(column.typecode, map(column.__getitem__, order)))

    def _rearrange(self, pick: Pick) -> None:
        self._tally = None
        marks = (self.status, self.own, self.kinds, self.sides)
        made, numbers = rearranged(marks, (self.tokens, self.trained), pick)
        self.status, self.own, self.kinds, self.sides = made
        self.tokens, self.trained = numbers
        self.keys, self._drawn = pick(self.keys), pick(self._drawn)

    # ---- split ---------------------------------------------------------------------------------

    def set_choices(self, wanted: Mapping[int, _Choice]) -> None:
        """Choices by key; the rows that have these prompts follow."""
        self._splitter.choose(wanted)
        if len(wanted) <= _FEW:
            for row in self._rows_with_any(wanted):
                self._put_on(row, self._splitter.side(self.keys[row], self._drawn[row]))
        else:
            numbers = {side: _number(side) for side in set(wanted.values())}
            wished = map(numbers.__getitem__, wanted.values())
            self._choose_many(dict(zip(wanted, wished, strict=True)))

    def _choose_many(self, numbers: Mapping[int, int]) -> None:
        self._tally = None
        wish = bytearray(map(numbers.get, self.keys, repeat(_UNTOUCHED)))
        for row in _positions(self.status, PENDING):
            wish[row] = _UNTOUCHED
        for row in _positions(wish, _BY_RULE):
            wish[row] = self._splitter.side_by_rule(self._drawn[row])
        is_touched = wish.translate(_IS_TOUCHED)
        trained = array("i", compress(self.trained, is_touched))
        self._sums.train(trained, bytes(compress(self.sides, is_touched)), -1)
        for row in compress(range(len(self)), is_touched):
            self.sides[row] = wish[row]
        self._sums.train(trained, wish.replace(_UNTOUCHED_BYTE, b""))

    def choice_of(self, index: int) -> _Choice:
        """The person's own choice for the row's prompt, if there is one."""
        return self._splitter.choices.get(self.keys[index])

    def choice_for(self, key: int) -> _Choice:
        """The person's own choice for a prompt."""
        return self._splitter.choices.get(key)

    def choices_of(self, rows: Sequence[int]) -> list[_Choice]:
        """As `choice_of`, of several rows."""
        return list(map(self._splitter.choices.get, map(self.keys.__getitem__, rows)))

    def rows_asking(self, keys: Collection[int]) -> list[int]:
        """Rows with one of these prompts."""
        return list(self._rows_with_any(keys))

    def rows_with_choice(self) -> list[int]:
        """Rows whose prompt the person has put on a side."""
        return list(self._rows_with_any(self._splitter.choices.keys()))

    def has(self, key: int) -> bool:
        """Whether a row asks this prompt."""
        return next(self._rows_with(key), None) is not None

    @property
    def rule(self) -> DatasetSettings:
        """Seed and share of test."""
        return self._splitter.rule

    def set_rule(self, rule: DatasetSettings) -> None:
        """Split anew; rows with a choice of their own stay where they are."""
        has_other_seed = rule.seed != self.rule.seed
        self._splitter.set_rule(rule)
        if has_other_seed:
            self._drawn = self._splitter.draws(self.keys.tobytes())
        self._tally = None
        self.sides = self._sides_by_rule()
        for row in self._rows_with_any(self._splitter.choices):
            self.sides[row] = self._splitter.side(self.keys[row], self._drawn[row])
        self._sums.trained = [0] * len(SIDES)
        self._sums.train(self.trained, self.sides)

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
        is_right = map(ERROR.__ne__, map(self.status.__getitem__, on_side))
        rows = list(compress(on_side, is_right))
        tokens, trained = _of(self.tokens, rows), _of(self.trained, rows)
        return Sendable(
            rows=rows,
            n_with_errors=len(on_side) - len(rows),
            tokens=_sum_counted(tokens),
            trained_tokens=_sum_counted(trained),
            longest_tokens=max(max(tokens, default=0), 0),
        )

    # ---- sums ----------------------------------------------------------------------------------

    def tally(self) -> tuple[list[int], list[int]]:
        """Rows by status, as STATUSES, and known rows by side, as SIDES.

        Counted once; the check and edits of single rows keep it up.
        """
        if self._tally is None:
            by_status = [self.status.count(status) for status in range(len(STATUSES))]
            self._tally = by_status, [self.sides.count(side) for side in range(len(SIDES))]
        return self._tally

    @property
    def n_counted(self) -> int:
        """How many rows have their tokens counted."""
        return self._sums.with_tokens.total()

    @property
    def n_tokens(self) -> int:
        """Tokens of all counted rows."""
        return self._sums.n_tokens

    @property
    def n_trained_tokens(self) -> int:
        """What one pass over the train rows teaches."""
        return self._sums.trained[TRAIN]

    @property
    def longest_tokens(self) -> int:
        return self._sums.longest

    def histogram(self) -> list[int]:
        """Rows by tokens, in N_BINS bins of equal width from 0 to the longest row."""
        return self._sums.histogram()

    # ---- inner ---------------------------------------------------------------------------------

    def _count(self, part: slice) -> None:
        self._sums.count(self.tokens[part])
        self._sums.train(self.trained[part], self.sides[part])

    def _uncount(self, part: slice) -> None:
        self._sums.count(self.tokens[part], -1)
        self._sums.train(self.trained[part], self.sides[part], -1)

    def _make_room(self, tokens: Sequence[int]) -> None:
        """No row teaches more tokens than it has."""
        if self.tokens.typecode == "h" and max(tokens, default=0) > _MOST_SMALL:
            self.tokens, self.trained = array("i", self.tokens), array("i", self.trained)

    def _tell(self, index: int, more: int) -> None:
        """The row comes into the tally (1) or leaves it (-1)."""
        if self._tally is not None:
            by_status, by_side = self._tally
            by_status[self.status[index]] += more
            if self.sides[index] != _NO_SIDE:
                by_side[self.sides[index]] += more

    def _tell_of(self, part: slice, sign: int) -> None:
        """As `_tell`, of consecutive rows."""
        if self._tally is not None:
            for tally, column in zip(self._tally, (self.status, self.sides), strict=True):
                there = column[part]
                for value in range(len(tally)):
                    tally[value] += sign * there.count(value)

    def _columns(self) -> tuple[Column, ...]:
        """In the order of _BLANK."""
        narrow = (self.status, self.own, self.kinds, self.sides, self.tokens, self.trained)
        return (*narrow, self.keys, self._drawn)

    def _put_on(self, row: int, side: int) -> None:
        here = slice(row, row + 1)
        self._sums.train(self.trained[here], self.sides[here], -1)
        self._tell(row, -1)
        self.sides[row] = side
        self._tell(row, 1)
        self._sums.train(self.trained[here], self.sides[here])

    def _rows_with_any(self, keys: Collection[int]) -> Iterator[int]:
        """Rows with one of these prompts; one pass where there are many."""
        if len(keys) <= _FEW:
            for key in keys:
                yield from self._rows_with(key)
            return
        yield from compress(range(len(self)), map(keys.__contains__, self.keys))

    def _rows_with(self, key: int) -> Iterator[int]:
        wanted, whole = key.to_bytes(KEY_BYTES, sys.byteorder), memoryview(self.keys).tobytes()
        at = whole.find(wanted)
        while at >= 0:
            if at % KEY_BYTES == 0:
                yield at // KEY_BYTES
            at = whole.find(wanted, at + 1)


_BLANK = (PENDING, PENDING, 0, _NO_SIDE, NOT_COUNTED, NOT_COUNTED, 0, 0)
_OTHER = bytes((1, 0)) + bytes(254)
_UNTOUCHED_BYTE = bytes([_UNTOUCHED])
_IS_TOUCHED = bytes(number != _UNTOUCHED for number in range(256))


def _number(side: _Choice) -> int:
    return _BY_RULE if side is None else SIDES.index(side)


def _of(column: array[int], rows: Sequence[int]) -> array[int]:
    return array("i", map(column.__getitem__, rows))


def _sum_counted(tokens: array[int]) -> int:
    return sum(tokens) - NOT_COUNTED * tokens.count(NOT_COUNTED)


def _positions(column: bytearray, value: int) -> Iterator[int]:
    at = column.find(value)
    while at >= 0:
        yield at
        at = column.find(value, at + 1)


def _move(column: Column, first: int, count: int, to: int) -> None:
    if isinstance(column, bytearray):
        block = column[first : first + count]
        del column[first : first + count]
        column[to:to] = block
        return
    moved = column[first : first + count]
    del column[first : first + count]
    column[to:to] = moved
