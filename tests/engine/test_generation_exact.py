"""Exact answers: every bit of every logit as transformers and PEFT compute it in bfloat16."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.small_nets import KINDS, random_tokens, write_adapter, write_net
from tunedesk.engine.generation.family import FamilyNet, exact_net
from tunedesk.engine.nets.shape import Shape

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.usefixtures("one_thread"),
]

PROMPT, ANSWER = random_tokens(70), random_tokens(20, seed=4)
# Long rows are added up in pieces, and in others for one row than for several.
WIDE = {"hidden_size": 192, "intermediate_size": 1536}


def _net(folder: Path, **settings: Any) -> tuple[Any, Shape]:
    """transformers' own in bfloat16, as one loads it from the folder."""
    from transformers import AutoModelForCausalLM

    _, shape = write_net(folder, **settings)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval(), shape


@torch.inference_mode()
def _theirs(net: Any) -> list[torch.Tensor]:
    """After the prompt, and after each token of the answer."""
    out = net(torch.tensor([PROMPT]), use_cache=True, logits_to_keep=1)
    found = [out.logits[0, -1].float()]
    for token in ANSWER:
        out = net(torch.tensor([[token]]), past_key_values=out.past_key_values)
        found.append(out.logits[0, -1].float())
    return found


def _ours(net: FamilyNet[Any, Any]) -> list[torch.Tensor]:
    cache = net.new_cache(len(PROMPT) + len(ANSWER))
    first = net.logits(PROMPT, cache)
    twin = net.fork(cache)
    return [first, *(net.logits([token], twin) for token in ANSWER)]


def _n_equal(some: list[torch.Tensor], others: list[torch.Tensor]) -> int:
    return sum(torch.equal(one, other) for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize("kind", [*KINDS, "wide"])
def test_not_a_bit_is_another(tmp_path: Path, kind: str) -> None:
    theirs, shape = _net(tmp_path, **KINDS.get(kind, WIDE))
    expected = _theirs(theirs)
    assert _n_equal(_ours(exact_net(tmp_path, shape)), expected) == len(expected)


@pytest.mark.parametrize("settings", [{}, {"target_modules": ["v_proj", "up_proj"], "r": 11}])
def test_adapters_too_and_without_a_trace(tmp_path: Path, settings: dict[str, Any]) -> None:
    import peft

    theirs, shape = _net(tmp_path / "base", **WIDE)
    bare = _theirs(theirs)
    write_adapter(tmp_path / "adapter", write_net(tmp_path / "again", **WIDE)[0], **settings)
    tuned = _theirs(peft.PeftModel.from_pretrained(theirs, tmp_path / "adapter").eval())
    assert _n_equal(tuned, bare) == 0
    ours = exact_net(tmp_path / "base", shape)
    for adapter, expected in ((tmp_path / "adapter", tuned), (None, bare)):
        ours.wear(adapter and str(adapter))
        assert _n_equal(_ours(ours), expected) == len(expected)


def test_a_prompt_in_two_pieces_is_refused(tmp_path: Path) -> None:
    _, shape = _net(tmp_path)
    ours = exact_net(tmp_path, shape)
    cache = ours.new_cache(90)
    ours.logits(PROMPT, cache)
    with pytest.raises(ValueError, match="at once"):
        ours.logits([1, 2], cache)
