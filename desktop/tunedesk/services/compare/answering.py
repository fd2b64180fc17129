"""One model answering at one seat."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from tunedesk.core.chat import Answer, ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.proof import sent_digest
from tunedesk.services.providers.directory import Providers
from tunedesk.store.records import Contender

Digests = Mapping[tuple[str, str], str]
"""Of weights, by provider and model, as far as they are known."""

MAX_CHARS = 8_000_000
"""An answer that grows beyond this is cut there, stopped, and counts as cut off. It is more than a
single event can bring (`providers.bounds`) of an answer of 5 MB."""

MAY_BE_PAID = frozenset({"reply_lost", "not_an_api", "stream_failed", "too_large"})
"""Codes of errors after which it is not known whether an answer was given, and billed."""

CONCERNS_ONE = MAY_BE_PAID | {"refused"}
"""Codes that concern this prompt alone; after all but the last it may have been answered."""


class Answering:
    """Grows while `run` runs. Without a finish reason it was cut off."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.finish_reason: str | None = None
        self.problem: TunedeskError | None = None
        self.is_over = False
        self._is_sent = False
        self._pieces: list[str] = []
        self._text = ""
        self._n_chars = 0
        self._n_tokens: int | None = None
        self._elapsed_ms = 0
        self._is_refusal = False
        self._tool_calls: tuple[Mapping[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """What came so far."""
        if self._pieces:
            self._text += "".join(self._pieces)
            self._pieces.clear()
        return self._text

    async def run(
        self, providers: Providers, request: ChatRequest, *, is_paid: bool = False
    ) -> None:
        """Stream the answer. Errors are in `problem`, never raised; cancelling cuts it off.

        `is_paid` as `Provider.chat`.
        """
        began_s = time.monotonic()
        try:
            provider = await providers.get(self.contender.provider_id)
            self._is_sent = True
            async with aclosing(provider.chat(request, is_paid=is_paid)) as deltas:
                async for delta in deltas:
                    self._is_refusal = self._is_refusal or delta.is_refusal
                    self._pieces.append(delta.text[: MAX_CHARS - self._n_chars])
                    self._n_chars += len(delta.text)
                    self._tool_calls = delta.tool_calls or self._tool_calls
                    self.finish_reason = delta.finish_reason or self.finish_reason
                    if delta.completion_tokens is not None:
                        self._n_tokens = delta.completion_tokens
                    if self._n_chars > MAX_CHARS:
                        self.finish_reason, self.problem = None, _too_long()
                        break
        except TunedeskError as error:
            self.finish_reason = None
            self.problem = error
        finally:
            self._elapsed_ms = round((time.monotonic() - began_s) * 1000)
            self.is_over = True

    @property
    def was_taken(self) -> bool:
        """Sent, and not surely turned away: the prompt counts as asked."""
        is_kept = bool(self.text or self.finish_reason)
        return is_kept or (
            self._is_sent and (self.problem is None or self.problem.code in CONCERNS_ONE)
        )

    def answer(self, settings: ChatSettings) -> Answer:
        """What is kept: the text with the proof of who gave it, under which settings."""
        return Answer(
            provider_id=self.contender.provider_id,
            model=self.contender.model,
            text=self.text,
            finish_reason=self.finish_reason,
            elapsed_ms=self._elapsed_ms,
            completion_tokens=self._n_tokens,
            settings=settings,
            is_refusal=self._is_refusal,
            tool_calls=self._tool_calls,
        )


def _too_long() -> TunedeskError:
    return TunedeskError(
        "too_large",
        "The answer is too long.",
        f"It was stopped at {MAX_CHARS:,} characters. What came until then is kept as cut off.",
        "Set a longest answer in tokens, or ask for something shorter.",
    )


def proven(
    answer: Answer, messages: Sequence[Mapping[str, Any]], digests: Digests, at_ms: int
) -> Answer:
    """The answer with what it was asked, when, and the digest of the weights that gave it, where
    `digests` knows it."""
    return msgspec.structs.replace(
        answer,
        prompt_digest=sent_digest(messages),
        model_digest=digests.get((answer.provider_id, answer.model)),
        at_ms=at_ms,
    )
