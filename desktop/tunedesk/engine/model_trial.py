"""Loads a model that is outside the Llama family once, for a trial; run in a worker process.

Only transformers knows the tensors of these networks, and it fills missing ones with noise and a
line in a log; so the trial looks at what it reports, and lets the network answer once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tunedesk.engine.model_files import ModelRefusedError

_TUNED_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def require_trial(folder: Path) -> None:
    """Raises ModelRefusedError if the model cannot be loaded, asked or tuned."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    own: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config: Any = AutoConfig.from_pretrained(folder, **own)
        if config.model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            raise ModelRefusedError(_unknown(config.model_type))
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.bfloat16, use_safetensors=True, output_loading_info=True, **own
        )
    except ModelRefusedError:
        raise
    except Exception as error:
        text = str(error).strip().partition("\n")[0][:200]
        raise ModelRefusedError(f"transformers cannot load it: {text}") from None
    model, report = loaded
    _require_complete(report)
    _require_tunable(model)
    _require_answer(model, folder)


def _unknown(kind: str) -> str:
    return f"transformers knows no causal language model of the kind {kind!r}."


def _require_complete(report: dict[str, Any]) -> None:
    missing = sorted(report.get("missing_keys", ()))
    if missing:
        raise ModelRefusedError(f"The weights lack {missing[0]}, which config.json asks for.")
    if report.get("mismatched_keys"):
        raise ModelRefusedError("A tensor has another shape than config.json asks for.")


def _require_tunable(model: Any) -> None:
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    has_parts = hasattr(model, "model") and hasattr(model, "lm_head")
    if not has_parts or names.isdisjoint(_TUNED_LAYERS):
        kind = model.config.model_type
        text = f"A {kind} network has none of the layers that Tunedesk tunes."
        raise ModelRefusedError(text, "Use a Llama-like model (Llama, Mistral, Qwen, SmolLM).")


def _require_answer(model: Any, folder: Path) -> None:
    import torch

    from tunedesk.engine.template import ChatTemplate

    template = ChatTemplate(folder)
    highest = max(template.tokenizer.get_vocab(with_added_tokens=True).values(), default=0)
    if highest >= model.get_input_embeddings().weight.shape[0]:
        raise ModelRefusedError("Its tokenizer knows more tokens than the network.")
    tokens = torch.tensor([template.prompt([{"role": "user", "content": "Hello"}])])
    with torch.inference_mode():
        whole = model(tokens, use_cache=False).logits
        by_parts = model.lm_head(model.model(tokens, use_cache=False).last_hidden_state)
    if not bool(torch.isfinite(whole).all()):
        raise ModelRefusedError("It answers with numbers that are none (NaN).")
    if not torch.allclose(whole, by_parts, rtol=0.05, atol=0.05):
        text = "It changes the numbers of its last layer afterwards, which training here does not."
        raise ModelRefusedError(text, "Use a Llama-like model (Llama, Mistral, Qwen, SmolLM).")
