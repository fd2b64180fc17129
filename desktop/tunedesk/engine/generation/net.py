"""The Llama family for answering: one conversation, a few new tokens at a time.

Written for few Python calls a token, since a token takes 5 ms and a call to torch 1 µs. Hidden
vectors stay in float32; only the inputs of the matrices are rounded.

Queries and keys have the two halves of each head interleaved, so that turning them (rotary
positions, Su et al., arXiv:2104.09864) is one complex product. Values are multiplied by 1 in the
same product: one call more spared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import torch
from torch.nn import functional

from tunedesk.engine.generation.net_adapter import Adapter, LayerAdapter
from tunedesk.engine.generation.net_cache import Cache
from tunedesk.engine.generation.net_linear import Linear
from tunedesk.engine.generation.net_lowrank import NoChange
from tunedesk.engine.nets.shape import Shape

_QUICK_TOKENS = 4  # up to so many at once the small weights are faster, above the plain ones
_SLICE_TOKENS = 256


class Layer(msgspec.Struct, frozen=True):
    """`norms`: weights of both norms, times sqrt(width); the rest as the architecture names it."""

    norms: tuple[torch.Tensor, torch.Tensor]
    qkv: Linear
    o: Linear
    gate_up: Linear
    down: Linear


class Trunk(msgspec.Struct, frozen=True):
    """All layers in one kind of weights, and the head."""

    layers: Sequence[Layer]
    head: Linear


class Place(msgspec.Struct, frozen=True):
    """Where the new tokens stand: after `at` others, see `_turn` and `_mask`."""

    cache: Cache
    at: int
    turn: torch.Tensor
    mask: torch.Tensor


class Net:
    """A network of this shape. `quick` is for few tokens, `plain` for many; both may be one."""

    def __init__(
        self, shape: Shape, embedding: torch.Tensor, norm: torch.Tensor, quick: Trunk, plain: Trunk
    ) -> None:
        self._shape = shape
        self._embedding = embedding
        self._device = embedding.device
        self._norm = norm
        self._quick = quick
        self._plain = plain
        self._sizes, self._frequencies = _rotation(shape, self._device)
        self._bare = [LayerAdapter(*[NoChange()] * 4)] * shape.n_layers

    def new_cache(self, room_tokens: int) -> Cache:
        """An empty memory of a conversation. On the CPU float32 is the faster type for it."""
        dtype = torch.float32 if self._device.type == "cpu" else self._embedding.dtype
        return Cache(self._shape, room_tokens, self._device, dtype)

    @torch.inference_mode()
    def logits(
        self, tokens: Sequence[int], cache: Cache, adapter: Adapter | None = None
    ) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary]; `cache` grows by them.

        Raises ValueError for no tokens, or for more than the cache has room for.
        """
        if not tokens:
            raise ValueError("there are no tokens to read")
        for start in range(0, len(tokens), _SLICE_TOKENS):
            last = self._read(tokens[start : start + _SLICE_TOKENS], cache, adapter)
        return self._quick.head(last)[0]

    def _read(self, tokens: Sequence[int], cache: Cache, adapter: Adapter | None) -> torch.Tensor:
        """The normed hidden vector of the last token, [1, width]."""
        n = len(tokens)
        place = self._place(cache.extend(n), n, cache)
        wider, x = self._embedded(tokens)
        layers = (self._quick if n <= _QUICK_TOKENS else self._plain).layers
        changes = self._bare if adapter is None else adapter.layers
        for index, (layer, change) in enumerate(zip(layers, changes, strict=True)):
            x.add_(self._attention(_normed(wider, x, layer.norms[0]), layer, change, place, index))
            x.add_(self._gated(_normed(wider, x, layer.norms[1]), layer, change))
        return _normed(wider[-1:], x[-1:], self._norm)

    def _place(self, at: int, n: int, cache: Cache) -> Place:
        return Place(cache, at, self._turn(at, n), self._mask(at, n, cache.n_seen))

    def _embedded(self, tokens: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden vectors [n, width], and the same memory with one column more (see `_normed`)."""
        shape = self._shape
        wider = torch.empty(len(tokens), shape.width + 1, device=self._device)
        wider[:, shape.width] = math.sqrt(shape.width * shape.norm_epsilon)
        x = wider[:, : shape.width]
        x.copy_(self._embedding.index_select(0, torch.tensor(tokens, device=self._device)))
        return wider, x

    def _turn(self, at: int, n: int) -> torch.Tensor:
        """Complex factors [n, heads of q, k and v, head_size / 2]."""
        positions = torch.arange(at, at + n, device=self._device, dtype=torch.float32)
        return torch.polar(self._sizes, positions.view(n, 1, 1) * self._frequencies)

    def _mask(self, at: int, n: int, n_seen: int) -> torch.Tensor:
        """0 where a query may look, else -inf; a row for each query of a group of heads."""
        shape = self._shape
        places = torch.arange(n_seen, device=self._device)
        last = torch.arange(at, at + n, device=self._device).view(n, 1)
        allowed = torch.zeros(n, n_seen, device=self._device)
        allowed.masked_fill_(places > last, -math.inf)
        return allowed.repeat(shape.n_heads // shape.n_kv_heads, 1)[None]

    def _attention(
        self, x: torch.Tensor, layer: Layer, change: LayerAdapter, place: Place, index: int
    ) -> torch.Tensor:
        qkv = layer.qkv(x)
        change.qkv.add(qkv, x)
        seen = self._seen(qkv, place, index)
        y = layer.o(seen)
        change.o.add(y, seen)
        return y

    def _seen(self, qkv: torch.Tensor, place: Place, index: int) -> torch.Tensor:
        """What the queries find among the keys, [n, heads · head_size]; keys and values stay."""
        n, shape, at = len(qkv), self._shape, place.at
        n_heads, size = shape.n_heads, shape.head_size
        n_all = n_heads + 2 * shape.n_kv_heads
        turned = torch.view_as_complex(qkv.view(n, n_all, size // 2, 2)) * place.turn
        by_head = torch.view_as_real(turned).view(n, n_all, size).transpose(0, 1)
        place.cache.layers[index][:, at : at + n] = by_head[n_heads:]
        # Heads that share keys and values are rows of one product.
        q = by_head[:n_heads].reshape(shape.n_kv_heads, -1, size)
        found = _attend(q, place.cache.keys[index], place.cache.values[index], place.mask)
        if n == 1:
            return found.view(1, n_heads * size)
        return found.view(n_heads, n, size).transpose(0, 1).reshape(n, n_heads * size)

    def _gated(self, x: torch.Tensor, layer: Layer, change: LayerAdapter) -> torch.Tensor:
        inner = self._shape.inner_width
        both = layer.gate_up(x)
        change.gate_up.add(both, x)
        gate, up = torch.split_with_sizes(both, (inner, inner), -1)
        h = functional.silu(gate).mul_(up)
        y = layer.down(h)
        change.down.add(y, h)
        return y


def _attend(
    q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """softmax(q keys + mask) values, in the cache's type; by hand, since PyTorch's own attention
    takes three times as long for one token."""
    if keys.dtype == torch.float32:
        return torch.bmm(torch.baddbmm(mask, q, keys).softmax(-1), values)
    shares = torch.bmm(q.to(keys.dtype), keys).float().add_(mask).softmax(-1)
    return torch.bmm(shares.to(values.dtype), values).float()


def _normed(wider: torch.Tensor, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """RMS norm (Zhang and Sennrich, arXiv:1910.07467) of `x`, the first columns of `wider`.

    The last column is sqrt(width epsilon), so that the length of a row of `wider` is
    sqrt(width (mean of squares + epsilon)); `weight` holds the factor sqrt(width).
    """
    length = torch.linalg.vector_norm(wider, dim=-1, keepdim=True)
    return torch.div(x, length).mul_(weight)


def _rotation(shape: Shape, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Sizes and, for a position, angles of the factors: [1, heads of q, k and v, head_size / 2].

    Queries are also divided by sqrt(head_size); values are not turned.
    """
    half = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
    n_all = shape.n_heads + 2 * shape.n_kv_heads
    sizes = torch.ones(1, n_all, shape.head_size // 2)
    sizes[:, : shape.n_heads] = shape.head_size**-0.5
    frequencies = torch.zeros_like(sizes)
    frequencies[:, : shape.n_heads + shape.n_kv_heads] = shape.rope_theta**-half
    return sizes.to(device), frequencies.to(device)
