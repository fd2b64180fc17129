"""Networks of the Llama family: our own nets, which wear adapters without a copy of the base."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import torch

from tunedesk.engine.generation.exact import ExactNet
from tunedesk.engine.generation.exact_adapter import read_exact_adapter
from tunedesk.engine.generation.net_adapter import Adapter, read_adapter
from tunedesk.engine.generation.net_build import build_draft, build_net
from tunedesk.engine.generation.net_cache import Cache
from tunedesk.engine.generation.read_ahead import BothAdapters, ReadAheadNet, reads_each_alike
from tunedesk.engine.generation.slices import SLICE_TOKENS, WHOLE_PROMPT
from tunedesk.engine.nets.shape import Shape

_MAX_ADAPTERS = 8
_MAX_ADAPTER_BYTES = 2**28  # of all together; one of rank 16 takes 23 MB with the shipped base


class Sized(Protocol):
    """An adapter, whatever it holds."""

    @property
    def n_bytes(self) -> int: ...


class Memory(Protocol):
    """A conversation, as a net remembers it."""

    def fork(self) -> Self: ...


A = TypeVar("A", bound=Sized)
A_contra = TypeVar("A_contra", bound=Sized, contravariant=True)
C = TypeVar("C", bound=Memory)


class Wearer(Protocol[A_contra, C]):
    """A net that is told with each call what it wears."""

    def new_cache(self, room_tokens: int) -> C: ...

    def logits(
        self, tokens: Sequence[int], cache: C, adapter: A_contra | None = None
    ) -> torch.Tensor: ...


class FamilyNet(Generic[A, C]):
    """One copy of the base; adapters are read when asked for first, and kept for a while."""

    def __init__(self, net: Wearer[A, C], read: Callable[[Path], A], *, is_exact: bool) -> None:
        self._net = net
        self._read = read
        self.is_steady = not is_exact  # transformers promises nothing about threads
        self.slice_tokens = WHOLE_PROMPT if is_exact else SLICE_TOKENS
        self._kept: OrderedDict[str, A] = OrderedDict()
        self._worn: A | None = None

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
            self._worn = self._kept[adapter] = self._read(Path(adapter))
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Only those unused for longest go, never the one just read."""
        n_bytes = sum(adapter.n_bytes for adapter in self._kept.values())
        while len(self._kept) > 1 and (
            len(self._kept) > _MAX_ADAPTERS or n_bytes > _MAX_ADAPTER_BYTES
        ):
            _, oldest = self._kept.popitem(last=False)
            n_bytes -= oldest.n_bytes

    def new_cache(self, room_tokens: int) -> C:
        """An empty memory of a conversation that will hold at most `room_tokens`."""
        return self._net.new_cache(room_tokens)

    def fork(self, cache: C) -> C:
        """A copy of `cache` that goes its own way from here."""
        return cache.fork()

    def logits(self, tokens: Sequence[int], cache: C) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary]; `cache` grows by them."""
        return self._net.logits(tokens, cache, self._worn)


def quick_net(
    folder: Path, shape: Shape, device: torch.device, dtype: torch.dtype = torch.bfloat16
) -> FamilyNet[Adapter, Cache]:
    """As near to the model as bfloat16 is, and as quick as may be.

    Raises OSError, ValueError, KeyError or SafetensorError for unsound weights.
    """
    net = build_net(folder, shape, device, dtype)
    return FamilyNet(net, partial(read_adapter, shape=shape, device=device), is_exact=False)


def exact_net(folder: Path, shape: Shape) -> FamilyNet[Any, Any]:
    """Bit for bit what transformers and PEFT compute in bfloat16 on this CPU. Raises the same.

    Reads ahead where several tokens in one pass have the bits that they have alone: that is tried.
    """
    net = ExactNet(folder, shape)
    read = partial(read_exact_adapter, shape=shape)
    draft = build_draft(folder, shape) if reads_each_alike(net, shape) else None
    if draft is None:
        return FamilyNet(net, read, is_exact=True)
    return FamilyNet(ReadAheadNet(net, draft), partial(_read_both, shape=shape), is_exact=True)


def _read_both(folder: Path, shape: Shape) -> BothAdapters:
    draft = read_adapter(folder, shape, torch.device("cpu"))
    return BothAdapters(read_exact_adapter(folder, shape), draft)
