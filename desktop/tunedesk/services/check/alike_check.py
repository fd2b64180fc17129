"""The check's last part: rows that are alike, by all helpers, as far as rows have changed."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Protocol

from tunedesk.core.validation.kinship import sample_of
from tunedesk.services.check.alike_rows import MOST_LISTED, AlikeRows
from tunedesk.services.check.crew import Crew, Helper
from tunedesk.services.check.protocol import (
    Alikes,
    Answer,
    Common,
    Doubtful,
    Request,
    Resemble,
    Resembling,
    Sample,
    Told,
    Wanted,
)
from tunedesk.services.dataset.keeper import DatasetKeeper
from tunedesk.services.work.background import Background

_MOST_PAIRS, _FEWEST_PAIRS = 1_000, 100  # in one question
_SAMPLED_AT_ONCE = 50  # rows: half a second, even of long ones
_QUESTIONS = 4  # for each helper at least, so that at the end none waits long for another


class Ask(Protocol):
    """The answer, None if an edit came in between."""

    def __call__(
        self,
        helper: Helper,
        question: Callable[[Wanted], Request],
        wanted: Wanted,
        rows: range | array[int],
    ) -> Awaitable[Answer | None]: ...


class AlikeCheck:
    """Each step ends with False if an edit came in between; what was found before then stays."""

    def __init__(
        self,
        keeper: DatasetKeeper,
        background: Background,
        alike: AlikeRows,
        ask: Ask,
        say: Callable[[int], object],
        say_sampled: Callable[[int], object],
        n_edits: Callable[[], int],
    ) -> None:
        self._keeper, self._background, self._alike = keeper, background, alike
        self._ask, self._say, self._n_edits = ask, say, n_edits
        self._say_sampled = say_sampled

    async def sample(self, helper: Helper) -> bool:
        """Find out what is common to most rows, before any row is looked at."""
        self._alike.make_room()
        n_rows = len(self._keeper)
        if not self._alike.wants_sample(n_rows):
            return True
        sample, n_edits = array("i", sample_of(n_rows)), self._n_edits()
        for first in range(0, len(sample), _SAMPLED_AT_ONCE):
            self._say_sampled(first * n_rows // len(sample))
            if n_edits != self._n_edits():  # whoever was told has edited
                return False
            part = sample[first : first + _SAMPLED_AT_ONCE]
            is_last = first + len(part) == len(sample)
            question = partial(Sample, is_first=first == 0, is_last=is_last)
            found = await self._ask(helper, question, self._keeper.wanted(part, 0), part)
            if found is None:
                return False
            assert isinstance(found, Common)
            if is_last:
                self._alike.set_common(found.pairs)
        return True

    async def compare(self, crew: Crew, repeats: bytes) -> bool:
        """Compare all rows, which are looked at by now; `repeats` are known to repeat another."""
        n_edits, helper = self._n_edits(), crew.helpers[0]
        make = self._alike.whole(repeats, MOST_LISTED)
        answer = await helper.ask(await self._background.run(make))
        while isinstance(answer, Doubtful):
            self._say(answer.n_done)
            told = await self._told(crew, answer)
            if told is None or n_edits != self._n_edits():
                return False
            answer = await helper.ask(Told(told))
        assert isinstance(answer, Alikes)
        if n_edits != self._n_edits():
            return False
        self._alike.put_found(answer)
        leaking = await self._background.run(self._alike.leaks_now())
        if n_edits != self._n_edits():
            return False
        self._alike.put_leaks(leaking)
        self._say(len(self._keeper))
        return True

    async def _told(self, crew: Crew, doubtful: Doubtful) -> bytes | None:
        """A byte for each pair, None if an edit came in between."""
        left, right = array("i", doubtful.left), array("i", doubtful.right)
        size = len(left) // (_QUESTIONS * len(crew.helpers)) + 1
        size = min(max(size, _FEWEST_PAIRS), _MOST_PAIRS)
        starts = range(0, len(left), size)
        found: list[bytes | None] = [None] * len(starts)
        waiting = iter(enumerate(starts))

        async def help_out(helper: Helper, waiting: Iterator[tuple[int, int]]) -> None:
            for number, first in waiting:
                part = slice(first, first + size)
                found[number] = await self._resembling(helper, left[part], right[part])

        helping = (help_out(helper, waiting) for helper in (*crew.helpers, *crew.helpers))
        await asyncio.gather(*helping)
        told = [part for part in found if part is not None]
        return b"".join(told) if len(told) == len(starts) else None

    async def _resembling(
        self, helper: Helper, left: array[int], right: array[int]
    ) -> bytes | None:
        rows = array("i", sorted({*left, *right}))
        place = {row: at for at, row in enumerate(rows)}
        sides = [array("i", map(place.__getitem__, side)).tobytes() for side in (left, right)]
        common = self._alike.common
        answer = await self._ask(
            helper,
            lambda wanted: Resemble(wanted, common, *sides),
            self._keeper.wanted(rows, 0),
            rows,
        )
        if answer is None:
            return None
        assert isinstance(answer, Resembling)
        return answer.are_alike
