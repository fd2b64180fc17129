"""What has lived its time is removed though nobody asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_LOG = logging.getLogger(__name__)
_EACH_S = 60.0


@asynccontextmanager
async def sweeping(*sweeps: Callable[[], None], each_s: float = _EACH_S) -> AsyncIterator[None]:
    """Calls each of `sweeps` every `each_s` seconds until the block ends."""
    task = asyncio.create_task(_forever(sweeps, each_s), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _forever(sweeps: tuple[Callable[[], None], ...], each_s: float) -> None:
    while True:
        await asyncio.sleep(each_s)
        for sweep in sweeps:
            try:
                sweep()
            except OSError:
                _LOG.exception("what has expired could not be removed; it is tried again")
