"""What is done to the columns of a million rows at once, in milliseconds.

By numpy, which is imported with the first use and not before the first paint: `load` has that done
in a thread. Columns stay bytearrays and arrays, as everything else has them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Union

if TYPE_CHECKING:
    import numpy as np

    Values = np.ndarray[Any, np.dtype[Any]]

Column = Union[bytearray, "array[int]"]
Numbers = Union[Sequence[int], "array[int]", bytearray]
C = TypeVar("C", bytearray, "array[int]")

_BEGIN_BITS = 22
_FEW = 1_000

NEW = -1
"""Stands in an order for a row that was not there before."""


def load() -> None:
    """A tenth of a second, the first time."""
    import numpy as np

    assert np.__version__


def values(column: Numbers | bytes) -> Values:
    """A column as numpy sees it: the same memory, so it must not grow or shrink meanwhile.

    Of any other sequence of numbers a copy.
    """
    import numpy as np

    if isinstance(column, bytes | bytearray):
        return np.frombuffer(column, np.uint8)
    if not isinstance(column, array):
        column = array("q", column)
    return np.frombuffer(column, column.typecode)


def column_of(typecode: str, found: Values) -> array[int]:
    """Numbers as a column of this type."""
    import numpy as np

    made = array(typecode)
    made.frombytes(np.asarray(found, typecode).tobytes())
    return made


def _like(column: C, found: Values) -> C:
    if isinstance(column, bytearray):
        return bytearray(found.astype("B", copy=False).tobytes())
    return column_of(column.typecode, found)


def counted(n_rows: int) -> array[int]:
    """0, 1, 2 and so on."""
    import numpy as np

    return column_of("i", np.arange(n_rows, dtype="i"))


def is_counted(order: array[int]) -> bool:
    """Whether it is 0, 1, 2 and so on."""
    import numpy as np

    found = values(order)
    return bool((found == np.arange(len(found), dtype=found.dtype)).all())


def taken(column: C, order: Numbers, blank: int = 0) -> C:
    """Entry `i` becomes what was entry `order[i]`, `blank` where that is NEW."""
    import numpy as np

    places = values(order)
    if not len(column):
        return _like(column, np.full(len(places), blank))
    found = values(column)[places]
    found[places == NEW] = blank
    return _like(column, found)


def kept(column: C, mask: bytes | bytearray) -> C:
    """The entries whose mask is 1."""
    return _like(column, values(column)[values(mask).view("?")])


def woven(column: C, came: bytes | bytearray, new: Numbers) -> C:
    """`new`, one after another, where `came` is 1; the column's entries where it is 0."""
    import numpy as np

    is_new = values(came).view("?")
    found = np.empty(len(is_new), values(column).dtype)
    found[~is_new] = values(column)
    found[is_new] = values(new)
    return _like(column, found)


def inverse(order: Numbers) -> array[int]:
    """The order that undoes this one, which names every row once."""
    import numpy as np

    found = np.empty(len(order), "i")
    found[values(order)] = np.arange(len(order), dtype="i")
    return column_of("i", found)


def are_rising(numbers: Numbers) -> bool:
    """Whether each is greater than the one before."""
    found = values(numbers)
    return bool((found[1:] > found[:-1]).all())


def span(numbers: Numbers) -> tuple[int, int]:
    """The least and the greatest; (0, -1) of none."""
    found = values(numbers)
    return (int(found.min()), int(found.max())) if len(found) else (0, -1)


def mask_of(places: Numbers, n_rows: int) -> bytearray:
    """1 for each place that is named; IndexError for one that is not there."""
    import numpy as np

    found = values(places)
    least, most = span(places)
    if least < 0 or most >= n_rows:
        raise IndexError("a place that is not there")
    mask = bytearray(n_rows)
    np.frombuffer(mask, np.uint8)[found] = 1
    return mask


def put(column: Column, places: Numbers, found: Numbers | int) -> None:
    """These entries become others, or all of them one."""
    values(column)[values(places)] = found if isinstance(found, int) else values(found)


def has(column: Numbers, wanted: int) -> bool:
    """Whether a number is in a column; few numbers and other sequences are gone through."""
    if not isinstance(column, array) or len(column) < _FEW:
        return wanted in column
    return bool((values(column) == wanted).any())


def positions(column: Column, *wanted: int) -> array[int]:
    """Where a column has one of these, ascending."""
    import numpy as np

    found = values(column)
    is_wanted = found == wanted[0] if len(wanted) == 1 else np.isin(found, wanted)
    return column_of("i", np.flatnonzero(is_wanted))


def places_of(column: Numbers, wanted: Collection[int]) -> list[int]:
    """As `positions`, of few among many."""
    import numpy as np

    if not wanted or not len(column):
        return []
    few = np.fromiter(wanted, "q", len(wanted))
    found: list[int] = np.flatnonzero(np.isin(values(column), few, kind="table")).tolist()
    return found


def repeated(column: array[int]) -> array[int]:
    """Where a number stands that stands elsewhere, too, ascending."""
    import numpy as np

    found = values(column)
    ordered = np.sort(found)
    often = ordered[1:][ordered[1:] == ordered[:-1]]
    return column_of("i", np.flatnonzero(np.isin(found, often)))


def moved_along(rows: array[int], order: array[int], n_before: int) -> array[int]:
    """Where an order takes rows of before; those that came in are last."""
    import numpy as np

    before = values(order)
    has_stayed = before != NEW
    places = np.full(n_before, NEW, "i")
    places[before[has_stayed]] = np.flatnonzero(has_stayed)
    now = places[values(rows)]
    return column_of("i", np.concatenate((now[now != NEW], np.flatnonzero(~has_stayed))))


def lookup(ascending: array[int], asked: Numbers | Values) -> Values:
    """Where each of many numbers stands in a column that ascends, NEW for one that does not."""
    import numpy as np

    own, wanted = values(ascending), _values_of(asked)
    if not len(own):
        return np.full(len(wanted), NEW)
    order = np.argsort(wanted)  # in order, the search stays in the processor's cache
    sorted_ones = wanted[order]
    places = np.minimum(np.searchsorted(own, sorted_ones), len(own) - 1)
    found = np.empty(len(wanted), "q")
    found[order] = np.where(own[places] == sorted_ones, places, NEW)
    return found


def _values_of(numbers: Numbers | Values) -> Values:
    import numpy as np

    return numbers if isinstance(numbers, np.ndarray) else values(numbers)


def with_any(column: array[int], wanted: array[int], besides: Numbers = ()) -> array[int]:
    """Where a column of hashes (64 bits, evenly spread) has one of these, ascending.

    Places `besides` are known to have, and not looked at. A table of the hashes' first bits leaves
    few to be looked up.
    """
    import numpy as np

    found, few = values(column), np.sort(values(wanted))
    shift = np.uint64(64 - _BEGIN_BITS)
    is_begin = np.zeros(1 << _BEGIN_BITS, "?")
    is_begin[few >> shift] = True
    is_maybe = is_begin[found >> shift]
    is_maybe[values(besides)] = False
    maybe = np.flatnonzero(is_maybe)
    return column_of("i", maybe[lookup(column_of("Q", few), found[maybe]) != NEW])
