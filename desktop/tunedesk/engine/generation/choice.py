"""One of the replies to a request, as it grows."""

from __future__ import annotations

from typing import Any, Literal

import torch

from tunedesk.engine.generation.chances import Chances
from tunedesk.engine.generation.constraint import JsonObject
from tunedesk.engine.generation.intake import Say
from tunedesk.engine.generation.prompts import Prompt
from tunedesk.engine.generation.protocol import Ended, Piece, TokenChance
from tunedesk.engine.generation.sampling import Sampler
from tunedesk.engine.generation.text import TextStream


class Choice:
    """Told the logits of each position, it chooses, speaks, and knows when it is over."""

    def __init__(self, prompt: Prompt, index: int, limit_tokens: int, cache: Any, say: Say) -> None:
        order = prompt.order
        self.cache = cache
        self.n_tokens = 0
        self.last_token = -1
        self.is_over = False
        self._id, self._index, self._say = order.id, index, say
        self._limit_tokens = limit_tokens
        self._end_ids = prompt.lexicon.template.end_ids
        self._texts = prompt.lexicon.texts
        self._sampler = Sampler(order.sampling, index)
        self._text = TextStream(prompt.lexicon.template.tokenizer, order.stop)
        is_bound = order.is_json or bool(order.starts)
        self._json = JsonObject(order.starts) if is_bound else None
        rivals = order.top_logprobs
        self._chances = None if rivals is None else Chances(self._texts, rivals)
        self._unsaid: list[tuple[int, TokenChance]] = []  # where its text begins
        self._speak(order.opening)

    def take(self, logits: torch.Tensor) -> None:
        """Goes on by one token; sets `is_over` after the last."""
        allows = None if self._json is None else self._allows
        token = self._sampler.pick(logits, allows)
        self.last_token = token
        self.n_tokens += 1
        if token in self._end_ids:
            self._finish("stop")
            return
        if self._chances is not None:
            self._unsaid.append((self._text.n_known, self._chances.of(token, logits)))
        if self._json is not None:
            self._json.take(self._texts.text(token))
        self._speak(self._text.feed(token))
        self._look_for_the_end()

    def _allows(self, token: int) -> bool:
        assert self._json is not None
        return token not in self._end_ids and self._json.allows(self._texts.text(token))

    def _look_for_the_end(self) -> None:
        if self._text.stopped:
            self._unsaid.clear()
            self._finish("stop")
        elif self._json is not None and self._json.is_over:
            self._finish("stop")
        elif self.n_tokens >= self._limit_tokens:
            self._finish("length")

    def _speak(self, text: str) -> None:
        n_certain = self._text.n_certain
        chances = [chance for start, chance in self._unsaid if start < n_certain]
        del self._unsaid[: len(chances)]
        if text or chances:
            self._say(Piece(id=self._id, index=self._index, text=text, chances=chances))

    def _finish(self, reason: Literal["stop", "length"]) -> None:
        rest = self._text.rest()
        chances = [chance for _, chance in self._unsaid]
        if rest or chances:
            self._say(Piece(id=self._id, index=self._index, text=rest, chances=chances))
        self.is_over = True
        self.cache = None
        self._say(Ended(id=self._id, index=self._index, finish_reason=reason))
