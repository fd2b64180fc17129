"""One question to one model, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

LIMIT_MET = "length"
"""The finish reason of a reply that was cut at `max_tokens`."""


MOST_TOKENS = 32_000
"""The longest answer that can be asked for."""


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
        """Nothing of it was lost on the way: it has a finish reason, be it that of the limit."""
        return self.finish_reason is not None

    @property
    def met_limit(self) -> bool:
        """It was cut at the longest answer that was set."""
        return self.finish_reason == LIMIT_MET

    @property
    def is_whole(self) -> bool:
        """It ended by itself. Only such a reply may be voted on or rated."""
        return self.is_complete and not self.met_limit

    def is_as_under(self, settings: ChatSettings) -> bool:
        """Whether it is what would be said under these, too: they differ in nothing, or in a limit
        that it does not meet."""
        if self.settings == settings:
            return True
        if not self.is_whole or not alike_but_for_limit(self.settings, settings):
            return False
        n_tokens = self.completion_tokens
        is_longer = settings.max_tokens >= self.settings.max_tokens
        return is_longer or (n_tokens is not None and n_tokens <= settings.max_tokens)


def longer_limit(n_tokens: int) -> int | None:
    """The longest answer to set where this one was met; None where there is no longer one."""
    return min(2 * n_tokens, MOST_TOKENS) if n_tokens < MOST_TOKENS else None


def alike_but_for_limit(one: ChatSettings, other: ChatSettings) -> bool:
    """Whether they sample alike, up to the longest answer."""
    return msgspec.structs.replace(one, max_tokens=other.max_tokens) == other
