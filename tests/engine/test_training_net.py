"""Our own network beside transformers and PEFT: the same losses, gradients, files and answers."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.engine import MODEL_ID, models_folder
from tests.support.tiny_models import VOCABULARY, write_tiny
from tunedesk.engine.template import Encoded
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.net import LlamaNet
from tunedesk.engine.training.peft_net import PeftNet
from tunedesk.engine.training.rows import Row

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),  # peft's
]
CPU = torch.device("cpu")
ADAPTER = "adapter_model.safetensors"


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp(request.param), request.param)


def _row(chance: random.Random, start: list[int], n_tokens: int) -> Row:
    tokens = start + [chance.randrange(3, VOCABULARY) for _ in range(n_tokens)]
    learned = len(start) + n_tokens // 2
    end = len(tokens) - chance.randrange(3)  # some end with what is not learned
    return Row(Encoded(tokens, [learned <= at < end for at in range(len(tokens))]))


def _rows(lengths: list[int]) -> list[Row]:
    """All begin alike; the first two with the same question as well."""
    chance = random.Random(3)
    system = [chance.randrange(3, VOCABULARY) for _ in range(9)]
    question = [*system, *(chance.randrange(3, VOCABULARY) for _ in range(5))]
    return [_row(chance, question if i < 2 else system, n) for i, n in enumerate(lengths)]


def _trainee(base: Path, **more: Any) -> Trainee:
    made = {"rank": 4, "alpha": 8, "seed": 1, "pad_id": 2, "dtype": "float32", **more}
    trainee = Trainee(base, **made)
    noise = torch.Generator().manual_seed(2)
    for name, parameter in trainee.named.items():
        if ".lora_B." in name:  # zero at first, which would hide half of the gradients
            parameter.data.normal_(std=0.1, generator=noise)
    return trainee


def _theirs(base: Path, trainee: Trainee) -> PeftNet:
    net = PeftNet(base, rank=4, alpha=8, seed=1, pad_id=2, device=CPU, dtype=torch.float32)
    assert list(net.named) == list(trainee.named)
    for name, parameter in trainee.named.items():
        net.named[name].data.copy_(parameter.data)
    return net


def _require_same_gradients(ours: Trainee, theirs: PeftNet) -> None:
    for name, parameter in ours.named.items():
        assert parameter.grad is not None
        expected = theirs.named[name].grad
        torch.testing.assert_close(parameter.grad, expected, rtol=2e-3, atol=1e-5, msg=name)


@pytest.mark.parametrize("lengths", [[7], [5, 8, 20, 3], [300, 12, 300]], ids=str)
def test_losses_and_gradients_are_those_of_transformers_and_peft(
    base: Path, lengths: list[int]
) -> None:
    trainee, rows = _trainee(base), _rows(lengths)
    assert isinstance(trainee._net, LlamaNet)
    theirs = _theirs(base, trainee)
    losses, right = trainee._net.target_losses(rows)
    expected, expected_right = theirs.target_losses(rows)
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(right, expected_right)
    weights = torch.linspace(-1, 2, len(losses))
    (losses * weights).sum().backward()
    (expected * weights).sum().backward()
    _require_same_gradients(trainee, theirs)


def test_a_row_too_long_to_keep_its_layers_learns_the_same(base: Path) -> None:
    trainee, rows = _trainee(base), _rows([1500])
    theirs = _theirs(base, trainee)
    outcome = trainee.learn(rows)
    losses, _ = theirs.target_losses(rows)
    losses.mean().backward()
    assert outcome.loss == pytest.approx(float(losses.detach().mean()), rel=1e-4)
    _require_same_gradients(trainee, theirs)


def test_parts_of_a_batch_add_up(base: Path) -> None:
    whole, parts, rows = _trainee(base), _trainee(base), _rows([5, 8, 20, 3])
    whole.learn(rows)
    n_targets = sum(row.n_targets for row in rows)
    for row in rows:
        parts.learn([row], n_targets)
    torch.testing.assert_close(parts.gradients(), whole.gradients(), rtol=1e-3, atol=1e-6)


def test_log_probabilities_come_in_order_and_can_be_learned_from(base: Path) -> None:
    trainee, rows = _trainee(base), _rows([30, 4, 12])
    found = trainee.log_probabilities(rows)
    for row, value in zip(rows, found.detach(), strict=True):
        assert float(value) == pytest.approx(-trainee.judge([row]).loss_sum, rel=1e-4)
    (-found.sum() / 10).backward()
    other = _trainee(base)
    other.learn(rows, 10)
    torch.testing.assert_close(trainee.gradients(), other.gradients(), rtol=1e-3, atol=1e-6)


def test_peft_loads_what_we_save(base: Path, tmp_path: Path) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    trainee, rows = _trainee(base), _rows([12])
    trainee.save_adapter(tmp_path)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    worn = peft.PeftModel.from_pretrained(plain, tmp_path)
    with torch.no_grad():
        logits = worn(torch.tensor([rows[0].tokens])).logits[0]
    labels = torch.tensor(rows[0].labels)
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
    assert trainee.judge(rows).loss_sum == pytest.approx(float(expected), rel=1e-4)


def test_we_load_what_peft_saves(base: Path, tmp_path: Path) -> None:
    trainee, rows = _trainee(base), _rows([12])
    _theirs(base, trainee).save_adapter(tmp_path)
    other = _trainee(base, seed=5)
    other.load_adapter(load_file(tmp_path / ADAPTER))
    assert other.judge(rows).loss_sum == trainee.judge(rows).loss_sum


def test_an_adapter_of_another_size_is_refused(base: Path, tmp_path: Path) -> None:
    _trainee(base, rank=8).save_adapter(tmp_path)
    weights = load_file(tmp_path / ADAPTER)
    with pytest.raises(ValueError, match="does not fit this model"):
        _trainee(base).load_adapter(weights)
    with pytest.raises(ValueError, match="does not fit this model"):
        _trainee(base).load_adapter({})


def test_greedy_answers_are_those_of_transformers(base: Path) -> None:
    trainee = _trainee(base)
    theirs, prompt = _theirs(base, trainee), _rows([12])[0].tokens
    expected = theirs.greedy(prompt, 20, frozenset({2}))
    assert trainee.greedy(prompt, 20, frozenset({2})) == expected
    end = expected[3]
    assert trainee.greedy(prompt, 20, frozenset({end})) == expected[: expected.index(end)]


def test_a_family_that_is_not_ours_goes_to_transformers(tmp_path: Path) -> None:
    scaling = {"rope_type": "linear", "factor": 2.0}
    base = write_tiny(tmp_path, "llama", rope_scaling=scaling)
    trainee, rows = _trainee(base), _rows([7, 9])
    assert isinstance(trainee._net, PeftNet)
    before = trainee.judge(rows).loss
    assert trainee.learn(rows).loss == pytest.approx(before, rel=1e-5)
    assert len(trainee.log_probabilities(rows)) == 2


def test_the_same_seed_begins_with_the_same_numbers(base: Path) -> None:
    numbers = [_trainee(base, seed=seed).numbers()[0] for seed in (4, 4, 5)]
    assert torch.equal(numbers[0], numbers[1])
    assert not torch.equal(numbers[0], numbers[2])


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("lengths", [(31, 44, 37, 60), (5,), (9,)])
def test_the_number_of_threads_changes_no_bit(dtype: str, lengths: tuple[int, ...]) -> None:
    chance = random.Random(9)
    rows = [_row(chance, list(range(30, 50)), n) for n in lengths]
    trainee = _trainee(models_folder() / MODEL_ID, dtype=dtype, rank=16, alpha=32)
    trainee.numbers()[0].normal_(std=0.02)
    threads_before, found = torch.get_num_threads(), []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        outcome = trainee.learn(rows)
        found.append((outcome.loss_sum, trainee.gradients()[0].clone()))
        trainee.gradients()[0].zero_()
    torch.set_num_threads(threads_before)
    assert found[0][0] == found[1][0]
    assert torch.equal(found[0][1], found[1][1])


def test_bfloat16_is_near_float32() -> None:
    chance = random.Random(9)
    rows = [_row(chance, list(range(30, 50)), n) for n in (31, 44)]
    base = models_folder() / MODEL_ID
    found = [_trainee(base, dtype=dtype, rank=16) for dtype in ("bfloat16", "float32")]
    losses = [trainee.learn(rows).loss for trainee in found]
    assert losses[0] == pytest.approx(losses[1], rel=5e-3)
    rough, exact = (trainee.gradients()[0] for trainee in found)
    assert float((rough - exact).norm() / exact.norm()) < 0.1
