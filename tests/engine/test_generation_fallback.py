"""Networks that only transformers knows, behind the same interface."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.small_nets import expected_logits, random_tokens, write_adapter, write_net
from tunedesk.engine.generation.fallback import FallbackNet
from tunedesk.engine.model_files import ModelRefusedError

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore::FutureWarning")]

TOKENS = random_tokens(20)


def _logits(net: FallbackNet) -> torch.Tensor:
    cache = net.new_cache(len(TOKENS))
    net.logits(TOKENS[:-1], cache)
    twin = net.fork(cache)
    net.logits([1, 2, 3], cache)
    return net.logits(TOKENS[-1:], twin)


def test_base_and_adapter_answer_in_turn(tmp_path: Path) -> None:
    theirs, _ = write_net(tmp_path / "base")
    net = FallbackNet(tmp_path / "base", torch.device("cpu"))
    bare = expected_logits(theirs, TOKENS)
    tuned = expected_logits(write_adapter(tmp_path / "adapter", theirs), TOKENS)
    tolerance = 0.04 * float(bare.abs().max())  # it computes in bfloat16
    assert (tuned - bare).abs().max() > 3 * tolerance
    for adapter, expected in ((None, bare), ("adapter", tuned), (None, bare), ("adapter", tuned)):
        net.wear(None if adapter is None else str(tmp_path / adapter))
        torch.testing.assert_close(_logits(net), expected, rtol=0, atol=tolerance)


def test_a_missing_adapter_is_said(tmp_path: Path) -> None:
    write_net(tmp_path / "base")
    net = FallbackNet(tmp_path / "base", torch.device("cpu"))
    with pytest.raises(ModelRefusedError, match="gone"):
        net.wear(str(tmp_path / "nowhere"))
