"""Two models that say what a test wrote down, as far as it lets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from tests.support.scripted_comparison import BASE, TUNED
from tunedesk.core.chat import ChatDelta, ChatRequest
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.compare.settings import CompareSettings


class Models:
    """Providers, provider and comparison in one: each model says its words, one after another."""

    def __init__(self) -> None:
        self.says = {BASE.model: "Rome, of course.", TUNED.model: "Rome, if you **insist**."}
        self.asked: list[ChatRequest] = []
        self.kept = CompareSettings()
        self.tokens_needed = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def get(self, _provider_id: str) -> Models:
        return self

    async def contenders(self) -> list[Contender]:
        return [BASE, TUNED]

    def place_of(self, who: Contender) -> str:
        return who.provider_id

    async def settings(self) -> CompareSettings:
        return self.kept

    async def put_settings(self, settings: CompareSettings) -> None:
        self.kept = settings

    async def chat(
        self, request: ChatRequest, *, is_paid: bool = False
    ) -> AsyncGenerator[ChatDelta]:
        self.asked.append(request)
        for word in self.says[request.model].split(" "):
            yield ChatDelta(text=f"{word} ")
        await self.may_end.wait()
        is_cut = request.settings.max_tokens < self.tokens_needed
        yield ChatDelta(finish_reason="length" if is_cut else "stop", completion_tokens=4)
