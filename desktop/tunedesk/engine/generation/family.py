"""Networks of the Llama family: our own net, which wears adapters without a copy of the base."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import torch

from tunedesk.engine.generation.net_adapter import Adapter, read_adapter
from tunedesk.engine.generation.net_build import build_net
from tunedesk.engine.generation.net_cache import Cache
from tunedesk.engine.nets.shape import Shape

_MAX_ADAPTERS = 8
_MAX_ADAPTER_BYTES = 2**28  # of all together; one of rank 16 takes 23 MB with the shipped base


class FamilyNet:
    """One copy of the base; adapters are read when asked for first, and kept for a while."""

    is_steady = True

    def __init__(
        self,
        base_folder: Path,
        shape: Shape,
        device: torch.device,
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        """Raises OSError, ValueError, KeyError or SafetensorError for unsound weights."""
        self._shape = shape
        self._device = device
        self._net = build_net(base_folder, shape, device, dtype)
        self._kept: OrderedDict[str, Adapter] = OrderedDict()
        self._worn: Adapter | None = None

    def wear(self, adapter: str | None) -> None:
        """Makes `adapter` (a folder; None: the bare base) the one that answers next.

        Raises OSError or ValueError if the folder holds no sound adapter for this base.
        """
        if adapter is None:
            self._worn = None
        elif adapter in self._kept:
            self._kept.move_to_end(adapter)
            self._worn = self._kept[adapter]
        else:
            self._worn = self._kept[adapter] = read_adapter(
                Path(adapter), self._shape, self._device
            )
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Only those unused for longest go, never the one just read."""
        n_bytes = sum(adapter.n_bytes for adapter in self._kept.values())
        while len(self._kept) > 1 and (
            len(self._kept) > _MAX_ADAPTERS or n_bytes > _MAX_ADAPTER_BYTES
        ):
            _, oldest = self._kept.popitem(last=False)
            n_bytes -= oldest.n_bytes

    def new_cache(self, room_tokens: int) -> Cache:
        """An empty memory of a conversation that will hold at most `room_tokens`."""
        return self._net.new_cache(room_tokens)

    def fork(self, cache: Cache) -> Cache:
        """A copy of `cache` that goes its own way from here."""
        return cache.fork()

    def logits(self, tokens: Sequence[int], cache: Cache) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary]; `cache` grows by them."""
        return self._net.logits(tokens, cache, self._worn)
