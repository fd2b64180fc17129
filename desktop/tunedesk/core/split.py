"""Which side of the split a row is on, from its prompt alone."""

from __future__ import annotations

import hashlib
from typing import Literal

Side = Literal["train", "test"]

_SPACE = 2**64


def assign(prompt_digest: str, seed: int, test_share: float) -> Side:
    """Side of every row with this prompt; `test_share` is the wanted share of test, 0 to 1.

    A pure function of its arguments: reordering, adding or deleting rows moves no other row, and
    equal prompts are never on both sides. A larger share keeps every prompt that was in test.
    The share is met on average, not exactly: each prompt is drawn on its own.
    """
    drawn = hashlib.sha256(f"{seed}:{prompt_digest}".encode()).digest()
    threshold = int(min(max(test_share, 0.0), 1.0) * _SPACE)
    return "test" if int.from_bytes(drawn[:8], "big") < threshold else "train"
