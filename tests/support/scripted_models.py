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
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def get(self, _provider_id: str) -> Models:
        return self

    async def contenders(self) -> list[Contender]:
        return [BASE, TUNED]

    def place_of(self, who: Contender) -> str:
        return who.provider_id

    async def settings(self) -> CompareSettings:
        return CompareSettings()

    async def chat(
        self, request: ChatRequest, *, is_paid: bool = False
    ) -> AsyncGenerator[ChatDelta]:
        self.asked.append(request)
        for word in self.says[request.model].split(" "):
            yield ChatDelta(text=f"{word} ")
        await self.may_end.wait()
        yield ChatDelta(finish_reason="stop", completion_tokens=4)
