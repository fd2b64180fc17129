"""Networks outside the Llama family: transformers runs them, PEFT their adapters. Slower."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.adapter_check import require_sound_adapter
from tunedesk.engine.generation.slices import SLICE_TOKENS, WHOLE_PROMPT

_MAX_ADAPTERS = 8  # the one unused for longest goes


class FallbackNet:
    """One copy of the base; adapters are loaded when asked for and switched."""

    is_steady = False  # transformers promises nothing of the kind

    def __init__(self, base_folder: Path, device: torch.device, *, is_exact: bool = False) -> None:
        """`is_exact`: prompts are read as transformers alone would read them, in one go.

        Raises OSError or ValueError if transformers cannot load it.
        """
        self.slice_tokens = WHOLE_PROMPT if is_exact else SLICE_TOKENS
        self._is_exact = is_exact
        self._device = device
        self._model = _load(base_folder).to(device).eval()
        self._tuned: Any = None
        self._loaded: OrderedDict[str, str] = OrderedDict()
        self._n_loaded = 0
        self._active: str | None = None

    def wear(self, adapter: str | None) -> None:
        """Makes `adapter` (a folder; None: the bare base) the one that answers next.

        Raises OSError or ValueError if the folder holds no sound adapter.
        """
        if adapter is not None:
            self._ensure(adapter)
        if adapter == self._active or self._tuned is None:
            return
        if adapter is None:
            self._tuned.base_model.disable_adapter_layers()
        else:
            self._tuned.base_model.enable_adapter_layers()
            self._tuned.set_adapter(self._loaded[adapter], inference_mode=True)
        self._active = adapter

    def _ensure(self, adapter: str) -> None:
        if adapter in self._loaded:
            self._loaded.move_to_end(adapter)
            return
        require_sound_adapter(Path(adapter))
        self._n_loaded += 1
        name = f"a{self._n_loaded}"
        self._load(adapter, name)
        self._loaded[adapter] = name
        self._active = "?"  # loading switches adapters by itself
        if len(self._loaded) > _MAX_ADAPTERS:
            _, oldest = self._loaded.popitem(last=False)
            self._tuned.delete_adapter(oldest)

    def _load(self, adapter: str, name: str) -> None:
        from peft import PeftModel

        if self._tuned is None:
            self._tuned = PeftModel.from_pretrained(
                self._model, adapter, adapter_name=name, autocast_adapter_dtype=self._is_exact
            ).eval()
        else:
            self._tuned.load_adapter(
                adapter, adapter_name=name, autocast_adapter_dtype=self._is_exact
            )

    def new_cache(self, room_tokens: int) -> Any:
        """An empty memory of a conversation; it grows as it must."""
        from transformers import DynamicCache

        return DynamicCache()

    def fork(self, cache: Any) -> Any:
        """A copy of `cache` that goes its own way from here."""
        return copy.deepcopy(cache)

    @torch.inference_mode()
    def logits(self, tokens: Sequence[int], cache: Any) -> torch.Tensor:
        """Logits after the last of `tokens`, float32 [n_vocabulary]; `cache` grows by them."""
        model = self._model if self._tuned is None else self._tuned.base_model.model
        asked = torch.tensor([list(tokens)], device=self._device)
        output = model(asked, past_key_values=cache, use_cache=True, logits_to_keep=1)
        result: torch.Tensor = output.logits[0, -1].float()
        return result


def _load(base_folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        base_folder,
        dtype=torch.bfloat16,
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
    )
