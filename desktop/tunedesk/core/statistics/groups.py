"""Many questions at once: who won where a reason or a tag was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tunedesk.core.statistics.proportions import SIGNIFICANCE, Share, share_of


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Votes that have something in common. `even` are ties and both-bad votes; `share` is the
    tuned model's among the decided; `adjusted_p` is Holm's over the groups of one table."""

    name: str
    wins: int
    losses: int
    even: int
    share: Share
    adjusted_p: float

    @property
    def n_votes(self) -> int:
        return self.wins + self.losses + self.even

    @property
    def is_clear(self) -> bool:
        """Whether it stands after all the groups were looked at."""
        return self.adjusted_p < SIGNIFICANCE


Counts = tuple[str, int, int, int]
"""Name, wins, losses, even."""


def grouped(counts: Iterable[Counts]) -> list[Group]:
    """The groups of one table, most votes first, each p-value corrected for the others.

    Holm and not Benjamini–Hochberg: each line of the table will be read as a claim of its own
    ("better in tone"), so the chance of even one false claim is to stay below 0.05, and a vote
    that has two reasons makes the tests depend on each other, which Holm's correction allows in
    any form. Groups without a decided vote are no tests and do not count among them.
    """
    lines = sorted(counts, key=lambda line: (-sum(line[1:]), line[0]))
    shares = [share_of(wins, wins + losses) for _, wins, losses, _ in lines]
    tested = [share.p_value for share in shares if share.n]
    adjusted = iter(holm(tested))
    return [
        Group(
            name=name,
            wins=wins,
            losses=losses,
            even=even,
            share=share,
            adjusted_p=next(adjusted) if share.n else 1.0,
        )
        for (name, wins, losses, even), share in zip(lines, shares, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order: each below 0.05 may be believed, all together.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65–70: the k-th smallest of m is multiplied by m - k + 1, and none is
    less than the one before it. Raises ValueError for what is no p-value.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value is between 0 and 1")
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[at]))
        adjusted[at] = largest
    return adjusted
