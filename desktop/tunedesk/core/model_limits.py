"""How many tokens of a row the known families of models read, and how these are counted.

Figures are those of the providers' fine-tuning guides, November 2026. What a row has beyond is cut
off, not refused.
"""

from __future__ import annotations

from typing import NamedTuple


class ModelLimit(NamedTuple):
    """`encoding` is tiktoken's; a small open model's own tokens are only estimated by it."""

    limit_tokens: int
    encoding: str = "o200k_base"


_FAMILIES: dict[str, ModelLimit] = {
    "gpt-3.5": ModelLimit(16_385, "cl100k_base"),
    "gpt-4.1": ModelLimit(65_536),
    "gpt-4o": ModelLimit(65_536),
    "smollm2": ModelLimit(2_048),
}
"""By the beginning of a model's name, in small letters."""


def limit_of(model: str) -> ModelLimit | None:
    """The limit of a model, of a tuned one by its base; None for a family that is not known."""
    base = base_of(model)
    known = (limit for family, limit in _FAMILIES.items() if base.startswith(family))
    return next(known, None)


def base_of(model: str) -> str:
    """A model's name without its owner, a tuned one's base; in small letters."""
    return model.strip().lower().removeprefix("ft:").partition(":")[0].rpartition("/")[2]


def known_families() -> tuple[str, ...]:
    """For a message that says what can be asked for."""
    return tuple(_FAMILIES)
