"""One request under way: its prompt is read in slices, then its choices grow in turn."""

from __future__ import annotations

from collections import deque

import torch

from tunedesk.engine.generation.choice import Choice
from tunedesk.engine.generation.intake import Say
from tunedesk.engine.generation.model import ServedModel
from tunedesk.engine.generation.prompts import Prompt
from tunedesk.engine.generation.protocol import Done, Refused


class Answer:
    """Works in small steps, so that several can take turns."""

    def __init__(self, prompt: Prompt, model: ServedModel, budget_tokens: int, say: Say) -> None:
        """`budget_tokens` bounds what all its choices may hold. Says a refusal itself."""
        order = prompt.order
        self.prompt = prompt
        self._model = model
        self._say = say
        self._unread = prompt.tokens
        self._choices: deque[Choice] = deque()
        self._n_tokens = 0
        most = budget_tokens // order.n - len(prompt.tokens)
        self._limit_tokens = min(prompt.most_new_tokens, most)
        self.over = self._limit_tokens < 1
        if self.over:
            say(_no_room(prompt, budget_tokens))
        else:
            self._cache = model.new_cache(len(prompt.tokens) + self._limit_tokens)

    @property
    def id(self) -> str:
        """The request's id."""
        return self.prompt.order.id

    @property
    def is_reading(self) -> bool:
        """True while its prompt is not read to the end: such a step is a long one."""
        return bool(self._unread)

    def advance(self) -> None:
        """A slice of the prompt, or one more token of one choice; sets `over` after the last."""
        self._model.wear(self.prompt.order.adapter)
        if self._unread:
            self._read_slice()
        else:
            choice = self._choices.popleft()
            self._grow(choice, self._model.logits([choice.last_token], choice.cache))
        if not self._unread and not self._choices:
            self.over = True
            self._say(Done(id=self.id, completion_tokens=self._n_tokens))

    def _read_slice(self) -> None:
        n = self._model.slice_tokens
        piece, self._unread = self._unread[:n], self._unread[n:]
        logits = self._model.logits(piece, self._cache)
        if not self._unread:
            self._branch(logits)

    def _branch(self, logits: torch.Tensor) -> None:
        """The prompt was read once; every choice goes on from its own copy."""
        n = self.prompt.order.n
        caches = [self._model.fork(self._cache) for _ in range(n - 1)] + [self._cache]
        self._cache = None
        for index, cache in enumerate(caches):
            choice = Choice(self.prompt, index, self._limit_tokens, cache, self._say)
            self._grow(choice, logits)

    def _grow(self, choice: Choice, logits: torch.Tensor) -> None:
        choice.take(logits)
        if choice.is_over:
            self._n_tokens += choice.n_tokens
        else:
            self._choices.append(choice)


def _no_room(prompt: Prompt, budget_tokens: int) -> Refused:
    text = f"Your messages take {len(prompt.tokens)} tokens, times {prompt.order.n} choices, and"
    text += f" this computer's free memory has room for {budget_tokens}. Close other programs,"
    text += " or send shorter messages."
    code = "insufficient_memory"
    return Refused(id=prompt.order.id, status=400, message=text, code=code, param="messages")
