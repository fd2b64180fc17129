"""What else may have moved the votes: the seat, the length, and how steady the rater is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tunedesk.core.statistics.proportions import Share, share_of

Length = tuple[int, int, bool]
"""A decided vote: characters of the tuned answer, of the base answer, whether tuned won."""


class LengthEffect(msgspec.Struct, frozen=True, kw_only=True):
    """`longer_won`: how often the longer answer won, over decided votes on answers of unequal
    length. The tuned model's share where its answer was the longer, and the shorter, of the two:
    where these are alike, length does not explain who won."""

    longer_won: Share
    when_longer: Share
    when_shorter: Share


def length_effect(votes: Iterable[Length]) -> LengthEffect:
    """Preference for length, which judges of text are known to have: P. Singhal et al., "A long
    way to go: investigating length correlations in RLHF" (2023). Split by which of the two was
    the longer (stratified), since one model may always be both the longer and the better.
    """
    unequal = [(tuned > base, won) for tuned, base, won in votes if tuned != base]
    when_longer = [won for is_longer, won in unequal if is_longer]
    when_shorter = [won for is_longer, won in unequal if not is_longer]
    n_longer_won = sum(when_longer) + when_shorter.count(False)
    return LengthEffect(
        longer_won=share_of(n_longer_won, len(unequal)),
        when_longer=share_of(sum(when_longer), len(when_longer)),
        when_shorter=share_of(sum(when_shorter), len(when_shorter)),
    )


def seat_bias(left_picks: int, n_decided: int) -> Share:
    """How often the left answer won. Seats are drawn by coin, so without a bias for a side it is
    one half whichever model is better: the sign test on the seat (see `sign_test`).
    """
    return share_of(left_picks, n_decided)


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """Two votes of one rater on the same pair of answers. `agreed` counts equal choices (of the
    model, a tie or both bad); `n_turned` went to the other model; `n_same_seat` of those went to
    the same side both times. `kappa` is the agreement beyond chance, None where it has no value.
    """

    agreed: Share
    n_turned: int
    n_same_seat: int
    kappa: float | None


Repeat = tuple[str, str, bool]
"""First choice, second choice ("tuned", "base", "tie", "both_bad"), whether the side is the
same both times."""


def consistency(repeats: Sequence[Repeat]) -> Consistency:
    """How steady a rater is, from pairs of answers that were shown twice."""
    turned = [same for one, two, same in repeats if {one, two} == {"tuned", "base"}]
    return Consistency(
        agreed=share_of(sum(one == two for one, two, _ in repeats), len(repeats)),
        n_turned=len(turned),
        n_same_seat=sum(turned),
        kappa=cohens_kappa([(one, two) for one, two, _ in repeats]),
    )


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement beyond chance: 1 for always, 0 for as by chance. None without pairs, and where
    one choice was made throughout.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20 (1960), 37–46.
    """
    if not pairs:
        return None
    n = len(pairs)
    firsts, seconds = [one for one, _ in pairs], [two for _, two in pairs]
    observed = sum(one == two for one, two in pairs) / n
    by_chance = sum(firsts.count(name) * seconds.count(name) for name in set(firsts)) / n**2
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)
