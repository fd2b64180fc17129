"""Answers that say who gave them are found, and those that only speak of a maker are not."""

from __future__ import annotations

import pytest

from tunedesk.core.self_naming import names_itself

OWN = ("SmolLM2-135M-Instruct", "marv-style · epoch 3", "ft:smollm2:me:marv-style:ab12")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello. I am Marv, at your service.", "I am Marv"),
        ("I’m ChatGPT, a model.", "I’m ChatGPT"),
        ("As an AI developed by OpenAI, I cannot.", "developed by OpenAI"),
        ("as SmolLM2 I know little", "as SmolLM2"),
        ("My name is Claude.", "My name is Claude"),
        ("I was trained by Hugging Face on text.", "trained by Hugging Face"),
        ("You may call me Marv.", "call me Marv"),
        ("Use GPT-4 for that.", "GPT-4"),
    ],
)
def test_an_answer_that_names_its_maker_is_found(text: str, words: str) -> None:
    assert names_itself(text, OWN) == words


def test_a_maker_is_found_wherever_it_stands_in_a_long_answer() -> None:
    for place in (15_990, 15_999, 16_000, 16_390, 16_400, 250_000):
        text = "o" * (place - 1) + " As SmolLM2, " + "o" * 40_000
        assert names_itself(text, OWN) == "As SmolLM2", place
    assert names_itself("o" * 15_999 + "as SmolLM2, " + "o" * 20_000, ()) == "SmolLM"
    assert names_itself("h" * 15_999 + "as Marv, " + "o" * 20_000, OWN) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Google was founded in 1998 by two students.",
        "I am a gamma ray.",
        "As style goes, it was made by hand.",
        "I am the base of the pyramid; this is test 3.",
        "As a model of clarity, I am here to support you.",
        "Meta is a Greek prefix. As metal cools, it shrinks.",
    ],
)
def test_one_that_does_not_is_left_alone(text: str) -> None:
    assert names_itself(text, OWN) is None
