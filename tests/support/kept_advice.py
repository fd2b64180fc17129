"""What a project keeps of its advice, without a project."""

from __future__ import annotations

from collections.abc import Sequence

from tunedesk.core.guide.advice import Advice
from tunedesk.services.work.subscribers import Subscribers


class KeptAdvice:
    """Stands for the Guide's part that a page's advice line asks."""

    def __init__(self) -> None:
        self.silenced: set[str] = set()
        self.spoken_again: Subscribers[[]] = Subscribers()

    async def first_wanted(self, found: Sequence[Advice]) -> Advice | None:
        return next((one for one in found if one.code not in self.silenced), None)

    async def silence(self, code: str) -> None:
        self.silenced.add(code)
