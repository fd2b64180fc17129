"""The next token, from logits and the request's settings."""

from __future__ import annotations

import torch


class Sampler:
    """Greedy at temperature 0; otherwise nucleus sampling from an own seeded generator."""

    def __init__(self, temperature: float, top_p: float, seed: int | None) -> None:
        self._temperature = temperature
        self._top_p = top_p
        self._generator = torch.Generator()
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    def pick(self, logits: torch.Tensor) -> int:
        """A token id from one position's logits."""
        if self._temperature == 0:
            return int(logits.argmax())
        chances = torch.softmax(logits.float() / self._temperature, dim=-1)
        if self._top_p < 1:
            chances = self._nucleus(chances)
        return int(torch.multinomial(chances, 1, generator=self._generator))

    def _nucleus(self, chances: torch.Tensor) -> torch.Tensor:
        """Keeps the fewest tokens that together reach top_p; always at least one."""
        ordered, places = torch.sort(chances, descending=True)
        outside = ordered.cumsum(-1) - ordered >= self._top_p
        outside[0] = False
        return torch.zeros_like(chances).scatter(0, places, ordered.masked_fill(outside, 0.0))
