"""One reply under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunedesk.engine.generation.model import ServedModel
from tunedesk.engine.generation.protocol import Accepted, Done, Piece, Refused, Reply, Start
from tunedesk.engine.generation.sampling import Sampler
from tunedesk.engine.generation.text import TextStream

Say = Callable[[Reply], None]


class Answer:
    """Produces its reply token by token, so that several can take turns."""

    def __init__(self, order: Start, model: ServedModel, say: Say) -> None:
        """Raises TemplateRefusalError; says `refused` itself when the prompt is too long."""
        from transformers import DynamicCache

        self.id = order.id
        self._order = order
        self._model = model
        self._say = say
        self._pending = model.template.prompt(order.messages)
        self._cache: Any = DynamicCache()
        self._sampler = Sampler(order.temperature, order.top_p, order.seed)
        self._text = TextStream(model.template.tokenizer, order.stop)
        self._n_tokens = 0
        self._limit = self._room()
        self.over = self._limit < 1
        if self.over:
            self._say(self._too_long())
        else:
            self._say(Accepted(id=self.id, prompt_tokens=len(self._pending)))

    def _room(self) -> int:
        room = self._model.template.context_tokens - len(self._pending)
        wanted = self._order.max_tokens
        return room if wanted is None else min(room, wanted)

    def _too_long(self) -> Refused:
        limit = self._model.template.context_tokens
        text = f"This model's maximum context length is {limit} tokens. However, your messages"
        text += f" resulted in {len(self._pending)} tokens. Please reduce the length of the"
        text += " messages."
        code = "context_length_exceeded"
        return Refused(id=self.id, status=400, message=text, code=code, param="messages")

    def advance(self) -> None:
        """One more token; sets `over` after the last."""
        self._model.wear(self._order.adapter)
        token = self._sampler.pick(self._model.logits(self._pending, self._cache))
        self._pending = [token]
        self._n_tokens += 1
        if token in self._model.template.end_ids:
            self._finish("stop")
            return
        self._speak(self._text.feed(token))
        if self._text.stopped:
            self._finish("stop")
        elif self._n_tokens >= self._limit:
            self._finish("length")

    def _speak(self, text: str) -> None:
        if text:
            self._say(Piece(id=self.id, text=text))

    def _finish(self, reason: Any) -> None:
        self._speak(self._text.rest())
        self.over = True
        self._say(Done(id=self.id, finish_reason=reason, completion_tokens=self._n_tokens))
