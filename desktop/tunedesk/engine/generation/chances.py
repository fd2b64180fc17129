"""Log probabilities of a token and its rivals, of the distribution as the model gave it.

Temperature, top_p, penalties and biases do not show in them.
"""

from __future__ import annotations

import torch

from tunedesk.engine.generation.protocol import RivalChance, TokenChance
from tunedesk.engine.generation.token_texts import TokenTexts

_LEAST = -9999.0  # OpenAI's word for "next to impossible"; JSON knows no infinity


class Chances:
    """Reads one position after the other."""

    def __init__(self, texts: TokenTexts, n_rivals: int) -> None:
        self._texts = texts
        self._n_rivals = n_rivals

    def of(self, token: int, logits: torch.Tensor) -> TokenChance:
        """The token's own chance and those of the `n_rivals` likeliest."""
        logs = torch.log_softmax(logits.float(), dim=-1)
        top = torch.topk(logs, self._n_rivals) if self._n_rivals else None
        rivals = [] if top is None else list(zip(top.indices.tolist(), top.values, strict=True))
        return TokenChance(
            token=self._texts.shown(token),
            logprob=_finite(logs[token]),
            bytes=list(self._texts.bytes(token)),
            top_logprobs=[self._rival(rival, log) for rival, log in rivals],
        )

    def _rival(self, token: int, log: torch.Tensor) -> RivalChance:
        shown, raw = self._texts.shown(token), list(self._texts.bytes(token))
        return RivalChance(token=shown, logprob=_finite(log), bytes=raw)


def _finite(log: torch.Tensor) -> float:
    return max(float(log), _LEAST)
