"""One decoder layer with its LoRAs, forwards and backwards by hand.

What autograd would do in some two hundred calls a layer takes about fifty here, nothing is kept
that can be had again cheaply, and no gradient is computed that nobody needs. The stream x
[n, width] is float32: that is no slower than bfloat16 on a CPU, and more exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import torch

from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.training import net_mlp
from tunedesk.engine.training.net_attention import Grid, attend, attend_backward
from tunedesk.engine.training.net_linear import joined
from tunedesk.engine.training.net_lora import Pair
from tunedesk.engine.training.net_parts import Norm, Rotary

QKV, OUT, GATE_UP, DOWN = range(4)


class Place(msgspec.Struct, frozen=True):
    """Where the positions of a forward pass are."""

    grid: Grid
    rotary: Rotary


class Kept(msgspec.Struct, frozen=True):
    """What the backward pass needs of the forward pass."""

    x: torch.Tensor
    inverse: torch.Tensor
    normed: torch.Tensor
    low: torch.Tensor
    vectors: torch.Tensor
    chances: torch.Tensor | None
    attended: torch.Tensor
    out_low: torch.Tensor
    mlp: net_mlp.Kept


class Layer:
    """The frozen weights of a layer; `loras` are those of its four groups."""

    def __init__(
        self, weights: Mapping[str, torch.Tensor], shape: Shape, dtype: torch.dtype
    ) -> None:
        """`weights` by their names below `model.layers.<i>.`, on the device, of any type."""
        names = [f"self_attn.{letter}_proj" for letter in "qkv"]
        self._norm = Norm(weights["input_layernorm.weight"], shape.norm_epsilon, dtype)
        self._qkv = joined(weights, names, dtype)
        self._out = joined(weights, ("self_attn.o_proj",), dtype)
        self._mlp = net_mlp.Mlp(weights, shape, dtype)
        self._head_size = shape.head_size

    def __call__(
        self,
        x: torch.Tensor,
        loras: Sequence[Pair],
        place: Place,
        only: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, Kept]:
        """The stream after this layer; x is left as it is.

        `only`: the slots that are asked for. The others are no more than keys and values here.
        """
        normed, inverse = self._norm(x)
        heads, low = self.heads(normed, loras[QKV], place.rotary)
        vectors = heads.view(-1, self._head_size).index_select(0, place.grid.gather)
        attended, chances = attend(vectors, place.grid)
        attended, stream = attended.view(len(x), -1), x
        if only is not None:
            attended, stream = attended[only], x[only]
        mixed, out_low = self._out(attended, loras[OUT])
        after, mlp = self._mlp(stream + mixed, loras[GATE_UP], loras[DOWN])
        return after, Kept(x, inverse, normed, low, vectors, chances, attended, out_low, mlp)

    def heads(
        self, normed: torch.Tensor, lora: Pair, rotary: Rotary
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[n, heads + 2 kv_heads, size], queries and keys turned; and the adapter's s x Aᵀ."""
        qkv, low = self._qkv(normed, lora)
        heads = qkv.view(len(qkv), -1, self._head_size)
        rotary.turn(heads)
        return heads, low

    def step(
        self, x: torch.Tensor, loras: Sequence[Pair], rotary: Rotary, memory: Memory
    ) -> torch.Tensor:
        """The same for new positions of an answer; `memory` has what came before."""
        normed, _ = self._norm(x)
        heads, _ = self.heads(normed, loras[QKV], rotary)
        mixed, _ = self._out(memory.attend(heads), loras[OUT])
        return self._mlp(x + mixed, loras[GATE_UP], loras[DOWN])[0]

    def backward(
        self,
        dx: torch.Tensor,
        kept: Kept,
        loras: Sequence[Pair],
        place: Place,
        *,
        only: torch.Tensor | None = None,
        is_first: bool = False,
    ) -> torch.Tensor:
        """The stream's gradient behind the layer → before it; dx is used up.

        Puts the adapter's gradients into the `fresh` of `loras`. The first layer's input needs no
        gradient.
        """
        self._mlp.backward(dx, kept.mlp, loras[GATE_UP], loras[DOWN])
        d = self._out.backward(dx.to(kept.normed.dtype), kept.attended, kept.out_low, loras[OUT])
        if only is not None:
            dx, d = _spread(dx, only, kept.x), _spread(d, only, kept.x)
        dqkv = self._heads_backward(d, kept, place)
        if is_first:
            self._qkv.learn(dqkv, kept.normed, kept.low, loras[QKV])
            return dx
        d = self._qkv.backward(dqkv, kept.normed, kept.low, loras[QKV])
        self._norm.add_backward(dx, d, kept.x, kept.inverse)
        return dx

    def _heads_backward(self, dout: torch.Tensor, kept: Kept, place: Place) -> torch.Tensor:
        dout = dout.view(-1, self._head_size)
        dvectors = attend_backward(dout, kept.vectors, kept.chances, place.grid)
        dheads = place.grid.scatter(dvectors).view(len(kept.x), -1, self._head_size)
        place.rotary.turn(dheads, back=True)
        return dheads.view(len(kept.x), -1)


class Memory:
    """Keys and values of one layer, with room for a whole answer."""

    def __init__(self, shape: Shape, room_tokens: int, like: torch.Tensor) -> None:
        self._n_heads = shape.n_heads
        size = (2, shape.n_kv_heads, room_tokens, shape.head_size)
        self._kept = torch.empty(size, dtype=like.dtype, device=like.device)
        self._n = 0

    def attend(self, heads: torch.Tensor) -> torch.Tensor:
        """heads [n, heads + 2 kv_heads, size], the newest positions → [n, heads × size].

        More than one position at a time can only be the first ones.
        """
        n, q = len(heads), heads[:, : self._n_heads].transpose(0, 1)
        fresh = heads[:, self._n_heads :].transpose(0, 1)
        self._kept[:, :, self._n : self._n + n] = fresh.reshape(2, -1, *fresh.shape[1:])
        self._n += n
        k, v = self._kept[:, :, : self._n]
        found = torch.nn.functional.scaled_dot_product_attention(
            q[None], k[None], v[None], is_causal=n > 1, scale=1.0, enable_gqa=True
        )
        return found[0].transpose(0, 1).reshape(n, -1)


def _spread(part: torch.Tensor, only: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Rows of `part` at the slots `only`, zeros elsewhere."""
    whole = part.new_zeros(len(like), part.shape[1])
    whole[only] = part
    return whole
