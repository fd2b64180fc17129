"""How large a model is, read from its name."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)([bm])(?![A-Za-z0-9])", re.IGNORECASE)


def billions_in(model: str) -> float | None:
    """Billions of parameters that the name tells: "Llama-3.1-8B" → 8, "SmolLM2-135M" → 0.135.

    Of several the largest, as in "Qwen3-30B-A3B"; None where the name tells none.
    """
    found = [float(number) / (1000 if unit in "mM" else 1) for number, unit in _SIZE.findall(model)]
    return max(found, default=None)
