"""One question to one model, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class ChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Sampling settings as sent; `max_tokens` bounds the reply."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 256
    seed: int | None = None


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`messages` are OpenAI chat messages as plain dicts, oldest first. `wants_logprobs`: the
    chance of each token of the reply is wanted, too. `tools` as the API takes them."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    settings: ChatSettings = ChatSettings()
    wants_logprobs: bool = False
    tools: Sequence[Mapping[str, Any]] = ()


class ChatDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a streamed reply. `finish_reason` comes once, on the last piece of a whole reply.

    A stream that ends without one was cut off, whatever else it looked like. `is_refusal`: the
    text says why the model does not answer. `logprobs`: of the tokens of this piece, where wanted.
    `tool_calls`: all of the reply, whole, once, where it has any.
    """

    text: str = ""
    is_refusal: bool = False
    finish_reason: str | None = None
    completion_tokens: int | None = None
    logprobs: tuple[float, ...] = ()
    tool_calls: tuple[Mapping[str, Any], ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A reply with the proof of who gave it, under which settings.

    `model_digest`: of the adapter's weights, where the provider tells one. `prompt_digest`: of the
    messages as they were sent (`core.proof.sent_digest`). `at_ms`: when it was asked. Empty or 0 in
    answers of before. `tool_calls` as a message has them.
    """

    provider_id: str
    model: str
    text: str
    finish_reason: str | None
    elapsed_ms: int
    completion_tokens: int | None
    settings: ChatSettings
    is_refusal: bool = False
    model_digest: str | None = None
    prompt_digest: str = ""
    at_ms: int = 0
    tool_calls: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_complete(self) -> bool:
        """Only a reply with a finish reason may be voted on."""
        return self.finish_reason is not None
