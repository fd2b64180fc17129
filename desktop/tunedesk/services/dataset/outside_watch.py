"""Notices, within seconds, that another program has changed an open file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tunedesk.core.errors import TunedeskError

_EVERY_S = 2.0


class OutsideWatch:
    """Looks every two seconds until closed; `changed()` is called when the answer changes."""

    def __init__(
        self, is_changed: Callable[[], Awaitable[bool]], changed: Callable[[], None]
    ) -> None:
        self.is_changed = False
        self._look = is_changed
        self._changed = changed
        self._task = asyncio.create_task(self._watch(), name="outside-watch")

    async def look(self) -> None:
        """Look now."""
        found = await self._look()
        if found != self.is_changed:
            self.is_changed = found
            self._changed()

    async def close(self) -> None:
        """Look no more. Closing twice is harmless."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.look()
            except TunedeskError:  # a disk that is away for a moment: the next look will tell
                continue
