"""A project, two models that say who they are, and a test set of four prompts to ask them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.fake_provider import (
    Answer,
    FakeProvider,
    Reply,
    Request,
    fake_provider,
    stream_of,
)
from tests.support.projects import Home, fake_providers, home, project
from tunedesk.core.chat import ChatSettings
from tunedesk.services.compare.ahead import Ahead
from tunedesk.services.compare.ahead_types import AheadOffer
from tunedesk.services.compare.comparison import Comparison, Contender, HeldOutPrompt, Round
from tunedesk.services.compare.difference import Difference
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers

MODEL = "gpt-4o-mini-2024-07-18"
BASE = Contender(provider_id="fake", model=MODEL, label="Base One", kind="base")
TUNED = Contender(provider_id="fake", model=f"ft:{MODEL}:me:m:1", label="marv", kind="tuned")
PAIR = (BASE, TUNED)
CHAT = "POST /chat/completions"
N = 4
PROMPTS = [
    HeldOutPrompt(
        messages=[{"role": "user", "content": f"Question {n}?"}], reference="Yes.", digest=f"d{n}"
    )
    for n in range(N)
]
SETTINGS = ChatSettings()


def said(*pieces: str, finish_reason: str | None = "stop") -> Reply:
    return Reply(stream_of(*pieces, finish_reason=finish_reason), content_type="text/event-stream")


class Bench:
    """Two models that say who they are; `odd` answers of the tuned one come first, one an ask."""

    def __init__(
        self, place: Home, server: FakeProvider, made: Project, providers: Providers
    ) -> None:
        self.place = place
        self.server, self.project, self.providers = server, made, providers
        self.waited: list[float] = []
        self.odd: list[Answer | None] = []
        self.base_delay_s = 0.0
        server.before = self._before
        self.start()

    def start(self) -> None:
        """As after another start of the app."""
        self.comparison = Comparison(self.project, self.providers, self.project.background)
        self.ahead: Ahead = self.comparison.ahead
        self.ahead._pause_for = self._wait
        self.found: Difference | None = Difference(is_found=True, by_chances=False)
        self.ahead._differ = self._look

    async def _look(self, *_of: object) -> Difference | None:
        return self.found

    def pass_time(self) -> None:
        """The clock goes on, so that votes have an order."""
        self.place.now_ms += 1

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(0)

    def _before(self, request: Request) -> Answer | None:
        if request.line != CHAT:
            return None
        is_tuned = request.json["model"] == TUNED.model
        odd = self.odd.pop(0) if is_tuned and self.odd else None
        return odd or (said("From the tuned one.") if is_tuned else self._of_base())

    def _of_base(self) -> Answer:
        body = stream_of("From the base.")
        delay_s = self.base_delay_s
        return Reply(body, content_type="text/event-stream", byte_delay_s=delay_s)

    @property
    def asked(self) -> Counter[tuple[bool, str]]:
        """How often each prompt came, by whether the tuned model was asked, and its words."""
        asks = [request.json for request in self.server.requests if request.line == CHAT]
        return Counter(
            (ask["model"] == TUNED.model, ask["messages"][-1]["content"]) for ask in asks
        )

    async def offer(self) -> AheadOffer:
        return await self.ahead.offer(PAIR, PROMPTS, SETTINGS)

    async def ask(self, n_prompts: int | None = None, *, again: bool = False) -> AheadOffer:
        """Ask what is missing; how it stands then."""
        await self.ahead.begin(await self.offer(), n_prompts, again=again)
        return await self.offer()

    async def begin(
        self,
        n: int,
        *,
        again: Round | None = None,
        is_row: bool = True,
        settings: ChatSettings = SETTINGS,
    ) -> Round:
        """The round on a prompt as the page gets it."""
        digest = PROMPTS[n].digest if is_row else ""
        return await self.comparison.begin(
            *PAIR, PROMPTS[n].messages, settings, source_digest=digest, again=again
        )

    async def round(
        self,
        n: int,
        *,
        again: Round | None = None,
        is_row: bool = True,
        settings: ChatSettings = SETTINGS,
    ) -> Round:
        """The same after it has run."""
        made = await self.begin(n, again=again, is_row=is_row, settings=settings)
        await made.run(lambda: None)
        return made


@asynccontextmanager
async def bench(folder: Path, *, is_paid: bool) -> AsyncIterator[Bench]:
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(
            place,
            server,
            preset="openai" if is_paid else "",
            kind="openai" if is_paid else "tunedesk",
        ) as providers,
        project(place) as made,
    ):
        b = Bench(place, server, made, providers)
        yield b
        await b.ahead.close()
