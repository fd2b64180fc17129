"""The model being trained: frozen base, LoRA on all seven linear layers, loss where a label is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError

from tunedesk.engine.nets.shape import Shape, read_shape
from tunedesk.engine.training import memory
from tunedesk.engine.training.device import best_device
from tunedesk.engine.training.net import LlamaNet
from tunedesk.engine.training.numerics import choose_dtype
from tunedesk.engine.training.outcome import Outcome
from tunedesk.engine.training.packing import groups, micro_batches
from tunedesk.engine.training.peft_net import PeftNet
from tunedesk.engine.training.rows import Row
from tunedesk.engine.training.spec import MICRO_BATCH_TOKENS

__all__ = ["Outcome", "Trainee"]


class Net(Protocol):
    """A base with an adapter that learns; rows go through it one micro-batch at a time."""

    named: dict[str, torch.nn.Parameter]

    def target_losses(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of each target in nats, row after row, and whether it was the likeliest token.

        Differentiable; float32.
        """

    def numbers(self) -> list[torch.Tensor]:
        """All that learns, in as few tensors as there are."""

    def gradients(self) -> list[torch.Tensor]:
        """Their gradients, in the same order; zero where nothing was learned since."""

    def parts(self, like_numbers: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
        """What belongs to each parameter in tensors like `numbers`, by PEFT's names."""

    def load_adapter(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over a saved adapter. Raises ValueError if it does not fit."""

    def save_adapter(self, folder: Path) -> None:
        """Writes adapter_model.safetensors and adapter_config.json as PEFT does."""

    def greedy(self, tokens: Sequence[int], max_tokens: int, end_ids: frozenset[int]) -> list[int]:
        """The likeliest answer to `tokens`, without its end token."""


class Trainee:
    """Base and adapter on a device; `named` are the adapter's parameters, by PEFT's names.

    `numbers`, `gradients` and `parts` are what an optimiser works on (see Net).
    """

    def __init__(
        self,
        base_folder: Path,
        *,
        rank: int,
        alpha: int,
        seed: int,
        pad_id: int,
        device: str = "auto",
        dtype: str | None = None,
        micro_batch_tokens: int = MICRO_BATCH_TOKENS,
    ) -> None:
        """`dtype` is "bfloat16" or "float32": a resumed job must name the one it began with.

        None: whichever is faster here. `micro_batch_tokens` bounds the memory of one pass.
        """
        self._limit_tokens = micro_batch_tokens
        memory.settle()
        self.device = best_device(device)
        shape = read_shape(base_folder)
        self.dtype_name = dtype or choose_dtype(shape, self.device, rank)
        more = {"rank": rank, "alpha": alpha, "seed": seed, "pad_id": pad_id}
        self._net = _net(base_folder, shape, self.device, getattr(torch, self.dtype_name), **more)
        self.named = self._net.named
        self.numbers = self._net.numbers
        self.gradients = self._net.gradients
        self.parts = self._net.parts

    @property
    def is_steady(self) -> bool:
        """True where the number of threads changes no bit of what is learned (tested)."""
        return isinstance(self._net, LlamaNet)

    def learn(self, rows: Sequence[Row], n_targets: int | None = None) -> Outcome:
        """Adds the gradient of the batch's loss, summed and divided by `n_targets`.

        None: by the batch's own number, which makes it the mean. Where several processes share
        a batch, each passes the number of all.
        """
        divisor = n_targets or sum(row.n_targets for row in rows)
        total = Outcome()
        for part in micro_batches(rows, self._limit_tokens):
            losses, right = self._net.target_losses(part)
            (losses.sum() / divisor).backward()  # type: ignore[no-untyped-call]
            total.add(_outcome(losses, right))
        return total

    @torch.no_grad()
    def judge(self, rows: Sequence[Row]) -> Outcome:
        """Loss and accuracy without learning."""
        total = Outcome()
        for part in micro_batches(rows, self._limit_tokens):
            total.add(_outcome(*self._net.target_losses(part)))
        return total

    def log_probabilities(self, rows: Sequence[Row]) -> torch.Tensor:
        """For each row the sum over its targets, in nats, float32 and differentiable."""
        sums: dict[int, torch.Tensor] = {}
        for group in groups([len(row.tokens) for row in rows], self._limit_tokens):
            part = [rows[at] for at in group]
            losses, _ = self._net.target_losses(part)
            by_row = torch.split(losses, [row.n_targets for row in part])
            sums |= {at: -own.sum() for at, own in zip(group, by_row, strict=True)}
        return torch.stack([sums[at] for at in range(len(rows))])

    def load_adapter(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over a saved adapter. Raises ValueError if it does not fit."""
        self._net.load_adapter(weights)

    def save_adapter(self, folder: Path) -> None:
        """Writes the adapter in PEFT's layout into `folder`, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self._net.save_adapter(folder)

    def greedy(self, tokens: Sequence[int], max_tokens: int, end_ids: frozenset[int]) -> list[int]:
        """The likeliest answer to `tokens`, without its end token."""
        return self._net.greedy(tokens, max_tokens, end_ids)


def _outcome(losses: torch.Tensor, right: torch.Tensor) -> Outcome:
    return Outcome(float(losses.detach().sum()), int(right.sum()), len(losses))


def _net(
    folder: Path,
    shape: Shape | None,
    device: torch.device,
    dtype: torch.dtype,
    *,
    rank: int,
    alpha: int,
    seed: int,
    pad_id: int,
) -> Net:
    """Our own network for the Llama family, transformers' for all others.

    Also where the weights are not named as the family's are.
    """
    lora = {"rank": rank, "alpha": alpha, "seed": seed}
    if shape is not None:
        with contextlib.suppress(KeyError, ValueError, SafetensorError):
            return LlamaNet(folder, shape, device=device, dtype=dtype, **lora)
    return PeftNet(folder, pad_id=pad_id, device=device, dtype=dtype, **lora)
