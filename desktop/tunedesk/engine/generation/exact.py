"""The Llama family bit for bit as transformers computes it in bfloat16 on the CPU, and faster.

The same operations in the same order on the same shapes, since a sum in another order is another
number: every product sees as many rows as theirs, every hidden vector is rounded where theirs is.
What is spared are Python calls and, by another layout of the weights in memory, time.

`each` reads several tokens behind others, each with the bits that it would have alone: then every
weight is read once for all of them (`read_ahead.py` knows what to ask).

Then the likeliest token is theirs, always, and a greedy answer theirs to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional

from tunedesk.engine.generation.exact_adapter import NO_CHANGE, Change, ExactAdapter
from tunedesk.engine.generation.exact_rows import EachRow
from tunedesk.engine.generation.net_cache import Cache
from tunedesk.engine.nets.product import Product
from tunedesk.engine.nets.shape import Shape
from tunedesk.engine.nets.weights import Weights

_DTYPE = torch.bfloat16


class Linear:
    """Several matrices that read the same input, their outputs side by side."""

    def __init__(self, matrices: Sequence[torch.Tensor], biases: Sequence[torch.Tensor]) -> None:
        matrix = torch.cat(list(matrices))
        self._product = Product(matrix)
        self._each_row = EachRow(matrix, self._product)
        self._bias = torch.cat(list(biases)) if biases else None

    def __call__(self, x: torch.Tensor, change: Change = NO_CHANGE) -> torch.Tensor:
        """Maps [n_tokens, n_in] to [n_tokens, n_out], both bfloat16."""
        y = self._product(x, self._bias)
        change.add(y, x)
        return y

    def each(self, x: torch.Tensor, change: Change = NO_CHANGE) -> torch.Tensor:
        """The same, each row with the bits that it would have alone."""
        y = self._each_row(x, self._bias)
        change.add_to_each(y, x)
        return y


class Layer(NamedTuple):
    """Norms' weights, and linear layers as the architecture names them."""

    before_attention: torch.Tensor
    before_gate: torch.Tensor
    qkv: Linear
    o: Linear
    gate_up: Linear
    down: Linear


class Place(NamedTuple):
    """Where the new tokens stand: after `at` others, turned by `cos` and `sin` [n, 1, size].

    `is_each`: each of them has to have the bits that it would have alone.
    """

    cache: Cache
    at: int
    is_each: bool
    cos: torch.Tensor
    sin: torch.Tensor


