"""Narrow columns put side by side, so that rearranging all of them is one pass."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Union

Column = Union[bytearray, "array[int]"]
Pick = Callable[["array[int]"], "array[int]"]
"""Takes entries of a column out and puts them in another order; the same for every column."""

_WIDTH = 8


def rearranged(
    marks: Sequence[bytearray], numbers: Sequence[array[int]], pick: Pick
) -> tuple[list[bytearray], list[array[int]]]:
    """Every column, of bytes and of numbers, as `pick` would make it."""
    planes = [bytes(column) for column in marks]
    planes += [plane for column in numbers for plane in _planes(column)]
    picked: list[bytes] = []
    for first in range(0, len(planes), _WIDTH):
        part = planes[first : first + _WIDTH]
        records = bytearray(_WIDTH * len(planes[0]))
        for number, plane in enumerate(part):
            records[number::_WIDTH] = plane
        made = pick(array("Q", bytes(records))).tobytes()
        picked += [made[number::_WIDTH] for number in range(len(part))]
    rest = iter(picked)
    return [bytearray(next(rest)) for _ in marks], [
        _joined(column.typecode, [next(rest) for _ in range(column.itemsize)]) for column in numbers
    ]


def _planes(column: array[int]) -> list[bytes]:
    """The first bytes of all entries, the second ones and so on."""
    whole = column.tobytes()
    return [whole[number :: column.itemsize] for number in range(column.itemsize)]


def _joined(typecode: str, planes: Sequence[bytes]) -> array[int]:
    whole = bytearray(len(planes) * len(planes[0]))
    for number, plane in enumerate(planes):
        whole[number :: len(planes)] = plane
    joined: array[int] = array(typecode, bytes(whole))
    return joined
