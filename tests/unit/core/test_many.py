"""Columns of many rows, against the plain way with lists."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tunedesk.core import many
from tunedesk.core.validation.whole_file import repeated

many.load()  # not within the first example's time

_KEY = st.integers(0, 2**64 - 1)
_NUMBERS = st.lists(st.integers(-5, 300), max_size=40)


@given(_NUMBERS, st.data())
def test_an_order_takes_entries_of_any_column(numbers: list[int], data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(-1, len(numbers) - 1), max_size=50))
    for column in (array("i", numbers), array("q", numbers), bytearray(n % 256 for n in numbers)):
        taken = many.taken(column, array("i", order), 7)
        assert type(taken) is type(column)
        assert list(taken) == [7 if at == many.NEW else column[at] for at in order]


@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans()), max_size=40))
def test_what_is_kept_and_woven_in_again(pairs: list[tuple[int, bool]]) -> None:
    column, mask = array("h", [n for n, _ in pairs]), bytearray(is_kept for _, is_kept in pairs)
    gone = bytearray(1 - is_kept for is_kept in mask)
    kept = many.kept(column, mask)
    assert list(kept) == [n for n, is_kept in pairs if is_kept]
    assert many.woven(kept, gone, many.kept(column, gone)) == column


@given(st.lists(_KEY, max_size=30), st.lists(_KEY, max_size=30), st.data())
def test_hashes_are_found_again_wherever_they_stand(
    column: list[int], others: list[int], data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(column), max_size=9)) if column else []
    wanted = set(some + others)
    found = [place for place, key in enumerate(column) if key in wanted]
    besides = [place for place in found if column[place] in some]
    keys = array("Q", some + others)
    assert list(many.with_any(array("Q", column), keys)) == found
    left = many.with_any(array("Q", column), keys, besides=array("i", besides))
    assert sorted([*left, *besides]) == found


@given(st.sets(st.integers(0, 99)), st.lists(st.integers(-3, 102)))
def test_places_in_a_column_that_ascends(own: set[int], asked: list[int]) -> None:
    column = array("q", sorted(own))
    assert list(many.lookup(column, asked)) == [
        bisect_left(column, number) if number in own else many.NEW for number in asked
    ]


@given(st.permutations(range(9)), st.integers(0, 9), st.lists(st.integers(0, 8), unique=True))
def test_a_view_goes_along_with_its_rows(order: list[int], n_new: int, rows: list[int]) -> None:
    order = [*order[:6], *[many.NEW] * n_new]  # some are gone, some came in
    moved = [order.index(row) for row in rows if row in order]
    came = [now for now, before in enumerate(order) if before == many.NEW]
    assert list(many.moved_along(array("i", rows), array("i", order), 9)) == moved + came


@given(_NUMBERS, st.integers(-5, 300), st.sampled_from([0, 1_000]))
def test_a_number_is_found_in_few_and_in_many(numbers: list[int], wanted: int, more: int) -> None:
    for column in (array("i", [7] * more + numbers), tuple(numbers)):
        assert many.has(column, wanted) is (wanted in column)


def test_rows_that_share_their_prompt_are_found_in_few_rows_and_in_many() -> None:
    chance = Random(3)
    for n_rows, n_prompts in ((0, 1), (1, 1), (60, 50), (20_000, 3), (20_000, 15_000)):
        prompts = [chance.randrange(n_prompts) << 40 for _ in range(n_rows)]
        kinds = bytes(chance.choices(range(5), k=n_rows))  # the last two are of no format
        often = Counter(prompts)
        wanted = [at for at in range(n_rows) if often[prompts[at]] > 1 and kinds[at] < 3]
        assert list(repeated(kinds, array("Q", prompts).tobytes())) == wanted
