"""What is known of each row, in columns as long as the dataset."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import compress
from typing import NamedTuple

import msgspec

from tunedesk.core import many
from tunedesk.core.many import C, Column
from tunedesk.core.split import KEY_BYTES
from tunedesk.core.validation.length import Cut
from tunedesk.services.check.protocol import Counted, Looked
from tunedesk.services.check.token_sums import N_BINS, TokenSums
from tunedesk.services.dataset.row_marks import (
    ERROR,
    NOT_COUNTED,
    OK,
    PENDING,
    STATUSES,
    WARNING,
    Status,
)
from tunedesk.services.dataset.seed_draws import SeedDraws, drawn_by
from tunedesk.services.dataset.splitter import (
    ASIDE,
    BY_RULE,
    SIDES,
    TRAIN,
    Splitter,
    key_of,
    side_of,
)
from tunedesk.store.records import DatasetSettings, SplitSide

_Choice = SplitSide | None
_NO_SIDE = 255
_FEW = 8  # prompts that are looked for one by one
_NAMES = ("status", "own", "kinds", "sides", "tokens", "trained", "keys", "_drawn")
_MANY = 20_000
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
    """Rows of a side that a provider can be given. Tokens are 0 where nobody counted.

    `n_cut_off`: rows without errors of which the model would be taught nothing.
    """

    rows: list[int]
    n_with_errors: int
    n_cut_off: int = 0
    tokens: int
    trained_tokens: int
    longest_tokens: int


class KnownRows(NamedTuple):
    """What is known of some rows, in columns; `drawn` is of this seed."""

    seed: int
    own: bytearray
    kinds: bytearray
    tokens: array[int]
    trained: array[int]
    keys: array[int]
    drawn: array[int]


class RowFacts:
    """20 bytes a row, 24 where one has more than 32,767 tokens.

    Rows are known by their position, which edits move along. `own` is each row's status by
    itself, `status` with what only the whole file tells. A row's key is its prompt's: the digest
    as far as prompts are told apart by it, as a number.
    """

    CHANGES = (*_NAMES, "_splitter", "_seeds", "_sums", "_tally")

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
        self._seeds = SeedDraws()
        self._sums = TokenSums()
        self._tally: list[list[int]] | None = None  # by status, by side, set aside by status

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

    def is_aside(self, index: int) -> bool:
        """Whether the row was set aside; False of one that nobody looked at."""
        return self.sides[index] == ASIDE

    def with_problems(self, besides: Collection[int] = ()) -> array[int]:
        """Rows with errors or warnings that were not set aside, ascending."""
        found = many.positions(self.status, WARNING, ERROR)
        return array("i", (at for at in found if at not in besides and not self.is_aside(at)))

    def pending_of(self, rows: Sequence[int]) -> Sequence[int]:
        """Those of the rows that nobody looked at."""
        if PENDING not in self.status:
            return ()
        if len(rows) <= _FEW:
            return [row for row in rows if self.status[row] == PENDING]
        column = rows if isinstance(rows, array) else array("i", rows)
        return many.taken(column, many.positions(many.taken(self.status, column), PENDING))

    def forget(self, rows: Sequence[int]) -> None:
        """These have other bytes now: nothing is known of them."""
        self._tally = None
        self._sums.train(many.taken(self.trained, rows), many.taken(self.sides, rows), -1)
        self._sums.count(many.taken(self.tokens, rows), -1)
        for name in ("status", "own", "tokens", "trained", "sides"):
            many.put(getattr(self, name), rows, _BLANKS[name])

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
        self.sides[part] = self._splitter.sides_of(self.keys[part], drawn)
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
        """Kinds, own statuses and prompts of all rows, for the rules of the whole file.

        In any thread; an edit meanwhile makes them void.
        """
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
        self._sums.train(many.kept(self.trained, gone), many.kept(self.sides, gone), -1)
        self._sums.count(many.kept(self.tokens, gone), -1)
        self._rearrange(lambda column, _: many.kept(column, mask))

    def known(self, mask: bytearray) -> KnownRows:
        """What is known of the rows whose mask is 0, for `put_back`."""
        gone = mask.translate(_OTHER)
        return KnownRows(
            self.rule.seed,
            many.kept(self.own, gone),
            many.kept(self.kinds, gone),
            many.kept(self.tokens, gone),
            many.kept(self.trained, gone),
            many.kept(self.keys, gone),
            many.kept(self._drawn, gone),
        )

    def put_back(self, places: array[int], known: KnownRows) -> None:
        """Rows have come back: those in which nothing was found need not be looked at again."""
        fine = known.own.translate(_IS_FINE)
        rows, keys = many.kept(places, fine), many.kept(known.keys, fine)
        tokens, trained = many.kept(known.tokens, fine), many.kept(known.trained, fine)
        drawn = many.kept(known.drawn, fine)
        if known.seed != self.rule.seed:
            drawn = self._splitter.draws(keys.tobytes())
        sides = self._splitter.sides_of(keys, drawn)
        self._make_room(tokens)
        for column in (self.status, self.own):
            many.put(column, rows, OK)
        many.put(self.kinds, rows, many.kept(known.kinds, fine))
        many.put(self.sides, rows, sides)
        many.put(self.keys, rows, keys)
        many.put(self._drawn, rows, drawn)
        many.put(self.tokens, rows, tokens)
        many.put(self.trained, rows, trained)
        self._sums.count(tokens)
        self._sums.train(trained, sides)
        self._tally = None

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known yet.

        No row is gone, and none is named twice.
        """
        self._rearrange(lambda column, blank: many.taken(column, order, blank))

    def _rearrange(self, pick: Callable[[C, int], C]) -> None:
        self._tally = None
        for name, blank in _BLANKS.items():
            setattr(self, name, pick(getattr(self, name), blank))

    # ---- split ---------------------------------------------------------------------------------

    def choose(self, rows: Sequence[int], numbers: array[int]) -> None:
        """Sides (BY_RULE gives back to the seed) for known rows and all that ask the same."""
        keys = many.taken(self.keys, rows)
        if len(rows) <= _FEW:
            self.choose_for(keys, numbers)
            return
        self._splitter.choices.put(keys, numbers)
        also = many.with_any(self.keys, keys, besides=rows)
        is_one = numbers.count(numbers[0]) == len(numbers)
        self._follow_choices(array("i", rows) + also, numbers[0] if is_one else None)

    def choose_for(self, keys: array[int], numbers: array[int]) -> None:
        """Sides by key; of equal ones the last counts. The rows with these prompts follow."""
        self._splitter.choices.put(keys, numbers)
        if len(keys) <= _FEW:
            for row in self._rows_with_any(keys):
                self._put_on(row, self._splitter.side(self.keys[row], self._drawn[row]))
        else:
            self._follow_choices(self._rows_with_any(keys))

    def _follow_choices(self, rows: array[int], number: int | None = None) -> None:
        """Many rows go where choices (all this one, if it is given) and the seed have them; those
        nobody looked at stay so."""
        self._tally = None
        if PENDING in self.status:
            rows = many.kept(rows, many.taken(self.status, rows).translate(_IS_KNOWN))
        trained = many.taken(self.trained, rows)
        self._sums.train(trained, many.taken(self.sides, rows), -1)
        sides = bytearray([max(0, number or 0)]) * len(rows)
        if number == BY_RULE:
            sides = self._splitter.sides(many.taken(self._drawn, rows))
        elif number is None:
            drawn = many.taken(self._drawn, rows)
            sides = self._splitter.sides_of(many.taken(self.keys, rows), drawn)
        many.put(self.sides, rows, sides)
        self._sums.train(trained, sides)

    @property
    def has_choices(self) -> bool:
        """Whether the person has put any prompt on a side."""
        return len(self._splitter.choices) > 0

    def choice_of(self, index: int) -> _Choice:
        """The person's own choice for the row's prompt, if there is one."""
        return self.choice_for(self.keys[index])

    def choice_for(self, key: int) -> _Choice:
        """The person's own choice for a prompt."""
        return side_of(self._splitter.choices.of(key))

    def choices_of(self, keys: array[int]) -> list[_Choice]:
        """As `choice_for`, of several prompts."""
        if not len(self._splitter.choices):
            return [None] * len(keys)
        return list(map([*SIDES, None].__getitem__, self._splitter.choices.of_all(keys)))

    def rows_asking(self, keys: array[int]) -> array[int]:
        """Rows with one of these prompts, ascending."""
        return self._rows_with_any(keys)

    def rows_with_choice(self) -> array[int]:
        """Rows whose prompt the person has put on a side, ascending."""
        return self._rows_with_any(self._splitter.choices.keys())

    def has(self, key: int) -> bool:
        """Whether a row asks this prompt."""
        return next(self._rows_with(key), None) is not None

    @property
    def rule(self) -> DatasetSettings:
        """Seed and share of test."""
        return self._splitter.rule

    def set_rule(self, rule: DatasetSettings) -> None:
        """Split anew; rows with a choice of their own stay where they are."""
        before = self.rule.seed
        has_other_seed = rule.seed != before
        self._splitter.set_rule(rule)
        if has_other_seed:
            self._drawn = self._drawn_by(before, rule.seed)
        self._tally = None
        self.sides = self._splitter.sides_of(self.keys, self._drawn)
        if PENDING in self.status:
            many.put(self.sides, many.positions(self.status, PENDING), _NO_SIDE)
        self._sums.trained = [0] * len(SIDES)
        self._sums.train(self.trained, self.sides)

    def is_drawn(self, seed: int) -> bool:
        """Whether `set_rule` takes no longer with this seed than with the one there is."""
        return seed == self.rule.seed or self._seeds.of(seed, self.keys) is not None

    def put_drawn(self, seed: int, keys: array[int], drawn: array[int]) -> None:
        """What these prompts draw with another seed, for `set_rule`."""
        self._seeds.put(seed, keys, drawn)

    def _drawn_by(self, before: int, seed: int) -> array[int]:
        """With a new seed; what was drawn with the one before is kept for undoing."""
        found = self._seeds.of(seed, self.keys)
        self._seeds.put(before, self.keys, self._drawn)
        return drawn_by(self.keys, seed) if found is None else found

    def rows_of(self, side: SplitSide) -> list[int]:
        """Positions of the rows on a side, ascending."""
        return list(many.positions(self.sides, SIDES.index(side)))

    def sendable(
        self, side: SplitSide, status: bytes, cuts: Mapping[int, Cut] | None = None
    ) -> Sendable:
        """Rows on a side that have no errors by this `status`, and their sums.

        Those with a cut that leaves nothing to teach are left out; where the others' cuts have
        more tokens than were counted of rows, the longest is one of these.
        """
        number, right = SIDES.index(side), bytearray(status)
        mine = {row: cut for row, cut in (cuts or {}).items() if self.sides[row] == number}
        lost = [row for row, cut in mine.items() if cut.is_whole and right[row] != ERROR]
        on_side = many.positions(self.sides, number)
        n_with_errors = many.taken(right, on_side).count(ERROR)
        for row in lost:
            right[row] = ERROR
        rows = many.kept(on_side, many.taken(right, on_side).translate(_IS_RIGHT))
        longest = max((cut.n_tokens for row, cut in mine.items() if right[row] != ERROR), default=0)
        tokens, trained = many.taken(self.tokens, rows), many.taken(self.trained, rows)
        return Sendable(
            rows=list(rows),
            n_with_errors=n_with_errors,
            n_cut_off=len(lost),
            tokens=_sum_counted(tokens),
            trained_tokens=_sum_counted(trained),
            longest_tokens=max(max(tokens, default=0), longest, 0),
        )

    # ---- sums ----------------------------------------------------------------------------------

    def tally(self) -> list[list[int]]:
        """Rows by status, as STATUSES, known rows by side, as SIDES, and those that were set aside
        by status.

        Counted once; the check and edits of single rows keep it up.
        """
        if self._tally is None:
            by_status = [self.status.count(status) for status in range(len(STATUSES))]
            by_side = [self.sides.count(side) for side in range(len(SIDES))]
            self._tally = [by_status, by_side, _by_status(self.status, self.sides)]
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
            by_status, by_side, left_out = self._tally
            by_status[self.status[index]] += more
            if self.sides[index] != _NO_SIDE:
                by_side[self.sides[index]] += more
            if self.sides[index] == ASIDE:
                left_out[self.status[index]] += more

    def _tell_of(self, part: slice, sign: int) -> None:
        """As `_tell`, of consecutive rows."""
        if self._tally is not None:
            by_status, by_side, left_out = self._tally
            for tally, column in ((by_status, self.status), (by_side, self.sides)):
                there = column[part]
                for value in range(len(tally)):
                    tally[value] += sign * there.count(value)
            for status, n_rows in enumerate(_by_status(self.status[part], self.sides[part])):
                left_out[status] += sign * n_rows

    def _columns(self) -> tuple[Column, ...]:
        """In the order of _BLANK."""
        return tuple(getattr(self, name) for name in _NAMES)

    def _put_on(self, row: int, side: int) -> None:
        here = slice(row, row + 1)
        self._sums.train(self.trained[here], self.sides[here], -1)
        self._tell(row, -1)
        self.sides[row] = side
        self._tell(row, 1)
        self._sums.train(self.trained[here], self.sides[here])

    def _rows_with_any(self, keys: array[int]) -> array[int]:
        """Rows with one of these prompts, ascending; one pass where there are many."""
        if len(keys) <= _FEW:
            return array("i", sorted({row for key in keys for row in self._rows_with(key)}))
        return many.with_any(self.keys, keys)

    def _rows_with(self, key: int) -> Iterator[int]:
        wanted, whole = key.to_bytes(KEY_BYTES, sys.byteorder), memoryview(self.keys).tobytes()
        at = whole.find(wanted)
        while at >= 0:
            if at % KEY_BYTES == 0:
                yield at // KEY_BYTES
            at = whole.find(wanted, at + 1)


