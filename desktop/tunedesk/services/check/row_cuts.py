"""Where models cut rows, found once for each row's bytes and each way of counting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.tokens import TokenCounter
from tunedesk.core.validation.length import Cut, Target, over_long_rows
from tunedesk.core.validation.rows import cut_of_row
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.work.background import Background

MOST_EXAMINED = 5_000
"""Rows whose cut is told exactly; further ones that are too long are known by their count only."""

_MOST_MORE = 6  # times as many tokens a row may have in a small model's vocabulary (seen: 5, Thai)
_AT_ONCE, _AT_ONCE_TOKENS = 200, 200_000  # read before the window gets its turn
_MOST_KNOWN, _MOST_WAYS = 100_000, 6

_Known = dict[bytes, Cut | None]


class LengthTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A model that rows can be for: its id, its name for people, and what it reads of a row.

    `tokenizer` is the file it counts by, where that is here.
    """

    model: str
    label: str
    limit_tokens: int
    tokenizer: Path | None = None


class Cuts(msgspec.Struct, frozen=True):
    """`of_row`: the cut of each examined row that is too long. `unlisted`: rows beyond
    MOST_EXAMINED that may be."""

    of_row: dict[int, Cut]
    unlisted: Sequence[int] = ()


class RowCuts:
    """Follows the counted tokens: nothing is counted here but the rows that may be too long, and
    none of them twice."""

    def __init__(
        self, facts: RowFacts, background: Background, row: Callable[[int], bytes]
    ) -> None:
        self._facts, self._background, self._row = facts, background, row
        self._counters: dict[Path, TokenCounter] = {}
        self._known: dict[tuple[Path | None, int], _Known] = {}

    async def find(
        self,
        target: LengthTarget,
        counter: TokenCounter,
        is_outdated: Callable[[], bool],
        say: Callable[[int], object] = lambda _: None,
    ) -> Cuts | None:
        """None if `is_outdated` says that rows have changed meanwhile. `counter` estimates where
        the model's own tokenizer is not here. `say` is told how many rows are left."""
        own = await self._counter_of(target)
        most = target.limit_tokens if own is None else target.limit_tokens // _MOST_MORE
        # A pair counts more here than either of its readings, so none is missed.
        long = await self._background.run(over_long_rows, self._facts.tokens[:], most)
        if is_outdated():
            return None
        meant = Target(target.label, target.limit_tokens, own or counter)
        known = self._known_of(target.tokenizer if own else None, target.limit_tokens)
        found = await self._examine(long[:MOST_EXAMINED], meant, known, is_outdated, say)
        return None if found is None else Cuts(found, long[MOST_EXAMINED:])

    async def _counter_of(self, target: LengthTarget) -> TokenCounter | None:
        """None where the model's own tokens can only be estimated."""
        path = target.tokenizer
        if path is None:
            return None
        if path not in self._counters:
            try:
                self._counters[path] = await self._background.run(ModelCounter, path)
            except TunedeskError:
                return None
        return self._counters[path]

    def _known_of(self, tokenizer: Path | None, limit_tokens: int) -> _Known:
        way = tokenizer, limit_tokens
        known = self._known.pop(way, {})
        if len(known) > _MOST_KNOWN:
            known = {}
        self._known[way] = known
        while len(self._known) > _MOST_WAYS:
            self._known.pop(next(iter(self._known)))
        return known

    async def _examine(
        self,
        rows: Sequence[int],
        meant: Target,
        known: _Known,
        is_outdated: Callable[[], bool],
        say: Callable[[int], object],
    ) -> dict[int, Cut] | None:
        found: dict[int, Cut] = {}
        mean_tokens = sum(self._facts.tokens[row] for row in rows) // max(1, len(rows))
        n_at_once = min(_AT_ONCE, max(1, _AT_ONCE_TOKENS // max(1, mean_tokens)))
        for start in range(0, len(rows), n_at_once):
            say(len(rows) - start)
            part = rows[start : start + n_at_once]
            raws = [self._row(row) for row in part]
            cuts = await self._background.run(_cuts_of, raws, meant, known)
            if is_outdated():
                return None
            found |= {row: cut for row, cut in zip(part, cuts, strict=True) if cut is not None}
        return found


def _cuts_of(raws: Sequence[bytes], meant: Target, known: _Known) -> list[Cut | None]:
    """Of each row; in a thread. What is found out goes into `known`."""
    found = []
    for raw in raws:
        digest = blake2b(raw, digest_size=16).digest()
        if digest not in known:
            known[digest] = cut_of_row(raw, meant)
        found.append(known[digest])
    return found
