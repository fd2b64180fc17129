"""Whether a provider elsewhere answers, and takes the key that is known for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.profiles import Profile
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.training_types import ReadyCheck

PATIENCE_S = 2.0
_GOOD_FOR_S, _BAD_FOR_S = 60.0, 4.0


class Reach:
    """Asks for the list of models, which costs nothing: once a minute for each provider that
    answers, every few seconds for one that does not, and anew after a change in Settings."""

    def __init__(self, providers: Providers, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._providers, self._clock_s = providers, clock_s
        self._known: dict[str, tuple[float, ReadyCheck]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._forget = providers.subscribe(self._known.clear)

    async def check(self, profile: Profile, patience_s: float = PATIENCE_S) -> ReadyCheck:
        """What is known, or what comes within `patience_s`; else that it is being asked."""
        known = self._fresh(profile.id)
        if known is None:
            task = self._asking.get(profile.id)
            if task is None or task.done():
                task = self._asking[profile.id] = asyncio.create_task(self._ask(profile))
            await asyncio.wait([task], timeout=patience_s)
            known = self._fresh(profile.id)
        asking = ReadyCheck(code="provider_asked", level="busy", args={"name": profile.name})
        return known or asking

    async def close(self) -> None:
        """Ask no more."""
        self._forget()
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _fresh(self, provider_id: str) -> ReadyCheck | None:
        until_s, known = self._known.get(provider_id, (0.0, None))
        return known if self._clock_s() < until_s else None

    async def _ask(self, profile: Profile) -> None:
        args: dict[str, str | int] = {"name": profile.name}
        code = "key_works" if profile.needs_key else "provider_ready"
        check, good_for_s = ReadyCheck(code=code, level="ok", args=args), _GOOD_FOR_S
        try:
            await (await self._providers.get(profile.id)).models()
        except TunedeskError as error:
            args["detail"] = f"{error.title} {error.what} {error.next_step}"
            check = ReadyCheck(code="provider_unreached", level="error", args=args)
            good_for_s = _BAD_FOR_S
        self._known[profile.id] = (self._clock_s() + good_for_s, check)
