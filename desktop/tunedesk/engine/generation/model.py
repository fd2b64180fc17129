"""One copy of the base weights in memory; adapters are loaded when asked for and switched."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.template import ChatTemplate

_MAX_ADAPTERS = 8  # each 10 MB in memory; the one unused for longest goes


class ServedModel:
    """A base model that can take on any of its adapters."""

    def __init__(self, base_folder: Path) -> None:
        from transformers import AutoModelForCausalLM

        self.template = ChatTemplate(base_folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(
            base_folder, dtype=torch.bfloat16, local_files_only=True, use_safetensors=True
        )
        self._model.eval()  # type: ignore[no-untyped-call]
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
        if not (Path(adapter) / "adapter_model.safetensors").is_file():
            raise FileNotFoundError("the adapter's weights are gone")
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
                self._model, adapter, adapter_name=name, autocast_adapter_dtype=False
            ).eval()
        else:
            self._tuned.load_adapter(adapter, adapter_name=name, autocast_adapter_dtype=False)

    @torch.inference_mode()
    def logits(self, tokens: list[int], cache: Any) -> torch.Tensor:
        """Logits after the last of `tokens`; `cache` grows by them."""
        model = self._model if self._tuned is None else self._tuned.base_model.model
        output = model(
            torch.tensor([tokens]), past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        result: torch.Tensor = output.logits[0, -1]
        return result
