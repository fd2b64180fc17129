"""Adapters beside the base: as PEFT computes them, switched without a trace, refused plainly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.small_nets import expected_logits, random_tokens, write_adapter, write_net
from tunedesk.engine.generation import family
from tunedesk.engine.generation.family import FamilyNet, quick_net

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore::FutureWarning")]

CPU = torch.device("cpu")
TOKENS = random_tokens(30)
KINDS: dict[str, dict[str, Any]] = {
    "every layer": {},
    "q and v only": {"target_modules": ["q_proj", "v_proj"]},
    "one of gate and up": {"target_modules": ["up_proj", "down_proj"]},
    "rslora": {"use_rslora": True},
    "another rank": {"r": 11, "lora_alpha": 5},
}


def _served(folder: Path) -> tuple[Any, FamilyNet[Any, Any]]:
    theirs, shape = write_net(folder)
    return theirs, quick_net(folder, shape, CPU, torch.float32)


def _logits(net: FamilyNet[Any, Any], tokens: list[int]) -> torch.Tensor:
    """The prompt at once, then two tokens one by one."""
    cache = net.new_cache(len(tokens))
    net.logits(tokens[:-2], cache)
    net.logits(tokens[-2:-1], cache)
    return net.logits(tokens[-1:], cache)


@pytest.mark.parametrize("kind", KINDS)
def test_same_logits_as_peft(tmp_path: Path, kind: str) -> None:
    theirs, ours = _served(tmp_path / "base")
    bare = expected_logits(theirs, TOKENS)
    tuned = write_adapter(tmp_path / "adapter", theirs, **KINDS[kind])
    ours.wear(str(tmp_path / "adapter"))
    expected = expected_logits(tuned, TOKENS)
    assert (expected - bare).abs().max() > 0.1
    torch.testing.assert_close(_logits(ours, TOKENS), expected, rtol=0, atol=5e-4)
    ours.wear(None)
    torch.testing.assert_close(_logits(ours, TOKENS), bare, rtol=0, atol=5e-4)


def test_switching_leaves_no_trace(tmp_path: Path) -> None:
    theirs, ours = _served(tmp_path / "base")
    names: list[str | None] = [None]
    for number in range(family._MAX_ADAPTERS + 2):  # more than are kept
        names.append(str(tmp_path / f"adapter{number}"))
        tuned = write_adapter(Path(str(names[-1])), theirs, seed=number)
        theirs = tuned.unload()
    first = {}
    for name in names:
        ours.wear(name)
        first[name] = _logits(ours, TOKENS)
    assert len({float(logits.sum()) for logits in first.values()}) == len(names)
    for name in reversed(names):
        ours.wear(name)
        assert torch.equal(_logits(ours, TOKENS), first[name])


def test_what_is_kept_is_bounded_by_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = _served(tmp_path / "base")
    write_adapter(tmp_path / "one", theirs)
    monkeypatch.setattr(family, "_MAX_ADAPTER_BYTES", 1)
    ours.wear(str(tmp_path / "one"))
    (tmp_path / "one").rename(tmp_path / "two")
    ours.wear(str(tmp_path / "two"))
    with pytest.raises(ValueError, match="gone"):
        ours.wear(str(tmp_path / "one"))  # was forgotten, and its file is not there any more
    ours.wear(str(tmp_path / "two"))


def _broken(folder: Path, how: str) -> None:
    config_path, weights_path = folder / "adapter_config.json", folder / "adapter_model.safetensors"
    config, tensors = json.loads(config_path.read_text()), load_file(weights_path)
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    if how == "half":
        del tensors[name]
    elif how == "shape":
        tensors[name] = tensors[name][:, :-1].contiguous()
    elif how == "another layer":
        tensors[name.replace("layers.0", "layers.7")] = tensors.pop(name)
    elif how == "another module":
        tensors["base_model.model.lm_head.lora_A.weight"] = tensors.pop(name)
    elif how == "weights":
        weights_path.write_bytes(weights_path.read_bytes()[:-9])
    else:
        config[how] = {"q_proj": 2} if how.endswith("pattern") else "all" if how == "bias" else True
    config_path.write_text(json.dumps(config))
    if how != "weights":
        save_file(tensors, weights_path)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("half", "only half of what self_attn.q_proj needs"),
        ("shape", r"\[4, 63\] and \[64, 4\]; this base needs \[rank, 64\] and \[64, rank\]"),
        ("another layer", "layers.7"),
        ("another module", "lm_head"),
        ("weights", "not a sound safetensors file"),
        ("rank_pattern", "rank_pattern"),
        ("alpha_pattern", "alpha_pattern"),
        ("use_dora", "use_dora"),
        ("bias", "biases"),
    ],
)
def test_what_cannot_be_worn_is_said(tmp_path: Path, how: str, said: str) -> None:
    theirs, ours = _served(tmp_path / "base")
    write_adapter(tmp_path / "adapter", theirs)
    _broken(tmp_path / "adapter", how)
    with pytest.raises(ValueError, match=said):
        ours.wear(str(tmp_path / "adapter"))
    ours.wear(None)
    assert _logits(ours, TOKENS).isfinite().all()
