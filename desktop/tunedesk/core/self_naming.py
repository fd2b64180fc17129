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
_MAKER_OF_NO_NAME = "language model by"
_STRETCH_CHARS, _LONGEST_CLAIM_CHARS = 16_000, 400
_WORDS_OF_MODELS = frozenset(
    {"the", "model", "base", "tuned", "fine", "tune", "style", "step", "epoch", "chat", "test",
     "instruct", "sample", "support", "kept", "answers", "data", "job", "mini", "and", "for"}
)  # fmt: skip


def names_itself(text: str, own_names: Iterable[str] = ()) -> str | None:
    """The words in which an answer names its maker or itself, None if it does not.

    Found are "I am X", "as X", "my name is X", "call me X" and "made (trained, developed) by X"
    with a known maker or one of `own_names`, and names of products. A maker that is only spoken of
    ("Google was founded in 1998") is not found. `own_names` are labels and ids of the two models;
    each of their words counts that is no common word. A long text is looked at in stretches, each
    of them some milliseconds at most: other threads have their turn between two.
    """
    own = sorted({word for name in own_names for word in _words(name)})
    named = "|".join([*map(re.escape, (*_MAKERS, *own)), f"an? (?:AI|large) {_MAKER_OF_NO_NAME}"])
    claims = (
        rf"(?i)\b(?:I am|I['’]m|my name is|call me|this is|as)\s+(?:an? |the )?(?:{named})\b",
        rf"(?i)\b(?:made|built|trained|created|developed|designed)\s+by\s+(?:{named})\b",
        rf"\b(?:{'|'.join(_PRODUCTS)})",
    )
    patterns = [re.compile(claim) for claim in claims]
    needles = [name.casefold() for name in (*_MAKERS, *own, _MAKER_OF_NO_NAME)]
    for start in range(0, len(text), _STRETCH_CHARS):
        end = start + _STRETCH_CHARS + _LONGEST_CLAIM_CHARS
        stretch = text[start:end].casefold()
        if not any(needle in stretch for needle in needles):  # most have none, and this is quick
            continue
        found = (pattern.search(text, start, end) for pattern in patterns)
        first = next((match for match in found if match is not None), None)
        if first is not None:
            return first.group(0)
    return None


def _words(name: str) -> Iterable[str]:
    """The name and its words, longest names first by nature of what they are."""
    for word in (name, *re.split(r"[^\w]+", name)):
        is_word = len(word) >= _LEAST_LETTERS and not word.isdigit()
        if is_word and word.casefold() not in _WORDS_OF_MODELS:
            yield word
