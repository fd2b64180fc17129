"""Keys and values of one conversation, in memory that grows with it."""

from __future__ import annotations

import torch

from tunedesk.engine.nets.shape import Shape

_VIEW_TOKENS = 64  # what attention sees is a multiple of this: few new views, few new shapes
_GROWTH_TOKENS = 256


class Cache:
    """Of each layer one tensor [2 n_kv_heads, tokens, head_size]: keys above, values below.

    Places that are not written yet hold zeros, and attention masks them.
    """

    def __init__(
        self, shape: Shape, room_tokens: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        """Takes no memory yet; will never hold more than `room_tokens`, rounded up to 64."""
        self._room_tokens = room_tokens
        self._n_kv_heads = shape.n_kv_heads
        empty = torch.zeros(2 * shape.n_kv_heads, 0, shape.head_size, device=device, dtype=dtype)
        self.layers = [empty] * shape.n_layers
        self.keys: list[torch.Tensor] = []  # transposed: [n_kv_heads, head_size, seen]
        self.values: list[torch.Tensor] = []  # [n_kv_heads, seen, head_size]
        self.n_tokens = 0
        self.n_seen = 0  # length of keys and values, at least n_tokens

    def extend(self, n_new: int) -> int:
        """Makes place for `n_new` tokens; returns the position of the first.

        Raises ValueError beyond the room that was asked for.
        """
        at, needed = self.n_tokens, self.n_tokens + n_new
        if needed > self._room_tokens:
            text = f"the conversation has {needed} tokens and was given room for"
            raise ValueError(f"{text} {self._room_tokens}")
        if needed > self.n_seen:
            self._see(-(-needed // _VIEW_TOKENS) * _VIEW_TOKENS)
        self.n_tokens = needed
        return at

    def rewind(self, n_tokens: int) -> None:
        """Forgets all but the first `n_tokens`. Nets overwrite what they left, or mask it."""
        self.n_tokens = min(self.n_tokens, n_tokens)

    def _see(self, n_tokens: int) -> None:
        if n_tokens > self.layers[0].shape[1]:
            self._grow(n_tokens)
        heads = self._n_kv_heads
        self.keys = [layer[:heads, :n_tokens].mT for layer in self.layers]
        self.values = [layer[heads:, :n_tokens] for layer in self.layers]
        self.n_seen = n_tokens

    def _grow(self, n_tokens: int) -> None:
        """One layer at a time, so that little is there twice."""
        most = -(-self._room_tokens // _VIEW_TOKENS) * _VIEW_TOKENS
        size = min(most, n_tokens + _GROWTH_TOKENS)
        self.keys, self.values = [], []
        for index, old in enumerate(self.layers):
            heads, _, head_size = old.shape
            self.layers[index] = old.new_zeros(heads, size, head_size)
            self.layers[index][:, : old.shape[1]] = old

    def fork(self) -> Cache:
        """A copy that goes its own way from here."""
        twin = object.__new__(Cache)
        twin.__dict__.update(self.__dict__)
        twin.layers = [layer.clone() for layer in self.layers]
        twin._see(self.n_seen)
        return twin

    @property
    def n_bytes(self) -> int:
        """Memory that it takes now."""
        return sum(layer.nbytes for layer in self.layers)
