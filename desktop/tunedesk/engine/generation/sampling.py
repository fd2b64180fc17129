"""The next token, from logits and the request's settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import torch

from tunedesk.engine.generation.protocol import Sampling

_COLDEST = 1e-4  # below this every difference of logits decides: greedy
_TRIES = 64
_SEEDS = 2**63

Allows = Callable[[int], bool]


class Sampler:
    """Greedy at temperature 0; otherwise nucleus sampling from an own seeded generator.

    One for each choice of a request: they share the seed, not the numbers drawn.
    """

    def __init__(self, settings: Sampling, choice: int = 0) -> None:
        self._settings = settings
        self._seen: Counter[int] = Counter()
        self._generator = torch.Generator()
        if settings.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed((settings.seed * 8191 + choice) % _SEEDS)

    def pick(self, logits: torch.Tensor, allows: Allows | None = None) -> int:
        """A token id from one position's logits; if `allows` is given, one that it allows.

        Raises ValueError if the logits are no numbers, or nothing is allowed.
        """
        wanted = self._adjusted(logits.float().cpu())
        if not bool(torch.isfinite(wanted.max())):
            raise ValueError("its weights lead to no numbers (NaN)")
        if self._settings.temperature < _COLDEST:
            token = int(wanted.argmax()) if allows is None else _likeliest(wanted, allows)
        else:
            token = self._drawn(wanted, allows)
        self._seen[token] += 1
        return token

    def _adjusted(self, logits: torch.Tensor) -> torch.Tensor:
        """With biases, and less for what the reply has said already; the input stays as it is."""
        changes = dict(self._settings.logit_bias)
        presence, frequency = self._settings.presence_penalty, self._settings.frequency_penalty
        if presence or frequency:
            for token, times in self._seen.items():
                changes[token] = changes.get(token, 0.0) - presence - frequency * times
        if not changes:
            return logits
        places = torch.tensor(list(changes))
        return logits.index_add(0, places, torch.tensor(list(changes.values())))

    def _drawn(self, logits: torch.Tensor, allows: Allows | None) -> int:
        """Draws again until something allowed comes: a fair draw among what is allowed.

        Where that takes too long, the likeliest of what is allowed.
        """
        chances = torch.softmax(logits / self._settings.temperature, dim=-1)
        if self._settings.top_p < 1:
            chances = self._nucleus(chances)
        for _ in range(_TRIES):
            token = int(torch.multinomial(chances, 1, generator=self._generator))
            if allows is None or allows(token):
                return token
            chances[token] = 0
            if not bool(chances.any()):
                break
        assert allows is not None
        return _likeliest(logits, allows)

    def _nucleus(self, chances: torch.Tensor) -> torch.Tensor:
        """Keeps the fewest tokens that together reach top_p; always at least one."""
        ordered, places = torch.sort(chances, descending=True)
        outside = ordered.cumsum(-1) - ordered >= self._settings.top_p
        outside[0] = False
        return torch.zeros_like(chances).scatter(0, places, ordered.masked_fill(outside, 0.0))


def _likeliest(logits: torch.Tensor, allows: Allows) -> int:
    """Looks at few first: to sort a whole vocabulary takes longer than a step of the model."""
    for n_tokens in (1, min(_TRIES, len(logits)), len(logits)):
        for token in torch.topk(logits, n_tokens).indices.tolist():
            if allows(token):
                return int(token)
    raise ValueError("no token of its vocabulary can go on here")
