"""Threads of an answer: more where cores are free, and never another answer for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.support.engine import MODEL_ID, models_folder
from tests.support.generation_fakes import WorkerUnderTest, start_order
from tests.support.tuned_folders import random_adapter
from tunedesk.engine.generation.pace import Pace
from tunedesk.engine.generation.protocol import Done, Piece, Start
from tunedesk.engine.generation.slices import SLICE_TOKENS
from tunedesk.engine.template import ChatTemplate

pytestmark = pytest.mark.engine

# With an adapter on the shipped base, two threads read a slice of so many tokens to other bits.
_TAIL_TOKENS = 5


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _threads_inside(pace: Pace, *, is_steady: bool = True) -> int:
    pace.begin(is_steady=is_steady)
    with pace.tokens(4):
        inside = torch.get_num_threads()
    assert torch.get_num_threads() == 1
    return inside


def test_free_cores_are_used_for_tokens_alone() -> None:
    assert _threads_inside(Pace(2, lambda: 0.1)) == 2
    assert _threads_inside(Pace(64, lambda: 0.0)) == 4
    assert _threads_inside(Pace(2, lambda: 1.5)) == 1
    assert _threads_inside(Pace(2, lambda: 0.1), is_steady=False) == 1


def _text_with_that_tail(base: Path) -> str:
    template = ChatTemplate(base)
    texts = ("word " * n for n in range(1, 65))
    return next(text for text in texts if _n_tokens(template, text) % SLICE_TOKENS == _TAIL_TOKENS)


def _n_tokens(template: ChatTemplate, text: str) -> int:
    return len(template.prompt([{"role": "user", "content": text}]))


def _said(scratch: Path, pace: Pace, order: Start) -> list[Piece]:
    worker = WorkerUnderTest(scratch, pace)
    worker.send(order)
    worker.start()
    said = worker.until(Done)
    worker.stop()
    return [one for one in said if isinstance(one, Piece)]


def test_threads_change_no_bit_of_an_answer(tmp_path: Path) -> None:
    base = models_folder() / MODEL_ID
    random_adapter(base, tmp_path / "adapter")
    order = start_order(
        "a", _text_with_that_tail(base), adapter=str(tmp_path / "adapter"), top_logprobs=5
    )
    one, two = (_said(tmp_path, pace, order) for pace in (Pace(1), Pace(2, lambda: 0.0)))
    assert sum(len(piece.chances) for piece in one) == 8
    assert one == two