_BLANK = (PENDING, PENDING, 0, _NO_SIDE, NOT_COUNTED, NOT_COUNTED, 0, 0)
_OTHER = bytes((1, 0)) + bytes(254)
_IS_FINE = bytes(status == OK for status in range(256))
_IS_RIGHT = bytes(status != ERROR for status in range(256))
_IS_KNOWN = bytes(status != PENDING for status in range(256))
_BLANKS = dict(zip(_NAMES, _BLANK, strict=True))


def _by_status(status: bytearray, sides: bytearray) -> list[int]:
    """Of rows that were set aside, how many have each status."""
    if ASIDE not in sides:
        return [0] * len(STATUSES)
    if len(status) < _MANY:  # numpy may not be loaded yet
        there = bytes(compress(status, map(ASIDE.__eq__, sides)))
    else:
        there = bytes(many.taken(status, many.positions(sides, ASIDE)))
    return [there.count(one) for one in range(len(STATUSES))]


def _sum_counted(tokens: array[int]) -> int:
    return sum(tokens) - NOT_COUNTED * tokens.count(NOT_COUNTED)


def _move(column: Column, first: int, count: int, to: int) -> None:
    if isinstance(column, bytearray):
        block = column[first : first + count]
        del column[first : first + count]
        column[to:to] = block
        return
    moved = column[first : first + count]
    del column[first : first + count]
    column[to:to] = moved
