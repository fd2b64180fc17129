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
    return "test" if draw(prompt_digest, seed) < threshold(test_share) else "train"


def draw(prompt_digest: str, seed: int) -> int:
    """What the prompt drew, 0 to 2**64 - 1: below the `threshold` it is in test."""
    drawn = hashlib.sha256(f"{seed}:{prompt_digest}".encode()).digest()
    return int.from_bytes(drawn[:8], "big")


def threshold(test_share: float) -> int:
    """0 to 2**64 for a share of test from 0 to 1."""
    return int(min(max(test_share, 0.0), 1.0) * _SPACE)
