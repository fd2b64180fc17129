"""What can be said of a plan while its rows are still being looked at, said as soon as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.profiles import Profile
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.readiness import Looked, checks_of
from tunedesk.services.train.training_types import FineTunePlan, Readiness, ReadyCheck

Tell = Callable[[Sequence[ReadyCheck], Readiness | None], object]
"""Takes the lines of the card so far, and the numbers once tokens are counted."""

_UNSAID_S = 0.2  # what is known by then is said as a whole


class EarlyChecks:
    """Tells whenever a session has come further, from a moment after the beginning on."""

    def __init__(
        self,
        plan: FineTunePlan,
        chosen: ChosenRows,
        profile: Profile,
        limit_tokens: int | None,
        tell: Tell,
    ) -> None:
        self._plan, self._chosen, self._profile = plan, chosen, profile
        self._limit_tokens, self._tell = limit_tokens, tell
        self._place: ReadyCheck | None = None
        self._looked: Looked = "nothing"
        self._numbers: Readiness | None = None
        self.is_begun = False
        """Whether somebody is told already."""

    def reached(self, looked: Looked, numbers: Readiness | None = None) -> None:
        """So much is known of every row now."""
        self._looked, self._numbers = looked, numbers
        self.say()

    def say(self) -> None:
        """Say what is known."""
        if self.is_begun:
            parts = self._plan, self._chosen, self._profile, self._place, self._limit_tokens
            self._tell(checks_of(*parts, self._looked), self._numbers)

    async def begin(self, ask_place: Callable[[], Awaitable[ReadyCheck]]) -> None:
        """Speak from a moment on; then the place is asked beside the rows."""
        await asyncio.sleep(_UNSAID_S)
        self.is_begun = True
        self.say()
        try:
            self._place = await ask_place()
        except TunedeskError:  # the check as a whole says it
            return
        self.say()


@asynccontextmanager
async def said_early(
    early: EarlyChecks, chosen: ChosenRows, ask_place: Callable[[], Awaitable[ReadyCheck]]
) -> AsyncIterator[EarlyChecks]:
    """Until the block ends `early` tells; not a word comes after it."""
    unsubscribes = [session.subscribe(early.say) for session in chosen.sessions]
    begun = asyncio.create_task(early.begin(ask_place))
    try:
        yield early
    finally:
        for unsubscribe in unsubscribes:
            unsubscribe()
        begun.cancel()
        await asyncio.gather(begun, return_exceptions=True)
