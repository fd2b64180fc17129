"""The sentences of Results, worded by rule so that they never claim more than the votes do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.statistics import SIGNIFICANCE, Verdict, sign_test
from tunedesk.services.compare.results_types import ResultsView

FEWEST_DECIDED = 6
"""With fewer decided votes even a clean sweep has p above 0.05 (2 / 2⁵ = 0.0625)."""

FEWEST_FOR_SIDES = 10


def _tr(text: str) -> str:
    return QCoreApplication.translate("Results", text)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def decided(verdict: Verdict) -> int:
    return verdict.wins + verdict.losses


def headline(verdict: Verdict) -> str:
    """The first sentence."""
    n = verdict.n_votes
    if verdict.share is None:
        return _tr("No winner yet: {votes}, none for either model").format(votes=votes(n))
    if decided(verdict) < FEWEST_DECIDED:
        return _tr("Too early to tell: {votes}").format(votes=votes(n))
    if verdict.outcome == "worse":
        text = _tr("The base model wins {share} of your blind votes")
        return text.format(share=percent(1 - verdict.share))
    if verdict.outcome == "better":
        text = _tr("The tuned model wins {share} of your blind votes")
        return text.format(share=percent(verdict.share))
    text = _tr("Undecided: the tuned model wins {share} of your blind votes")
    return text.format(share=percent(verdict.share))


def votes(n: int) -> str:
    return _tr("1 vote") if n == 1 else _tr("{n} votes").format(n=f"{n:,}")


def details(verdict: Verdict) -> str:
    """Interval, counts, test and side, parted by dots."""
    parts = [_interval(verdict), votes(verdict.n_votes) + _set_aside(verdict)]
    if verdict.share is not None:
        parts.append(_p(verdict.p_value))
        parts.append(_side(verdict))
    return " · ".join(part for part in parts if part)


def _interval(verdict: Verdict) -> str:
    if verdict.share is None:
        return ""
    text = _tr("95 % interval {low} – {high}")
    if verdict.outcome == "worse":
        text = _tr("95 % interval of the tuned model's share {low} – {high}")
    return text.format(low=f"{100 * verdict.low:.0f}", high=percent(verdict.high))


def _set_aside(verdict: Verdict) -> str:
    aside = []
    if verdict.ties:
        aside.append(_tr("1 tie") if verdict.ties == 1 else _ties(verdict.ties))
    if verdict.both_bad:
        aside.append(_tr("{n} both bad").format(n=f"{verdict.both_bad:,}"))
    if not aside:
        return ""
    return ", " + _tr("{what} set aside").format(what=_tr(" and ").join(aside))


def _ties(n: int) -> str:
    return _tr("{n} ties").format(n=f"{n:,}")


def _p(value: float) -> str:
    if value < 0.001:
        return _tr("sign test p < 0.001")
    return _tr("sign test p = {p}").format(p=f"{value:.3f}" if value < 0.1 else f"{value:.2f}")


def _side(verdict: Verdict) -> str:
    if verdict.left_share is None:
        return ""
    n = decided(verdict)
    left = round(verdict.left_share * n)
    said = _tr("you picked the left answer {share} of the time")
    said = said.format(share=percent(verdict.left_share))
    if n < FEWEST_FOR_SIDES:
        return said
    if sign_test(left, n - left) < SIGNIFICANCE:
        return said + _tr(", which is a side bias")
    return said + _tr(", no sign of a side bias")


def chip(verdict: Verdict) -> tuple[str, str]:
    """Look and words of the chip."""
    if verdict.outcome == "better":
        return "chip-ok", _tr("Better, with 95 % confidence")
    if verdict.outcome == "worse":
        return "chip-error", _tr("Worse, with 95 % confidence")
    return "chip", _tr("Undecided")


def advice(view: ResultsView) -> str:
    """What would make it surer."""
    verdict = view.verdict
    missing = FEWEST_DECIDED - decided(verdict)
    if missing > 0:
        text = _tr("A verdict needs at least {n} votes for one model or the other.")
        return text.format(n=FEWEST_DECIDED)
    if view.to_narrow is not None:
        more, half = view.to_narrow
        text = _tr("{more} would narrow the interval to ± {points} points.")
        return text.format(more=_more(more), points=f"{100 * half:.0f}")
    if verdict.outcome in ("better", "worse"):
        return ""
    if verdict.wins == verdict.losses:
        return _tr("As many won as lost: nobody can say how many more votes would decide it.")
    if view.to_decide is None:
        return _tr("So close that 2,000 more votes would hardly decide it.")
    text = _tr("About {more} would decide it, if the share stays as it is.")
    return text.format(more=_more(view.to_decide))


def _more(n: int) -> str:
    return _tr("1 more vote") if n == 1 else _tr("{n} more votes").format(n=f"{n:,}")
