"""The parts of generation that need no model: text from tokens, stops, sampling."""

from __future__ import annotations

import pytest
import torch

from tests.support.engine import MODEL_ID, models_folder
from tunedesk.engine.generation.sampling import Sampler
from tunedesk.engine.generation.text import TextStream
from tunedesk.engine.template import ChatTemplate

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate(models_folder() / MODEL_ID)


def _pieces(template: ChatTemplate, text: str, stops: list[str]) -> tuple[list[str], bool]:
    stream = TextStream(template.tokenizer, stops)
    pieces = []
    for token in template.tokenizer.encode(text, add_special_tokens=False).ids:
        pieces.append(stream.feed(token))
        if stream.stopped:
            return pieces, True
    return [*pieces, stream.rest()], False


@pytest.mark.parametrize(
    "text", ["Hello, world.", "naïve café", "ภาษาไทยและ日本語", "🙂👩‍👩‍👧 e\u0301", " lead\n\n x "]
)
def test_pieces_are_whole_characters_and_lose_nothing(template: ChatTemplate, text: str) -> None:
    pieces, _ = _pieces(template, text, [])
    assert "".join(pieces) == text
    assert "\ufffd" not in "".join(pieces)
    assert len(pieces) > 3


@pytest.mark.parametrize("stop", ["four", " four", "ree fo", "e f", "five."])
def test_a_stop_is_found_across_tokens_and_never_shown(template: ChatTemplate, stop: str) -> None:
    text = "one two three four five."
    pieces, stopped = _pieces(template, text, ["never", stop])
    assert stopped
    assert "".join(pieces) == text[: text.index(stop)]


def test_a_half_stop_at_the_end_is_given_back(template: ChatTemplate) -> None:
    pieces, stopped = _pieces(template, "one two thr", ["three"])
    assert (not stopped, "".join(pieces)) == (True, "one two thr")


def test_greedy_takes_the_likeliest() -> None:
    assert Sampler(0, 1, None).pick(torch.tensor([0.1, 3.0, 0.2])) == 1


def test_top_p_never_leaves_the_nucleus() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    sampler = Sampler(1.0, 0.7, seed=3)
    assert {sampler.pick(logits) for _ in range(200)} == {0, 1}
    assert {Sampler(1.0, 0.0, seed=s).pick(logits) for s in range(20)} == {0}


def test_low_temperature_is_nearly_greedy_and_seeds_repeat() -> None:
    logits = torch.tensor([1.0, 2.0, 1.5])
    assert {Sampler(0.01, 1, seed).pick(logits) for seed in range(20)} == {1}
    once, again = Sampler(1, 1, 9), Sampler(1, 1, 9)
    assert [once.pick(logits) for _ in range(50)] == [again.pick(logits) for _ in range(50)]
