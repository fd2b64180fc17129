"""Rows that follow each other in the file, found without a step of Python for each."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import repeat
from operator import add, ne

_BLOCK = 8_192


def runs(order: array[int]) -> Iterator[tuple[int, int]]:
    """Parts [first, stop) of `order` in which each number is the one before and one more.

    Works a block at a time: other threads run in between.
    """
    begin = 0
    for at in range(0, len(order), _BLOCK):
        piece = order[at : at + _BLOCK + 1]  # one more: where blocks meet
        if piece == array("i", range(piece[0], piece[0] + len(piece))):
            continue
        breaks = bytes(map(ne, piece[1:], map(add, piece, repeat(1))))
        found = breaks.find(1)
        while found >= 0:
            yield begin, at + found + 1
            begin = at + found + 1
            found = breaks.find(1, found + 1)
    if begin < len(order):
        yield begin, len(order)
