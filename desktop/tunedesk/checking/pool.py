"""Several processes over one large file, each with a part of its rows at a time."""

from __future__ import annotations

import mmap
import multiprocessing
import os
from array import array
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tunedesk.checking.parts import Means, Part, look_at
from tunedesk.core.issues import Severity

if TYPE_CHECKING:
    from tunedesk.core.alike.word_pairs import U64

_PART_BYTES = 4 << 20
_MOST_PROCESSES = 8

_state: dict[str, object] = {}


def parts_of(offsets: array[int]) -> Iterator[tuple[int, int]]:
    """Rows [first, last) of about four megabytes each."""
    first, n_rows = 0, len(offsets) - 1
    for row in range(1, n_rows + 1):
        if offsets[row] - offsets[first] >= _PART_BYTES or row == n_rows:
            yield first, row
            first = row


def look_in_pool(
    path: Path, offsets: array[int], means: Means, most: int, least: Severity
) -> Iterator[Part]:
    """The parts of a file in the order of its rows, a few at a time in memory."""
    n_processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    with ProcessPoolExecutor(
        n_processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(path, means.cache, means.model, means.common, means.quick),
    ) as pool:
        waiting: deque[Future[Part]] = deque()
        for first, last in parts_of(offsets):
            piece = offsets[first : last + 1]
            waiting.append(pool.submit(_look, piece, first, most, least))
            if len(waiting) > 2 * n_processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begin(path: Path, cache: Path, model: str, common: U64 | None, quick: bool) -> None:
    with path.open("rb") as source:
        _state["buffer"] = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    _state["means"] = Means(cache, model, common, quick=quick)


def _look(offsets: array[int], first: int, most: int, least: Severity) -> Part:
    buffer, means = _state["buffer"], _state["means"]
    assert isinstance(buffer, mmap.mmap)
    assert isinstance(means, Means)
    part = Part(means, most, least)
    look_at(buffer, offsets, first, part, means)
    return part
