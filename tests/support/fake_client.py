"""The one client, pointed at a fake provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.fake_provider import FakeProvider
from tunedesk.core.chat import ChatRequest
from tunedesk.core.jobs import Hyperparameters, JobRequest
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.profiles import Profile

KEY = "sk-canary-7fd1"
REQUEST = JobRequest(
    model="base-1",
    training_file="file-1",
    suffix="marv",
    seed=3,
    hyperparameters=Hyperparameters(n_epochs=2),
    metadata={"tunedesk_job": "local-1"},
)
CHAT = ChatRequest(model="base-1", messages=[{"role": "user", "content": "Hi"}])


def profile(**changes: Any) -> Profile:
    """A profile "Fake" with these changes."""
    return Profile(id="fake", name="Fake", kind="openai", **{"poll_s": 0.01, **changes})


@asynccontextmanager
async def client(
    server: FakeProvider, *, base_url: str = "", **changes: Any
) -> AsyncIterator[OpenAICompatible]:
    """A client of a profile "Fake" with these changes; closed twice at the end."""
    made = OpenAICompatible(profile(**changes), api_key=KEY, base_url=base_url or server.base_url)
    try:
        yield made
    finally:
        await made.close()
        await made.close()


async def said(provider: OpenAICompatible) -> tuple[str, str | None, int | None]:
    """Text, finish reason and tokens of a streamed reply."""
    text, reason, tokens = "", None, None
    async for delta in provider.chat(CHAT):
        text += delta.text
        reason = delta.finish_reason or reason
        tokens = delta.completion_tokens or tokens
    return text, reason, tokens


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the SDK waited before each retry, in seconds; it does not really wait."""
    waited: list[float] = []

    async def note(delay_s: float) -> None:
        waited.append(delay_s)

    monkeypatch.setattr("openai._base_client.anyio.sleep", note)
    return waited
