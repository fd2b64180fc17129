"""A kept answer that comes as if it were written now: at the other one's pace (fault U7)."""

from __future__ import annotations

import asyncio
import itertools
import time

from tunedesk.core.chat import Answer, ChatRequest, ChatSettings
from tunedesk.services.compare.answering import Answering
from tunedesk.services.providers.directory import Providers
from tunedesk.store.records import Contender

_LOOK_EVERY_S = 0.02


class FrozenAnswering(Answering):
    """Grows with the answer at the other seat, and beyond its end in the rhythm that one had, so
    that neither a jump nor an even flow tells which of the two was kept. Asks nobody."""

    def __init__(self, contender: Contender, kept: Answer) -> None:
        super().__init__(contender)
        self.kept = kept
        self.other: Answering | None = None
        self._rhythm: list[tuple[float, int]] = []

    async def run(
        self, providers: Providers, request: ChatRequest, *, is_paid: bool = False
    ) -> None:
        try:
            if self.other is not None and not isinstance(self.other, FrozenAnswering):
                await self._follow(self.other)
                await self._go_on()
            self._grow_to(len(self.kept.text))
            self.finish_reason = self.kept.finish_reason
        finally:
            self.is_over = True

    async def _follow(self, other: Answering) -> None:
        """Until the other one is over: as long as it is, and a note of its rhythm."""
        at_s, n_chars = time.monotonic(), 0
        while not other.is_over:
            await asyncio.sleep(_LOOK_EVERY_S)
            n_new = len(other.text) - n_chars
            if n_new > 0:
                now_s = time.monotonic()
                if n_chars:  # the wait before the first piece belongs to the beginning
                    self._rhythm.append((now_s - at_s, n_new))
                at_s, n_chars = now_s, n_chars + n_new
                self._grow_to(n_chars)

    async def _go_on(self) -> None:
        """What is left, in the rhythm of the other one's pieces, again and again."""
        for pause_s, n_new in itertools.cycle(self._rhythm):
            if self._n_chars >= len(self.kept.text):
                return
            await asyncio.sleep(pause_s)
            self._grow_to(self._n_chars + n_new)

    def _grow_to(self, n_chars: int) -> None:
        piece = self.kept.text[self._n_chars : n_chars]
        self._pieces.append(piece)
        self._n_chars += len(piece)

    def answer(self, settings: ChatSettings) -> Answer:
        """The answer as it was kept, with who gave it then; cut where it was stopped."""
        if self.finish_reason is None:
            return super().answer(settings)
        return self.kept
