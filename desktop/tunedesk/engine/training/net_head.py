"""The loss of each target, and its gradient computed at once, so that no logits are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from tunedesk.engine.training.steady import steady

_CHUNK_NUMBERS = 8_000_000  # logits at a time


class TargetLosses(torch.autograd.Function):
    """hidden [n, width], head [n_vocabulary, width], targets [n] → losses in nats, is it likeliest.

    A target's loss depends on its own hidden vector alone, so the gradient of that loss is
    computed in the forward pass, chunk by chunk, and only scaled in the backward pass.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, head: torch.Tensor, targets: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        unit = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        losses = torch.empty(len(targets), device=hidden.device)
        right = torch.empty(len(targets), dtype=torch.bool, device=hidden.device)
        for part in _parts(len(targets), len(head)):
            wanted = targets[part, None]
            with steady(len(wanted), hidden.dtype):
                logits = (hidden[part] @ head.t()).float()
                said, highest = logits.gather(-1, wanted), logits.amax(-1, keepdim=True)
                right[part] = (said == highest).squeeze(-1)
                chances = torch.softmax(logits, -1)
                # The likeliest token's chance is exp(its logit) / sum: no second pass for the sum.
                log_sum = highest - chances.amax(-1, keepdim=True).log()
                losses[part] = (log_sum - said).squeeze(-1)
                if unit is not None:
                    chances.scatter_add_(-1, wanted, torch.full_like(said, -1.0))
                    torch.mm(chances.to(hidden.dtype), head, out=unit[part])
        ctx.mark_non_differentiable(right)
        ctx.save_for_backward(unit)
        return losses, right

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor, None, None]:
        (unit,) = ctx.saved_tensors
        return unit * gradients[0][:, None].to(unit.dtype), None, None


def _parts(n_targets: int, n_vocabulary: int) -> Iterator[slice]:
    """As few as fit, and of one size: a small rest would be slow (see `steady`)."""
    n_parts = -(-n_targets * n_vocabulary // _CHUNK_NUMBERS) or 1
    size = max(1, -(-n_targets // n_parts))
    return (slice(at, at + size) for at in range(0, n_targets, size))
