"""The blind protocol: who sits where, and how much may be read before the vote."""

from __future__ import annotations

import hashlib
from typing import Literal

Seat = Literal["A", "B"]

_REPEAT_SHARE = 0.05


def first_seat(seed: int, round_index: int) -> Seat:
    """Seat of the first contender in this round; the other contender takes the other seat.

    Drawn for each round on its own: a scheme that balances pairs of rounds would let whoever
    knows one round's seats tell the next one's.
    """
    drawn = hashlib.sha256(f"seat:{seed}:{round_index}".encode()).digest()
    return "A" if drawn[0] % 2 == 0 else "B"


def is_repeated(seed: int, round_id: str) -> bool:
    """Whether a round is shown once more later: one in twenty, drawn for each on its own."""
    drawn = hashlib.sha256(f"repeat:{seed}:{round_id}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") < _REPEAT_SHARE * 2**32


def other_seat(seat: Seat) -> Seat:
    """The seat across the table."""
    return "B" if seat == "A" else "A"


def shown_length(lengths: tuple[int, int], finished: tuple[bool, bool]) -> int:
    """Characters of each answer that may be shown now, the same number for both.

    Both grow at the pace of the slower one, so that speed does not tell who writes: the limit is
    the length of the shortest answer that is still growing, or of the longest once both are done.
    An answer shorter than the limit is shown whole. The limit never shrinks while answers grow.
    """
    growing = [length for length, done in zip(lengths, finished, strict=True) if not done]
    return min(growing) if growing else max(lengths)
