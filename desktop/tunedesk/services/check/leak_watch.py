"""Leaks follow edits and the split: at once where few rows have kin, else soon and in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tunedesk.services.check.alike_rows import AlikeRows
from tunedesk.services.work.background import Background

_PAUSE_S = 0.3  # several edits in a row are looked at once


class LeakWatch:
    """Used on the loop's thread. `changed` is called when a look in a thread has ended."""

    def __init__(
        self, alike: AlikeRows, background: Background, changed: Callable[[], object]
    ) -> None:
        self._alike, self._background, self._changed = alike, background, changed
        self._n_wishes = 0
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Rows or the split have changed."""
        if not self._alike.may_leak:
            return
        if not self._alike.has_many:
            self._alike.put_leaks(self._alike.leaks_now()())
            return
        self._n_wishes += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_soon())

    async def settled(self) -> None:
        """Return when what has changed has been looked at."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    async def close(self) -> None:
        """Stop a look under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look_soon(self) -> None:
        n_seen = -1
        while n_seen != self._n_wishes:
            await asyncio.sleep(_PAUSE_S)
            n_seen = self._n_wishes
            found = await self._background.run(self._alike.leaks_now())
            if n_seen == self._n_wishes:
                self._alike.put_leaks(found)
                self._changed()
