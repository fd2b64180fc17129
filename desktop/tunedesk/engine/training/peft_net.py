"""Any causal LM that transformers knows, with PEFT's LoRA: the slower way, for every family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from tunedesk.engine.training.rows import Row

LORA_LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_PAD_MULTIPLE = 8


class PeftNet:
    """Base and adapter; `named` are the adapter's parameters, by PEFT's names."""

    def __init__(
        self,
        base_folder: Path,
        *,
        rank: int,
        alpha: int,
        seed: int,
        pad_id: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        import peft
        from transformers import AutoModelForCausalLM

        base = AutoModelForCausalLM.from_pretrained(
            base_folder, dtype=dtype, local_files_only=True, use_safetensors=True
        )
        torch.manual_seed(seed)
        lora = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules=LORA_LAYERS)
        self._model: Any = peft.get_peft_model(base, lora).to(device)
        self._base: Any = self._model.get_base_model()
        self._pad_id = pad_id
        self._device = device
        self._dtype = dtype
        self.named: dict[str, torch.nn.Parameter] = {
            n: p for n, p in self._model.named_parameters() if p.requires_grad
        }

        for parameter in self.named.values():
            parameter.grad = torch.zeros_like(parameter)

    def numbers(self) -> list[torch.Tensor]:
        """The adapter's numbers."""
        return [parameter.data for parameter in self.named.values()]

    def gradients(self) -> list[torch.Tensor]:
        """Their gradients, in the same order."""
        return [p.grad for p in self.named.values() if p.grad is not None]

    def parts(self, like_numbers: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
        """What belongs to each parameter in tensors like `numbers`."""
        return dict(zip(self.named, like_numbers, strict=True))

    def target_losses(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of each target in nats, row after row, and whether it was the likeliest token."""
        tokens, labels = (part.to(self._device) for part in _padded(rows, self._pad_id))
        with torch.autocast(self._device.type, self._dtype, enabled=self._is_mixed):
            hidden = self._base.model(input_ids=tokens, use_cache=False).last_hidden_state
            wanted = labels >= 0
            # The head is half the model's work; it is needed only where something is learned.
            logits = self._base.lm_head(hidden[wanted]).float()
        targets = labels[wanted]
        losses = functional.cross_entropy(logits, targets, reduction="none")
        return losses, logits.detach().argmax(-1) == targets

    @property
    def _is_mixed(self) -> bool:
        return self._dtype != torch.float32

    def load_adapter(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes over a saved adapter. Raises ValueError if it does not fit."""
        from peft import set_peft_model_state_dict

        result: Any = set_peft_model_state_dict(self._model, dict(weights))
        if result.unexpected_keys:
            raise ValueError(f"the adapter does not fit this model: {result.unexpected_keys[:3]}")

    def save_adapter(self, folder: Path) -> None:
        """Writes the adapter in PEFT's layout."""
        self._model.save_pretrained(folder, safe_serialization=True)
        # PEFT adds a model card full of blanks and a path of this machine.
        (folder / "README.md").unlink(missing_ok=True)

    @torch.no_grad()
    def greedy(self, tokens: Sequence[int], max_tokens: int, end_ids: frozenset[int]) -> list[int]:
        """The likeliest answer to `tokens`, without its end token."""
        answer: list[int] = []
        cache, fresh = None, list(tokens)
        while len(answer) < max_tokens:
            ids = torch.tensor([fresh], device=self._device)
            with torch.autocast(self._device.type, self._dtype, enabled=self._is_mixed):
                output = self._base(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, token = output.past_key_values, int(output.logits[0, -1].argmax())
            if token in end_ids:
                break
            answer.append(token)
            fresh = [token]
        return answer


def _padded(rows: Sequence[Row], pad_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and labels, padded on the right.

    No attention mask is needed: a real token never looks ahead at the padding behind it.
    """
    longest = max(len(row.tokens) for row in rows)
    width = -(-longest // _PAD_MULTIPLE) * _PAD_MULTIPLE
    tokens = [row.tokens + [pad_id] * (width - len(row.tokens)) for row in rows]
    labels = [row.labels + [-100] * (width - len(row.labels)) for row in rows]
    return torch.tensor(tokens), torch.tensor(labels)
