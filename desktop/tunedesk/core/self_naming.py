"""Answers that say who gave them, which a blind vote cannot be blind to."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAKERS = (
    "OpenAI", "ChatGPT", "GPT", "Anthropic", "Claude", "Google", "Gemini", "Gemma", "Meta AI",
    "Llama", "Mistral", "Mixtral", "Qwen", "Alibaba", "DeepSeek", "Nebius", "Hugging Face",
    "SmolLM", "Microsoft", "Phi", "Cohere", "Grok", "xAI",
)  # fmt: skip
_PRODUCTS = ("ChatGPT", "SmolLM", "GPT-[0-9]", "Claude [0-9]", "Qwen[0-9]", "Gemini [0-9]")
_LEAST_LETTERS = 3
_WORDS_OF_MODELS = frozenset(
    {"the", "model", "base", "tuned", "fine", "tune", "style", "step", "epoch", "chat", "test",
     "instruct", "sample", "support", "kept", "answers", "data", "job", "mini", "and", "for"}
)  # fmt: skip


def names_itself(text: str, own_names: Iterable[str] = ()) -> str | None:
    """The words in which an answer names its maker or itself, None if it does not.

    Found are "I am X", "as X", "my name is X", "call me X" and "made (trained, developed) by X"
    with a known maker or one of `own_names`, and names of products. A maker that is only spoken of
    ("Google was founded in 1998") is not found. `own_names` are labels and ids of the two models;
    each of their words counts that is no common word.
    """
    own = sorted({word for name in own_names for word in _words(name)})
    named = "|".join([*map(re.escape, (*_MAKERS, *own)), "an? (?:AI|large) language model by"])
    claims = (
        rf"(?i)\b(?:I am|I['’]m|my name is|call me|this is|as)\s+(?:an? |the )?(?:{named})\b",
        rf"(?i)\b(?:made|built|trained|created|developed|designed)\s+by\s+(?:{named})\b",
        rf"\b(?:{'|'.join(_PRODUCTS)})",
    )
    found = (re.search(claim, text) for claim in claims)
    first = next((match for match in found if match is not None), None)
    return first.group(0) if first is not None else None


def _words(name: str) -> Iterable[str]:
    """The name and its words, longest names first by nature of what they are."""
    for word in (name, *re.split(r"[^\w]+", name)):
        is_word = len(word) >= _LEAST_LETTERS and not word.isdigit()
        if is_word and word.casefold() not in _WORDS_OF_MODELS:
            yield word
