"""Weights of 4 bits: found again exactly, and as good as bfloat16."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.small_nets import N_VOCABULARY, expected_logits, random_tokens, write_net
from tunedesk.engine.generation import net_store
from tunedesk.engine.generation.net_build import build_net
from tunedesk.engine.generation.net_levels import find_levels
from tunedesk.engine.generation.net_linear import (
    EightBitHead,
    FourBitLinear,
    HalfLinear,
    PlainLinear,
    has_quick_kernels,
    pack_eight_bits,
    pack_four_bits,
)

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore::FutureWarning")]

CPU = torch.device("cpu")
needs_kernels = pytest.mark.skipif(
    not has_quick_kernels(), reason="this processor has no vector code for 4 bits in torch"
)


def _quantised(n_out: int, n_in: int, seed: int, n_levels: int = 16) -> tuple[Any, ...]:
    """q, and the weights as bfloat16, as in a GGUF that was written out; of about ±0.1."""
    torch.manual_seed(seed)
    q = torch.randint(0, n_levels, (n_out, n_in // 32, 32))
    q[..., 0], q[..., 7] = 0, n_levels - 1
    step = torch.rand(n_out, n_in // 32, 1).half().float() * 0.02 + 0.005
    low = -step * torch.rand(n_out, n_in // 32, 1).half().float() * 16
    return q.view(n_out, n_in), (q * step + low).bfloat16().view(n_out, n_in)


@pytest.mark.parametrize("n_levels", [16, 14, 11])
def test_every_level_is_found_again(n_levels: int) -> None:
    q, weights = _quantised(48, 192, seed=n_levels, n_levels=n_levels)
    levels = find_levels(weights)
    assert levels is not None
    assert torch.equal(levels.q.long(), q)
    spread = (levels.q.float() - 8) * levels.scale.repeat_interleave(32, 1)
    again = spread + levels.zero.repeat_interleave(32, 1)
    assert (again - weights.float()).abs().max() < 0.01 * weights.abs().max()


def test_equal_weights_and_zeros_have_levels_too() -> None:
    weights = torch.zeros(16, 64).bfloat16()
    weights[3] = 0.5
    levels = find_levels(weights)
    assert levels is not None
    again = (levels.q.float() - 8) * levels.scale.repeat_interleave(32, 1)
    assert torch.equal(again + levels.zero.repeat_interleave(32, 1), weights.float())


def test_weights_that_never_were_quantised_have_none() -> None:
    torch.manual_seed(1)
    assert find_levels(torch.randn(64, 256).bfloat16()) is None
    assert find_levels(torch.randn(64, 250).bfloat16()) is None  # no groups of 32
    _, weights = _quantised(64, 256, seed=5)
    weights[10, 40:44] += 0.3  # one group is enough
    assert find_levels(weights) is None


@needs_kernels
def test_four_bits_multiply_as_their_weights_do() -> None:
    _, weights = _quantised(96, 320, seed=6)
    levels = find_levels(weights)
    assert levels is not None
    bias = torch.randn(96)
    linear = FourBitLinear(*pack_four_bits(levels), bias)
    x = torch.randn(3, 320)
    expected = x @ weights.float().t() + bias
    assert (linear(x) - expected).abs().max() < 0.01 * expected.abs().max()


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e6])
def test_float16_is_nearer_than_bfloat16_whatever_the_size(size: float) -> None:
    torch.manual_seed(7)
    matrices, bias = [torch.randn(n, 192).bfloat16() for n in (40, 8)], torch.randn(48) * size
    x = torch.randn(3, 192) * size
    expected = x.double() @ torch.cat(matrices).double().t() + bias
    off, off_bfloat16 = (
        (linear(x) - expected).abs().max()
        for linear in (HalfLinear(matrices, bias), PlainLinear(matrices, bias))
    )
    assert off < 1e-3 * expected.abs().max()
    assert off < off_bfloat16


def test_float16_takes_zeros_and_refuses_weights_beyond_it() -> None:
    matrix = torch.ones(4, 8).bfloat16()
    assert torch.equal(HalfLinear([matrix])(torch.zeros(1, 8)), torch.zeros(1, 4))
    with pytest.raises(OverflowError, match="float16"):
        HalfLinear([matrix * 1e5])


@needs_kernels
@pytest.mark.parametrize("n_vocabulary", [50, 5000, 64 * 80])
def test_the_likeliest_logits_are_exact(n_vocabulary: int) -> None:
    torch.manual_seed(n_vocabulary)
    exact = torch.randn(n_vocabulary, 64).bfloat16()
    x = torch.randn(1, 64)
    head = EightBitHead(*pack_eight_bits(exact), exact)
    expected, found = (exact.float() @ x[0]), head(x)[0]
    top = expected.topk(20).indices
    torch.testing.assert_close(found[top], expected[top], rtol=1e-5, atol=1e-5)
    assert (found - expected).abs().max() < 0.03 * expected.abs().max()
    assert set(found.topk(20).indices.tolist()) == set(top.tolist())


def _quantised_net(folder: Path) -> tuple[Any, Any]:
    theirs, shape = write_net(folder, vocab_size=N_VOCABULARY)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    for number, (name, tensor) in enumerate(tensors.items()):
        if "_proj" in name:
            tensors[name] = _quantised(*tensor.shape, seed=number)[1].float()
    save_file(tensors, path, {"format": "pt"})
    theirs.load_state_dict(tensors, strict=False)
    theirs.tie_weights()
    return theirs, shape


@needs_kernels
def test_a_packed_net_is_as_near_as_bfloat16_is(tmp_path: Path) -> None:
    theirs, shape = _quantised_net(tmp_path)
    tokens = random_tokens(60)
    ours = build_net(tmp_path, shape, CPU)
    assert (tmp_path / net_store.FILE).is_file()
    packed = load_file(tmp_path / net_store.FILE)
    assert {f"{layer}.down.weights" for layer in range(3)} <= packed.keys()
    cache = ours.new_cache(100)
    ours.logits(tokens[:-1], cache)
    found, expected = ours.logits(tokens[-1:], cache), expected_logits(theirs, tokens)
    rounded = expected_logits(theirs.bfloat16(), tokens).float()
    assert (found - expected).square().mean() < 2 * (rounded - expected).square().mean()


@needs_kernels
def test_the_packed_file_is_used_again_and_never_a_foreign_one(tmp_path: Path) -> None:
    _, shape = _quantised_net(tmp_path)
    first = build_net(tmp_path, shape, CPU).logits(
        [5], build_net(tmp_path, shape, CPU).new_cache(9)
    )
    path = tmp_path / net_store.FILE
    written = path.stat().st_mtime_ns
    build_net(tmp_path, shape, CPU)
    assert path.stat().st_mtime_ns == written
    os.utime(tmp_path / "model.safetensors", ns=(1, 1))  # the model is another now
    build_net(tmp_path, shape, CPU)
    assert path.stat().st_mtime_ns != written
    path.write_bytes(path.read_bytes()[:-50])
    net = build_net(tmp_path, shape, CPU)
    assert torch.equal(net.logits([5], net.new_cache(9)), first)
    assert net_store.load(tmp_path) is not None


@needs_kernels
def test_a_folder_that_cannot_be_written_serves_all_the_same(tmp_path: Path) -> None:
    _, shape = _quantised_net(tmp_path)
    (tmp_path / net_store.FILE).mkdir()  # what stands in the way cannot be replaced
    net = build_net(tmp_path, shape, CPU)
    assert net.logits([5], net.new_cache(9)).isfinite().all()
    assert not list(tmp_path.glob(".packed-*"))
