"""A slow net, sped up by a quick one that guesses what comes next; not a bit becomes another.

The quick net guesses some tokens, the slow one reads them all in one pass, so that each of its
weights is read once (speculative decoding: Leviathan et al., arXiv:2211.17192). Whoever asks then
gets, token by token, the logits that he would have got anyway: from memory as long as he chooses
what was guessed. How he chooses is his business: greedy or drawn, bound to JSON or not.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import torch

from tunedesk.engine.generation.exact import ExactNet
from tunedesk.engine.generation.exact_adapter import ExactAdapter
from tunedesk.engine.generation.foresight import Foresight
from tunedesk.engine.generation.net import Net
from tunedesk.engine.generation.net_adapter import Adapter
from tunedesk.engine.generation.net_cache import Cache
from tunedesk.engine.nets.shape import Shape

_TRIED_PROMPT, _TRIED_TOKENS = 25, 7


class BothAdapters(NamedTuple):
    """One adapter as each of the nets wears it."""

    exact: ExactAdapter
    draft: Adapter

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return self.exact.n_bytes + self.draft.n_bytes


class TwoCaches:
    """A conversation as both nets remember it, and what was read ahead of it.

    `tokens` is what the caller has said; the exact net may have read more, `ahead` of it: guesses
    with the logits behind them. The draft net may have read less.
    """

    def __init__(self, exact: Cache, draft: Cache, room_tokens: int) -> None:
        self.exact = exact
        self.draft = draft
        self.room_tokens = room_tokens
        self.tokens: list[int] = []
        self.ahead: deque[tuple[int, torch.Tensor]] = deque()
        self.foresight = Foresight()

    def fork(self) -> TwoCaches:
        """A copy that goes its own way from here."""
        twin = TwoCaches(self.exact.fork(), self.draft.fork(), self.room_tokens)
        twin.tokens = list(self.tokens)
        twin.ahead = deque(self.ahead)
        return twin


class ReadAheadNet:
    """As an `ExactNet`, to the last bit."""

    def __init__(self, exact: ExactNet, draft: Net) -> None:
        self._exact = exact
        self._draft = draft

    def new_cache(self, room_tokens: int) -> TwoCaches:
        """An empty memory of a conversation that will hold at most `room_tokens`."""
        exact, draft = self._exact.new_cache(room_tokens), self._draft.new_cache(room_tokens)
        return TwoCaches(exact, draft, room_tokens)

    def logits(
        self, tokens: Sequence[int], cache: TwoCaches, adapter: BothAdapters | None = None
    ) -> torch.Tensor:
        """As `ExactNet.logits`, and raises as it does."""
        exact = None if adapter is None else adapter.exact
        if len(tokens) != 1 or not cache.tokens:
            result = self._exact.logits(tokens, cache.exact, exact)
            cache.tokens += tokens
            return result
        token = tokens[0]
        if cache.ahead:
            guess, result = cache.ahead.popleft()
            cache.foresight.learn(was_right=guess == token)
            if guess == token:
                cache.tokens.append(token)
                return result
        return self._round(token, cache, adapter)

    def _round(self, token: int, cache: TwoCaches, adapter: BothAdapters | None) -> torch.Tensor:
        """Logits after `token`, and some more behind it that wait in `ahead`."""
        cache.ahead.clear()
        cache.exact.rewind(len(cache.tokens))
        cache.draft.rewind(len(cache.tokens))
        exact, draft = (None, None) if adapter is None else adapter
        room = cache.room_tokens - len(cache.tokens) - 1
        n_guesses = min(cache.foresight.choose(), room)
        if n_guesses < 1:
            result = self._exact.logits([token], cache.exact, exact)
        else:
            self._catch_up(cache, draft)
            started_s = time.thread_time()
            guesses = self._guess(token, n_guesses, cache, draft)
            result, *others = torch.unbind(self._exact.each([token, *guesses], cache.exact, exact))
            cache.ahead.extend(zip(guesses, others, strict=True))
            cache.foresight.took(n_guesses, time.thread_time() - started_s)
        cache.tokens.append(token)
        return result

    def _catch_up(self, cache: TwoCaches, adapter: Adapter | None) -> None:
        """The draft net reads the prompt, and what was not guessed; the last token can wait."""
        unread = cache.tokens[cache.draft.n_tokens : -1]
        if unread:
            self._draft.logits(unread, cache.draft, adapter)

    def _guess(self, token: int, n: int, cache: TwoCaches, adapter: Adapter | None) -> list[int]:
        guesses: list[int] = []
        unread = [*cache.tokens[cache.draft.n_tokens :], token]
        for _ in range(n):
            guesses.append(int(self._draft.logits(unread, cache.draft, adapter).argmax()))
            unread = guesses[-1:]
        return guesses


def reads_each_alike(net: ExactNet, shape: Shape) -> bool:
    """True if `net` gives tokens read together the bits that they have one by one: it is tried.

    An order of sums that is another changes one number of bfloat16 in some hundreds, and all
    those behind it. Takes as long as some ten tokens.
    """
    source = torch.Generator().manual_seed(1)
    n = _TRIED_PROMPT + _TRIED_TOKENS
    tokens = torch.randint(0, shape.n_vocabulary, (n,), generator=source).tolist()
    alone = net.new_cache(n)
    net.logits(tokens[:_TRIED_PROMPT], alone)
    together = alone.fork()
    answer = tokens[_TRIED_PROMPT:]
    expected = torch.stack([net.logits([token], alone) for token in answer])
    return torch.equal(net.each(answer, together), expected)
