"""The model being trained: frozen base, LoRA on all seven linear layers, loss where a label is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from tunedesk.engine.training.rows import Row, micro_batches, tensors

LORA_LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Outcome:
    """Sums over the targets of a batch."""

    def __init__(self, loss_sum: float = 0.0, n_right: int = 0, n_targets: int = 0) -> None:
        self.loss_sum = loss_sum
        self.n_right = n_right
        self.n_targets = n_targets

    def add(self, other: Outcome) -> None:
        """Adds another batch's sums."""
        self.loss_sum += other.loss_sum
        self.n_right += other.n_right
        self.n_targets += other.n_targets

    @property
    def loss(self) -> float:
        """Mean loss per target, in nats."""
        return self.loss_sum / self.n_targets

    @property
    def accuracy(self) -> float:
        """Share of targets that were the likeliest token."""
        return self.n_right / self.n_targets


class Trainee:
    """Base and adapter on the CPU; `named` are the adapter's parameters, by PEFT's names."""

    def __init__(self, base_folder: Path, *, rank: int, alpha: int, seed: int, pad_id: int) -> None:
        import peft
        from transformers import AutoModelForCausalLM

        self.uses_bfloat16 = has_fast_bfloat16()
        dtype = torch.bfloat16 if self.uses_bfloat16 else torch.float32
        base = AutoModelForCausalLM.from_pretrained(
            base_folder, dtype=dtype, local_files_only=True, use_safetensors=True
        )
        torch.manual_seed(seed)
        lora = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules=LORA_LAYERS)
        self.model: Any = peft.get_peft_model(base, lora)
        self._base: Any = self.model.get_base_model()
        self._pad_id = pad_id
        self.named = {n: p for n, p in self.model.named_parameters() if p.requires_grad}

    def load_adapter(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over a saved adapter. Raises ValueError if it does not fit."""
        from peft import set_peft_model_state_dict

        result: Any = set_peft_model_state_dict(self.model, dict(weights))
        if result.unexpected_keys:
            raise ValueError(f"the adapter does not fit this model: {result.unexpected_keys[:3]}")

    def learn(self, rows: Sequence[Row]) -> Outcome:
        """Adds the gradient of the batch's mean loss."""
        n_targets = sum(row.n_targets for row in rows)
        total = Outcome()
        for part in micro_batches(rows):
            loss_sum, outcome = self._forward(part)
            (loss_sum / n_targets).backward()  # type: ignore[no-untyped-call]
            total.add(outcome)
        return total

    @torch.no_grad()
    def judge(self, rows: Sequence[Row]) -> Outcome:
        """Loss and accuracy without learning."""
        total = Outcome()
        for part in micro_batches(rows):
            total.add(self._forward(part)[1])
        return total

    def _forward(self, rows: Sequence[Row]) -> tuple[torch.Tensor, Outcome]:
        tokens, labels = tensors(rows, self._pad_id)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.uses_bfloat16):
            hidden = self._base.model(input_ids=tokens, use_cache=False).last_hidden_state
            wanted = labels >= 0
            # The head is half the model's work; it is needed only where something is learned.
            logits = self._base.lm_head(hidden[wanted]).float()
        targets = labels[wanted]
        loss_sum = functional.cross_entropy(logits, targets, reduction="sum")
        n_right = int((logits.detach().argmax(-1) == targets).sum())
        return loss_sum, Outcome(float(loss_sum.detach()), n_right, len(targets))


def has_fast_bfloat16() -> bool:
    """True where the CPU multiplies bfloat16 itself; elsewhere it is slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
