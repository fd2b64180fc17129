"""The parts of generation that need no model: text from tokens, stops, sampling."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.engine import MODEL_ID, models_folder
from tunedesk.engine.generation.chances import Chances
from tunedesk.engine.generation.protocol import Sampling
from tunedesk.engine.generation.sampling import Sampler
from tunedesk.engine.generation.text import TextStream
from tunedesk.engine.generation.token_texts import TokenTexts
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


def test_characters_given_out_and_held_back_are_counted(template: ChatTemplate) -> None:
    stream = TextStream(template.tokenizer, ["three"])
    shown = "".join(
        stream.feed(token)
        for token in template.tokenizer.encode("one two thr", add_special_tokens=False).ids
    )
    assert (stream.n_certain, stream.n_known) == (len(shown), len("one two thr"))


def _sampler(choice: int = 0, **settings: Any) -> Sampler:
    return Sampler(Sampling(**settings), choice)


def test_greedy_takes_the_likeliest() -> None:
    assert _sampler(temperature=0).pick(torch.tensor([0.1, 3.0, 0.2])) == 1


def test_top_p_never_leaves_the_nucleus() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    sampler = _sampler(top_p=0.7, seed=3)
    assert {sampler.pick(logits) for _ in range(200)} == {0, 1}
    assert {_sampler(top_p=0.0, seed=s).pick(logits) for s in range(20)} == {0}


def test_low_temperature_is_nearly_greedy_and_seeds_repeat() -> None:
    logits = torch.tensor([1.0, 2.0, 1.5])
    assert {_sampler(temperature=0.01, seed=seed).pick(logits) for seed in range(20)} == {1}
    once, again, other = (_sampler(choice, seed=-9) for choice in (0, 0, 1))
    drawn = [[sampler.pick(logits) for _ in range(50)] for sampler in (once, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_frequencies_are_those_of_the_softmax() -> None:
    logits = torch.tensor([0.6, 0.3, 0.1]).log()
    sampler = _sampler(seed=5)
    drawn = [sampler.pick(logits) for _ in range(3000)]
    assert [drawn.count(token) / 3000 for token in range(3)] == pytest.approx(
        [0.6, 0.3, 0.1], abs=0.04
    )


def test_drawing_among_the_allowed_keeps_their_proportions() -> None:
    logits = torch.tensor([0.9, 0.06, 0.04]).log()
    sampler = _sampler(seed=6)
    drawn = [sampler.pick(logits, lambda token: token > 0) for _ in range(2000)]
    assert drawn.count(0) == 0
    assert drawn.count(1) / 2000 == pytest.approx(0.6, abs=0.05)


def test_where_the_nucleus_holds_nothing_allowed_the_likeliest_allowed_comes() -> None:
    logits = torch.tensor([5.0, 1.0, 2.0])
    assert _sampler(top_p=0.1, seed=1).pick(logits, lambda token: token > 0) == 2
    assert _sampler(temperature=0).pick(logits, lambda token: token > 0) == 2
    with pytest.raises(ValueError, match="no token"):
        _sampler(temperature=0).pick(logits, lambda token: False)


def test_presence_counts_once_and_frequency_each_time() -> None:
    logits = torch.tensor([1.0, 0.5, 0.0])
    present = _sampler(temperature=0, presence_penalty=0.6)
    assert [present.pick(logits) for _ in range(4)] == [0, 1, 0, 0]
    frequent = _sampler(temperature=0, frequency_penalty=0.3)
    assert [frequent.pick(logits) for _ in range(6)] == [0, 0, 1, 0, 1, 0]
    assert logits.tolist() == [1.0, 0.5, 0.0]


def test_bias_forces_and_forbids() -> None:
    logits = torch.tensor([1.0, 0.5, 0.0])
    assert _sampler(logit_bias={2: 100.0}, seed=1).pick(logits) == 2
    banned = _sampler(logit_bias={0: -100.0, 1: -100.0}, seed=1)
    assert {banned.pick(logits) for _ in range(50)} == {2}


def test_logits_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(ValueError, match="NaN"):
        _sampler(temperature=0).pick(torch.tensor([0.0, float("nan")]))


def test_log_probabilities_are_those_of_a_direct_softmax(template: ChatTemplate) -> None:
    logits = torch.randn(49152, generator=torch.Generator().manual_seed(4)) * 3
    token = 504
    found = Chances(TokenTexts(template.tokenizer), 5).of(token, logits)
    exact = logits.double().exp() / logits.double().exp().sum()
    assert found.logprob == pytest.approx(float(exact[token].log()), abs=1e-4)
    best = exact.sort(descending=True)
    assert [rival.logprob for rival in found.top_logprobs] == pytest.approx(
        best.values[:5].log().tolist(), abs=1e-4
    )
    tokenizer = template.tokenizer
    assert [rival.token for rival in found.top_logprobs] == [
        TokenTexts(tokenizer).shown(int(place)) for place in best.indices[:5]
    ]


def test_impossible_tokens_have_a_number_too(template: ChatTemplate) -> None:
    logits = torch.full((49152,), float("-inf"))
    logits[7] = 0.0
    found = Chances(TokenTexts(template.tokenizer), 2).of(9, logits)
    assert found.logprob == -9999.0
    assert found.top_logprobs[0].logprob == 0.0


@pytest.mark.parametrize("text", ["Hello, world.", "na\u00efve \u0e20\u0e32", "\U0001f642 x\n"])
def test_bytes_of_tokens_join_to_the_text(template: ChatTemplate, text: str) -> None:
    texts = TokenTexts(template.tokenizer)
    tokens = template.tokenizer.encode(text, add_special_tokens=False).ids
    assert b"".join(texts.bytes(token) for token in tokens).decode() == text
    for token in tokens:
        shown = texts.shown(token)
        assert shown.encode() == texts.bytes(token) or shown.startswith("\\x")


def test_special_tokens_add_no_text_but_have_a_name(template: ChatTemplate) -> None:
    texts = TokenTexts(template.tokenizer)
    end = min(template.end_ids)
    assert (texts.text(end), texts.shown(end)) == ("", template.tokenizer.id_to_token(end))
