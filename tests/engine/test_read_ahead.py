"""Reading ahead: the exact net's bits, whoever chooses the tokens and however well one guesses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.small_nets import random_tokens, write_net
from tests.support.tuned_folders import random_adapter
from tunedesk.engine.generation import read_ahead
from tunedesk.engine.generation.exact import ExactNet
from tunedesk.engine.generation.exact_adapter import read_exact_adapter
from tunedesk.engine.generation.exact_rows import EachRow
from tunedesk.engine.generation.family import exact_net
from tunedesk.engine.generation.protocol import Sampling
from tunedesk.engine.generation.read_ahead import ReadAheadNet
from tunedesk.engine.generation.sampling import Sampler
from tunedesk.engine.nets.product import Product
from tunedesk.engine.nets.shape import Shape

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.usefixtures("one_thread"),
]

PROMPT, N_TOKENS = random_tokens(30), 30
WIDE = {"intermediate_size": 1536}  # one row is added up in other pieces than several

Choose = Callable[[torch.Tensor], int]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Shape]:
    """A base, an adapter of it, and its shape."""
    root = tmp_path_factory.mktemp("nets")
    _, shape = write_net(root / "base", **WIDE)
    random_adapter(root / "base", root / "adapter", rank=4)
    return root / "base", root / "adapter", shape


def _choosers() -> dict[str, Callable[[], Choose]]:
    """Greedy: nearly every guess comes true; drawn: some; the least likely: none."""
    settings = Sampling(temperature=1.0, top_p=0.95, seed=5)
    return {
        "greedy": lambda: lambda logits: int(logits.argmax()),
        "drawn": lambda: Sampler(settings).pick,
        "contrary": lambda: lambda logits: int(logits.argmin()),
    }


def _answer(logits: Callable[[list[int]], torch.Tensor], choose: Choose) -> list[torch.Tensor]:
    found = [logits(PROMPT)]
    while len(found) <= N_TOKENS:
        found.append(logits([choose(found[-1])]))
    return found


@pytest.mark.parametrize("chooser", _choosers())
@pytest.mark.parametrize("is_tuned", [False, True])
def test_no_bit_is_another(folders: tuple[Path, Path, Shape], chooser: str, is_tuned: bool) -> None:
    base, adapter, shape = folders
    plain, ours = ExactNet(base, shape), exact_net(base, shape)
    worn = read_exact_adapter(adapter, shape) if is_tuned else None
    ours.wear(str(adapter) if is_tuned else None)
    room = len(PROMPT) + N_TOKENS
    alone, ahead = plain.new_cache(room), ours.new_cache(room)
    expected = _answer(lambda t: plain.logits(t, alone, worn), _choosers()[chooser]())
    found = _answer(lambda t: ours.logits(t, ahead), _choosers()[chooser]())
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def _counted(net: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens each pass over several of them read."""
    passes: list[int] = []
    each = net._exact.each

    def counted(tokens: list[int], *rest: Any) -> torch.Tensor:
        passes.append(len(tokens))
        found: torch.Tensor = each(tokens, *rest)
        return found

    monkeypatch.setattr(net._exact, "each", counted)
    return passes


def _after(net: Any, cache: Any, tokens: list[int]) -> torch.Tensor:
    found: torch.Tensor = net.logits(tokens, cache)
    return found


def test_what_comes_true_is_read_once_and_what_does_not_is_tried_less(
    folders: tuple[Path, Path, Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, _, shape = folders
    net: Any = exact_net(base, shape)._net
    assert isinstance(net, ReadAheadNet)
    n_rounds = {}
    for chooser in ("greedy", "contrary"):
        passes = _counted(net, monkeypatch)
        cache = net.new_cache(len(PROMPT) + N_TOKENS)
        _answer(partial(_after, net, cache), _choosers()[chooser]())
        n_rounds[chooser] = len(passes)
        monkeypatch.undo()
    assert 0 < n_rounds["greedy"] < N_TOKENS / 2
    assert n_rounds["contrary"] < N_TOKENS / 2  # most tokens by themselves


def test_a_fork_goes_its_own_way(folders: tuple[Path, Path, Shape]) -> None:
    base, _, shape = folders
    plain, ours = ExactNet(base, shape), exact_net(base, shape)
    alone, ahead = plain.new_cache(100), ours.new_cache(100)
    first = ours.logits(PROMPT, ahead)
    assert torch.equal(first, plain.logits(PROMPT, alone))
    token = int(first.argmax())
    ours.logits([token], ahead)
    plain.logits([token], alone)
    for answer in ([7, 8, 9], [9, 8, 7]):  # whatever was guessed
        fork, own = ours.fork(ahead), alone.fork()
        for one in answer:
            assert torch.equal(ours.logits([one], fork), plain.logits([one], own))


def test_a_machine_where_rows_differ_reads_one_after_the_other(
    folders: tuple[Path, Path, Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, _, shape = folders
    one_by_one = ExactNet.each
    monkeypatch.setattr(ExactNet, "each", lambda *a: one_by_one(*a).mul(1 + 2**-20))
    assert not read_ahead.reads_each_alike(ExactNet(base, shape), shape)
    assert isinstance(exact_net(base, shape)._net, ExactNet)


@pytest.mark.parametrize("n_in", [64, 576, 1100, 1536, 3000])
def test_each_row_has_the_bits_it_has_alone(n_in: int) -> None:
    torch.manual_seed(1)
    half = torch.randn(96, n_in // 2)
    matrix = torch.cat((half, half), 1).bfloat16()
    numbers = torch.randn(9, n_in // 2)
    rows = torch.cat((numbers, -numbers), 1).bfloat16()  # what is left is rounding alone
    product = Product(matrix)
    alone = torch.cat([product(row) for row in torch.split(rows, 1)])
    assert torch.equal(EachRow(matrix, product)(rows), alone)
