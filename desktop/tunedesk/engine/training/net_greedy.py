"""Sample answers from the network that is being trained, one token after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from tunedesk.engine.training.net_layer import Memory
from tunedesk.engine.training.net_parts import Rotary

if TYPE_CHECKING:
    from tunedesk.engine.training.net import LlamaNet


@torch.no_grad()
def greedy(
    net: LlamaNet, tokens: Sequence[int], max_tokens: int, end_ids: frozenset[int]
) -> list[int]:
    """The likeliest answer to `tokens`, without its end token."""
    net.adapter.refresh()
    room = len(tokens) + max_tokens
    memories = [Memory(net.shape, room, net.embedding) for _ in net.layers]
    answer: list[int] = []
    fresh, start = list(tokens), 0
    while len(answer) < max_tokens:
        token = _likeliest(net, fresh, start, memories)
        if token in end_ids:
            break
        answer.append(token)
        start, fresh = start + len(fresh), [token]
    return answer


def _likeliest(net: LlamaNet, tokens: Sequence[int], start: int, memories: Sequence[Memory]) -> int:
    ids = torch.tensor(tokens, device=net.embedding.device)
    positions = torch.arange(start, start + len(tokens), device=ids.device)
    rotary = Rotary(positions, net.shape, net.embedding.dtype)
    x = net.embedding[ids].float()
    for number, (layer, memory) in enumerate(zip(net.layers, memories, strict=True)):
        x = layer.step(x, net.adapter.pairs(number), rotary, memory)
    normed, _ = net.norm(x[-1:])
    return int((normed @ net.head.t()).argmax())
