"""A base model that answers, bare or with one of its adapters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from tunedesk.engine.nets.shape import read_shape
from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training.device import best_device


class ServedNet(Protocol):
    """What answers: our own net, or transformers' for networks that ours does not know.

    `is_steady`: the number of threads changes no bit where it reads one token.
    `slice_tokens`: a longer prompt may be read in slices of so many, and in no others.
    """

    is_steady: bool
    slice_tokens: int

    def wear(self, adapter: str | None) -> None: ...

    def new_cache(self, room_tokens: int) -> Any: ...

    def fork(self, cache: Any) -> Any: ...

    def logits(self, tokens: Sequence[int], cache: Any) -> torch.Tensor: ...


class ServedModel:
    """Template and network of one base. Not for several threads at once."""

    def __init__(self, base_folder: Path, device: str = "auto", *, is_exact: bool = False) -> None:
        """`is_exact`: to the last bit as transformers answers in bfloat16, a third slower.

        Raises OSError or ValueError (or what their loaders raise) for an unsound folder.
        """
        self.template = ChatTemplate(base_folder)
        self.device = best_device(device)
        self._net = _net(base_folder, self.device, is_exact=is_exact)

    @property
    def is_steady(self) -> bool:
        """True where the number of threads changes no bit of a single token's logits (tested)."""
        return self._net.is_steady and self.device.type == "cpu"

    @property
    def slice_tokens(self) -> int:
        """As many tokens of a prompt as `logits` is to be given at once."""
        return self._net.slice_tokens

    def wear(self, adapter: str | None) -> None:
        """Makes `adapter` (a folder; None: the bare base) the one that answers next.

        Raises OSError or ValueError if the folder holds no sound adapter for this base.
        """
        self._net.wear(adapter)

    def new_cache(self, room_tokens: int) -> Any:
        """An empty memory of a conversation that will hold at most `room_tokens`."""
        return self._net.new_cache(room_tokens)

    def fork(self, cache: Any) -> Any:
        """A copy of `cache` that goes its own way from here."""
        return self._net.fork(cache)

    def logits(self, tokens: Sequence[int], cache: Any) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary] on the CPU; `cache` grows.

        A long prompt may be read in several calls, so that the caller can stop in between.
        """
        return self._net.logits(tokens, cache).cpu()


def _net(base_folder: Path, device: torch.device, *, is_exact: bool) -> ServedNet:
    """transformers takes 2.5 s to import: only for the networks that need it."""
    shape = read_shape(base_folder)
    if shape is not None and not (is_exact and device.type != "cpu"):
        from tunedesk.engine.generation import family

        if is_exact:
            return family.exact_net(base_folder, shape)
        return family.quick_net(base_folder, shape, device)
    from tunedesk.engine.generation.fallback import FallbackNet

    return FallbackNet(base_folder, device, is_exact=is_exact)
