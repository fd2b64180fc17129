"""Rows as a tree of positions, the optimiser over all numbers at once, and the choices made."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.tiny_models import write_tiny
from tunedesk.engine.nets.shape import read_shape
from tunedesk.engine.template import Encoded
from tunedesk.engine.training.adamw import AdamW
from tunedesk.engine.training.device import best_device
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.numerics import choose_dtype
from tunedesk.engine.training.packing import Packed, groups
from tunedesk.engine.training.rows import Row

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny"), "llama")


def _row(tokens: list[int], learned: list[int]) -> Row:
    return Row(Encoded(tokens, [at in learned for at in range(len(tokens))]))


def test_what_rows_share_is_there_once_and_their_tails_are_not() -> None:
    rows = [_row([5, 6, 7, 8, 9], [3]), _row([5, 6, 3, 4], [2, 3]), _row([8, 6, 7], [1])]
    packed = Packed(rows)
    assert packed.tokens.tolist() == [5, 6, 7, 3, 8]
    assert packed.positions.tolist() == [0, 1, 2, 2, 0]
    assert packed.lengths.tolist() == [3, 3, 1]
    assert packed.paths[:, :3].tolist() == [[0, 1, 2], [0, 1, 3], [4, 0, 0]]
    assert packed.targets.tolist() == [8, 3, 4, 6]
    assert packed.target_slots.tolist() == [2, 1, 3, 4]


def test_groups_hold_like_lengths_within_the_limit() -> None:
    assert groups([10, 50, 11, 200, 12], 100) == [[0, 2, 4], [1], [3]]


def test_a_step_is_the_one_of_torch(base: Path) -> None:
    rows = [_row([5, 6, 7, 8, 9, 10], [2, 3, 4, 5])]
    trainee = Trainee(base, rank=4, alpha=8, seed=1, pad_id=2, dtype="float32")
    theirs = [torch.nn.Parameter(part.clone()) for part in trainee.numbers()]
    ours, expected = AdamW(trainee), torch.optim.AdamW(theirs, weight_decay=0.0)
    for rate in (1e-3, 2e-3, 5e-4):
        trainee.learn(rows)
        for parameter, gradient in zip(theirs, trainee.gradients(), strict=True):
            parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(theirs, 0.5)
        expected.param_groups[0]["lr"] = rate
        expected.step()
        assert ours.step(rate, 0.5) == pytest.approx(float(norm), rel=1e-5)
    torch.testing.assert_close(trainee.numbers(), [part.data for part in theirs])
    assert not any(part.any() for part in trainee.gradients())


def test_a_step_from_a_gradient_that_is_no_number_changes_nothing(base: Path) -> None:
    trainee = Trainee(base, rank=4, alpha=8, seed=1, pad_id=2, dtype="float32")
    before = trainee.numbers()[0].clone()
    trainee.gradients()[0][0, 0] = torch.nan
    AdamW(trainee).step(1e-3, 1.0)
    assert torch.equal(trainee.numbers()[0], before)


def test_an_optimiser_goes_on_where_another_stopped(base: Path) -> None:
    rows = [_row([5, 6, 7, 8, 9, 10], [2, 3, 4, 5])]
    trainee = Trainee(base, rank=4, alpha=8, seed=1, pad_id=2, dtype="float32")
    first = AdamW(trainee)
    trainee.learn(rows)
    first.step(1e-3, 1.0)
    half_way, moments = trainee.numbers()[0].clone(), first.moments()
    trainee.learn(rows)
    first.step(1e-3, 1.0)
    expected = trainee.numbers()[0].clone()
    trainee.numbers()[0].copy_(half_way)
    second = AdamW(trainee)
    second.restore(1, moments)
    trainee.learn(rows)
    second.step(1e-3, 1.0)
    assert torch.equal(trainee.numbers()[0], expected)


def test_the_type_is_chosen_by_trying_both(base: Path) -> None:
    shape = read_shape(base)
    assert choose_dtype(shape, torch.device("cpu"), 4) in ("bfloat16", "float32")
    assert choose_dtype(shape, torch.device("mps"), 4) == "float32"


def test_the_device_is_the_best_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert best_device("cpu").type == "cpu"
    for has_cuda, has_mps, expected in ((1, 1, "cuda"), (0, 1, "mps"), (0, 0, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda found=has_cuda: bool(found))
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda found=has_mps: bool(found))
        assert best_device().type == expected
