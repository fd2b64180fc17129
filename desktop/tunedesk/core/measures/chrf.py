"""chrF: how alike two texts are in their character n-grams; no word lists, so any language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

ORDERS = 6
_BETA_SQUARED = 4.0  # recall counts twice as much: beta 2

Counts = list[tuple[int, int, int]]
"""For each order of n-gram, from 1: how many the hypothesis has, the reference has, both have."""


def chrf(hypothesis: str, reference: str) -> float:
    """Score of one text, 0 to 100; white space does not count.

    M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT (2015),
    392–395, with sacrebleu's choices (n-grams of 1 to 6, beta 2, no smoothing, orders that one of
    the texts is too short for left out), to which it is equal in the tests.
    """
    return _score(counts_of(hypothesis, reference))


def corpus_chrf(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Score of many (hypothesis, reference), their n-grams counted together; None for none.

    It is no mean of the texts' own scores: long texts weigh more.
    """
    total: Counts | None = None
    for hypothesis, reference in pairs:
        counts = counts_of(hypothesis, reference)
        if total is None:
            total = counts
        else:
            total = [
                (a + d, b + e, c + f) for (a, b, c), (d, e, f) in zip(total, counts, strict=True)
            ]
    return None if total is None else _score(total)


def counts_of(hypothesis: str, reference: str) -> Counts:
    """What the score is made of."""
    ours, theirs = "".join(hypothesis.split()), "".join(reference.split())
    return [_order(ours, theirs, n) for n in range(1, ORDERS + 1)]


def _order(ours: str, theirs: str, n: int) -> tuple[int, int, int]:
    wanted = _ngrams(theirs, n)
    if not wanted:
        return 0, 0, 0  # where nothing can be hit, nothing is missed
    n_ours = max(0, len(ours) - n + 1)
    grams = (ours[at : at + n] for at in range(n_ours))
    found = Counter(gram for gram in grams if gram in wanted)  # an answer may have millions
    return n_ours, wanted.total(), (found & wanted).total()


def _ngrams(text: str, n: int) -> Counter[str]:
    return Counter(text[at : at + n] for at in range(len(text) - n + 1))


def _score(counts: Counts) -> float:
    usable = [(ours, theirs, both) for ours, theirs, both in counts if ours and theirs]
    if not usable:
        return 0.0
    precision = sum(both / ours for ours, _, both in usable) / len(usable)
    recall = sum(both / theirs for _, theirs, both in usable) / len(usable)
    if precision + recall == 0:
        return 0.0
    weighted = _BETA_SQUARED * precision + recall
    return 100 * (1 + _BETA_SQUARED) * precision * recall / weighted
