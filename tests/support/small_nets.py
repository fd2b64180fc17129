"""Small random networks of the Llama family, as transformers writes and runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.nets.shape import Shape, read_shape

KINDS = {
    "grouped heads, tied head": {"model_type": "llama", "tie_word_embeddings": True},
    "grouped heads, own head": {"model_type": "llama", "tie_word_embeddings": False},
    "one key for all": {"model_type": "llama", "num_key_value_heads": 1},
    "biases on q, k and v": {"model_type": "qwen2", "tie_word_embeddings": True},
    "mistral, head size of its own": {"model_type": "mistral", "head_dim": 16},
}
N_VOCABULARY = 160


def write_net(folder: Path, seed: int = 1, **settings: Any) -> tuple[Any, Shape]:
    """Saves a random network; returns transformers' own of it, in float32, and the shape."""
    from transformers import AutoConfig, AutoModelForCausalLM

    kind = settings.pop("model_type", "llama")
    sizes = {
        "vocab_size": N_VOCABULARY,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "initializer_range": 0.2,  # large enough for answers that differ
        "sliding_window": None,
    }
    torch.manual_seed(seed)
    config = AutoConfig.for_model(kind, **{**sizes, **settings})
    net: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for name, parameter in net.named_parameters():
        if name.endswith("bias") or "norm" in name:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    net.save_pretrained(folder)
    shape = read_shape(folder)
    assert shape is not None
    return net, shape


def write_adapter(folder: Path, net: Any, seed: int = 2, **settings: Any) -> Any:
    """Saves a random LoRA; returns PEFT's network, which wears it (and changes `net`)."""
    import peft

    everywhere = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    wanted = {"r": 4, "lora_alpha": 12, "target_modules": everywhere, **settings}
    tuned: Any = peft.get_peft_model(net, peft.LoraConfig(task_type="CAUSAL_LM", **wanted))
    torch.manual_seed(seed)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    tuned.save_pretrained(folder)
    return tuned.eval()


def random_tokens(n: int, seed: int = 3) -> list[int]:
    """Tokens of these networks' vocabulary."""
    source = torch.Generator().manual_seed(seed)
    return [int(token) for token in torch.randint(0, N_VOCABULARY, (n,), generator=source)]


@torch.no_grad()
def expected_logits(net: Any, tokens: list[int]) -> torch.Tensor:
    """transformers' (or PEFT's) logits after the last token."""
    logits: torch.Tensor = net(torch.tensor([tokens])).logits[0, -1]
    return logits
