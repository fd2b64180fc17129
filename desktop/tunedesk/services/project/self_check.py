"""Whether what Tunedesk stands on is in order: engine, keyring, disk. The window adds the fonts."""

from __future__ import annotations

from typing import Literal

import msgspec

from tunedesk.services.project.places import Places
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.train.disk_and_memory import look_around
from tunedesk.services.work.background import Background

Subject = Literal["engine", "keyring", "fonts", "disk"]

ENOUGH_BYTES = 2_000_000_000
"""A model made ready, and the checkpoints of some jobs."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried. `state` is a word for a program: what it means is the page's to
    say; `detail` is a name or a sentence to go with it, `n_bytes` what is free."""

    subject: Subject
    state: str
    is_good: bool
    detail: str = ""
    n_bytes: int = 0


class SelfCheck:
    """Everything is called on the loop's thread. Nothing is sent anywhere."""

    def __init__(
        self, engine: LocalEngine, keys: ProviderKeys, places: Places, background: Background
    ) -> None:
        self._engine, self._keys = engine, keys
        self._places, self._background = places, background

    async def look(self) -> list[Finding]:
        """Try everything; takes as long as the keyring does, some seconds at most. Never raises."""
        return [self._engine_now(), await self._keyring(), await self._disk()]

    def _engine_now(self) -> Finding:
        status = self._engine.status
        good = status.state in ("ready", "starting")
        return Finding(subject="engine", state=status.state, is_good=good, detail=status.detail)

    async def _keyring(self) -> Finding:
        why, where = await self._keys.try_out()
        return Finding(subject="keyring", state=why, is_good=not why, detail=where)

    async def _disk(self) -> Finding:
        room = await self._background.run(look_around, self._places.engine)
        folder, free = str(self._places.engine), room.disk_bytes
        if free is None:
            return Finding(subject="disk", state="unknown", is_good=False, detail=folder)
        good = free >= ENOUGH_BYTES
        state = "" if good else "full"
        return Finding(subject="disk", state=state, is_good=good, detail=folder, n_bytes=free)