class ExactNet:
    """A network of this shape. A conversation's first tokens have to be read in one call."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        """Raises OSError, ValueError, KeyError or SafetensorError for unsound files."""
        weights = Weights(folder, torch.device("cpu"))
        self._shape = shape
        self._embedding = _get(weights, "model.embed_tokens.weight")
        self._norm = _get(weights, "model.norm.weight")
        head = self._embedding if shape.is_tied else _get(weights, "lm_head.weight")
        self._head = Linear([head], [])
        self._layers = [_layer(weights, shape, index) for index in range(shape.n_layers)]
        half = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
        self._frequencies = 1.0 / shape.rope_theta**half

    def new_cache(self, room_tokens: int) -> Cache:
        """An empty memory of a conversation that will hold at most `room_tokens`."""
        return Cache(self._shape, room_tokens, torch.device("cpu"), _DTYPE)

    @torch.inference_mode()
    def logits(
        self, tokens: Sequence[int], cache: Cache, adapter: ExactAdapter | None = None
    ) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary]; `cache` grows by them.

        Raises ValueError for no tokens, or for more than the cache has room for; and for several
        behind others, which transformers would read as we do not.
        """
        if not tokens or (len(tokens) > 1 and cache.n_tokens):
            raise ValueError("a prompt is read at once, and then one token after the other")
        x = self._read(tokens, cache, adapter, is_each=False)
        return self._head(self._normed(x[-1:], self._norm))[0].float()

    @torch.inference_mode()
    def each(
        self, tokens: Sequence[int], cache: Cache, adapter: ExactAdapter | None = None
    ) -> torch.Tensor:
        """Logits after each of `tokens`, float32 [n, n_vocabulary], as one by one; `cache` grows.

        Raises ValueError for more than the cache has room for.
        """
        x = self._read(tokens, cache, adapter, is_each=True)
        return self._head.each(self._normed(x, self._norm)).float()

    def _read(
        self, tokens: Sequence[int], cache: Cache, adapter: ExactAdapter | None, *, is_each: bool
    ) -> torch.Tensor:
        place = self._place(len(tokens), cache, is_each=is_each)
        x = self._embedding.index_select(0, torch.tensor(tokens))
        for index, layer in enumerate(self._layers):
            change = None if adapter is None else adapter.layers[index]
            x = self._pass(x, layer, change, place, index)
        return x

    def _place(self, n: int, cache: Cache, *, is_each: bool) -> Place:
        at = cache.extend(n)
        angles = torch.arange(at, at + n, dtype=torch.float32)[:, None] * self._frequencies
        angles = torch.cat((angles, angles), -1)[:, None]
        return Place(cache, at, is_each, angles.cos().to(_DTYPE), angles.sin().to(_DTYPE))

    def _pass(
        self, x: torch.Tensor, layer: Layer, change: Sequence[Change] | None, place: Place, at: int
    ) -> torch.Tensor:
        changes = change or [NO_CHANGE] * 4
        qkv, o, gate_up, down = (
            partial(linear.each if place.is_each else linear, change=change)
            for linear, change in zip(layer[2:], changes, strict=True)
        )
        x = x + o(self._seen(qkv(self._normed(x, layer.before_attention)), place, at))
        both = gate_up(self._normed(x, layer.before_gate))
        inner = self._shape.inner_width
        gate, up = torch.split_with_sizes(both, (inner, inner), -1)
        return x + down(functional.silu(gate).mul_(up))

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """RMS norm in float32, rounded before the weight's product and after."""
        wide = x.float()
        mean = wide.pow(2).mean(-1, keepdim=True)
        return weight * wide.mul_(mean.add_(self._shape.norm_epsilon).rsqrt_()).to(_DTYPE)

    def _seen(self, qkv: torch.Tensor, place: Place, layer: int) -> torch.Tensor:
        """What the queries find among the keys, [n, heads · head_size]; keys and values stay."""
        n, shape = len(qkv), self._shape
        by_head = qkv.view(n, -1, shape.head_size)
        n_turned = shape.n_heads + shape.n_kv_heads
        turned = _turned(by_head[:, :n_turned], place)
        memory = place.cache.layers[layer]
        n_all = place.at + n
        memory[: shape.n_kv_heads, place.at : n_all] = turned[:, shape.n_heads :].transpose(0, 1)
        memory[shape.n_kv_heads :, place.at : n_all] = by_head[:, n_turned:].transpose(0, 1)
        queries = turned[:, : shape.n_heads].transpose(0, 1)[None]
        if not place.is_each:
            return self._attended(queries, memory[None, :, :n_all])
        rows = enumerate(torch.split(queries, 1, 2), place.at + 1)
        return torch.cat([self._attended(row, memory[None, :, :end]) for end, row in rows])

    def _attended(self, queries: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """[1, heads, n, size] and [1, keys' and values' heads, all, size] → [n, heads · size]."""
        shape, n = self._shape, queries.shape[2]
        found = functional.scaled_dot_product_attention(
            queries,
            memory[:, : shape.n_kv_heads],
            memory[:, shape.n_kv_heads :],
            is_causal=n > 1,
            scale=shape.head_size**-0.5,
            enable_gqa=shape.n_heads != shape.n_kv_heads,
        )
        return found[0].transpose(0, 1).reshape(n, -1)


def _turned(x: torch.Tensor, place: Place) -> torch.Tensor:
    """Rotary positions (Su et al., arXiv:2104.09864), each product rounded."""
    half = x.shape[-1] // 2
    across = torch.cat((-x[..., half:], x[..., :half]), -1)
    return (x * place.cos).add_(across.mul_(place.sin))


def _layer(weights: Weights, shape: Shape, index: int) -> Layer:
    name = f"model.layers.{index}"

    def linear(*parts: str, has_bias: bool = False) -> Linear:
        matrices, biases = (
            [_get(weights, f"{name}.{part}_proj.{kind}") for part in parts] if wanted else []
            for kind, wanted in (("weight", True), ("bias", has_bias))
        )
        return Linear(matrices, biases)

    return Layer(
        before_attention=_get(weights, f"{name}.input_layernorm.weight"),
        before_gate=_get(weights, f"{name}.post_attention_layernorm.weight"),
        qkv=linear(*(f"self_attn.{part}" for part in "qkv"), has_bias=shape.has_qkv_bias),
        o=linear("self_attn.o"),
        gate_up=linear("mlp.gate", "mlp.up"),
        down=linear("mlp.down"),
    )


def _get(weights: Weights, name: str) -> torch.Tensor:
    return weights[name].to(_DTYPE)
