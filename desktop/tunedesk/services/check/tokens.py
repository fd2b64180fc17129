"""The window's tokeniser, loaded once and off the window's thread."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tunedesk.core.tokens import TokenCounter, load_table_counter
from tunedesk.services.work.background import Background


class Tokens:
    """Hands out the one `TokenCounter`; `cache_folder` gets the unpacked vocabularies."""

    def __init__(self, cache_folder: Path, background: Background) -> None:
        self.cache_folder = cache_folder
        self._background = background
        self._counter: TokenCounter | None = None
        self._loading: asyncio.Future[TokenCounter] | None = None

    @property
    def ready(self) -> TokenCounter | None:
        """The counter if it is loaded; never waits."""
        return self._counter

    async def counter(self) -> TokenCounter:
        """The counter, some milliseconds after the first call.

        Raises TunedeskError if the vocabulary is missing or cannot be unpacked; the next call
        tries again.
        """
        if self._counter is None:
            if self._loading is None:
                self._loading = asyncio.ensure_future(
                    self._background.run(load_table_counter, self.cache_folder)
                )
            try:
                self._counter = await asyncio.shield(self._loading)
            finally:
                if self._loading is not None and self._loading.done():
                    self._loading = None
        return self._counter
