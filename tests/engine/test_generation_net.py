"""The net that answers, held against transformers' of the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.small_nets import KINDS, expected_logits, random_tokens, write_net
from tunedesk.engine.generation.net import Net
from tunedesk.engine.generation.net_build import build_net

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore::FutureWarning")]

CPU = torch.device("cpu")
ROOM = 1000


def _net(folder: Path, **settings: Any) -> tuple[Any, Net]:
    theirs, shape = write_net(folder, **settings)
    return theirs, build_net(folder, shape, CPU, torch.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_same_logits_as_transformers(tmp_path: Path, kind: str) -> None:
    theirs, ours = _net(tmp_path, **KINDS[kind])
    tokens, cache = random_tokens(90), ours.new_cache(ROOM)
    ours.logits(tokens[:40], cache)
    for n in range(40, 90):  # one by one, across the first growth of the cache
        found = ours.logits([tokens[n]], cache)
    expected = expected_logits(theirs, tokens)
    assert found.dtype == torch.float32
    assert expected.std() > 0.5
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4)


def test_a_prompt_in_slices_is_the_prompt_as_a_whole(tmp_path: Path) -> None:
    theirs, ours = _net(tmp_path)
    tokens = random_tokens(700)
    expected = expected_logits(theirs, tokens)
    for size in (700, 256, 64, 3):
        cache = ours.new_cache(700)
        for start in range(0, 700, size):
            found = ours.logits(tokens[start : start + size], cache)
        torch.testing.assert_close(found, expected, rtol=0, atol=5e-4)


def test_forks_go_their_own_ways(tmp_path: Path) -> None:
    theirs, ours = _net(tmp_path)
    tokens = random_tokens(63)
    cache = ours.new_cache(ROOM)
    ours.logits(tokens, cache)
    twin = cache.fork()
    for token in (1, 2, 3):
        ours.logits([token], cache)
    found = ours.logits([9], twin)
    torch.testing.assert_close(found, expected_logits(theirs, [*tokens, 9]), rtol=0, atol=2e-4)
    found = ours.logits([4], cache)
    expected = expected_logits(theirs, [*tokens, 1, 2, 3, 4])
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4)


def test_two_conversations_do_not_disturb_each_other(tmp_path: Path) -> None:
    _, ours = _net(tmp_path)
    alone, one, other = (ours.new_cache(ROOM) for _ in range(3))
    ours.logits([5, 6], alone)
    expected = ours.logits([7], alone)
    ours.logits([5, 6], one)
    ours.logits([8, 9, 10], other)
    assert torch.equal(ours.logits([7], one), expected)


def test_memory_grows_with_the_conversation_and_stays_below_its_room(tmp_path: Path) -> None:
    _, ours = _net(tmp_path)
    cache = ours.new_cache(400)
    assert cache.n_bytes == 0
    a_token = 2 * 3 * 2 * 16 * 4  # keys and values, layers, heads, head size, bytes
    ours.logits(random_tokens(10), cache)
    assert cache.n_bytes <= 320 * a_token
    ours.logits(random_tokens(390), cache)
    assert cache.n_bytes <= 448 * a_token
    with pytest.raises(ValueError, match="given room for 400"):
        ours.logits([1], cache)


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    _, ours = _net(tmp_path)
    with pytest.raises(ValueError, match="no tokens"):
        ours.logits([], ours.new_cache(ROOM))


@pytest.mark.parametrize("n_tokens", [1, 5])
def test_threads_do_not_change_a_bit(tmp_path: Path, n_tokens: int) -> None:
    _, shape = write_net(tmp_path)
    ours = build_net(tmp_path, shape, CPU)
    before = torch.get_num_threads()
    found = []
    for n_threads in (1, 2, 3):
        torch.set_num_threads(n_threads)
        cache = ours.new_cache(ROOM)
        ours.logits(random_tokens(50), cache)
        found.append(ours.logits(random_tokens(n_tokens), cache))
    torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
