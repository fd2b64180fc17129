"""Which rows a filter chip and a search text leave, found without stopping the window."""

from __future__ import annotations

import asyncio
import time
from array import array

from tunedesk.services.dataset_session import DatasetSession

_SLICE_S = 0.008


async def rows_matching(session: DatasetSession, chip: str, needle: str) -> array[int] | None:
    """Dataset indices of the rows that `chip` and `needle` leave, or None for all.

    `chip` is "all", "train", "test" or "problems"; `needle` is looked for in prompt and reply
    without regard to case. Yields to the loop every 8 ms.
    """
    wanted = needle.casefold().strip()
    if chip == "all" and not wanted:
        return None
    found = array("i")
    until = time.perf_counter() + _SLICE_S
    for index in range(len(session)):
        if _passes_chip(session, index, chip) and _holds(session, index, wanted):
            found.append(index)
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + _SLICE_S
    return found


def _passes_chip(session: DatasetSession, index: int, chip: str) -> bool:
    if chip == "all":
        return True
    state = session.state(index)
    if chip == "problems":
        return state.status in ("warning", "error")
    return state.split == chip


def _holds(session: DatasetSession, index: int, wanted: str) -> bool:
    if not wanted:
        return True
    summary = session.summary(index)
    return wanted in summary.prompt.casefold() or wanted in summary.reply.casefold()
