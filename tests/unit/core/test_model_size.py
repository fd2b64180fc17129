"""A model's size as its name tells it."""

from __future__ import annotations

import pytest

from tunedesk.core.model_size import billions_in


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("smollm2-135m-instruct", 0.135),
        ("meta-llama/Llama-3.1-8B-Instruct", 8),
        ("openai/gpt-oss-20b", 20),
        ("Qwen/Qwen2.5-0.5B", 0.5),
        ("Qwen/Qwen3-30B-A3B", 30),
        ("qwen2.5-1.5b-instruct-q4_k_m", 1.5),
        ("gpt-4.1-mini-2025-04-14", None),
        ("mistralai/Mixtral-8x7B", None),
        ("gpt-4o", None),
        ("", None),
    ],
)
def test_the_size_is_read_where_the_name_tells_it(model: str, billions: float | None) -> None:
    assert billions_in(model) == billions
