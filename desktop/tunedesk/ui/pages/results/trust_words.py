"""Plain words for the figures below the sentence: what each is, and what it does not say."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from tunedesk.core.statistics import Consistency, LengthEffect, Share
from tunedesk.services.compare.results_types import Rank, ResultsView
from tunedesk.ui.pages.results.words import FEWEST_FOR_SIDES, percent, votes

FEWEST_IN_A_STRATUM = 5


class Line(NamedTuple):
    """One figure: what it is called, the number, and a sentence on it."""

    name: str
    figure: str
    sentence: str


def _tr(text: str) -> str:
    return QCoreApplication.translate("Results", text)


def lines(view: ResultsView) -> list[Line]:
    """Those that there are votes for."""
    made = [_half_point(view), _side(view.seat), _length(view.length), _steady(view.consistency)]
    made += [_changed(view.n_changed), _identical(view.n_identical)]
    return [line for line in made if line is not None]


def share_words(share: Share) -> str:
    """ "53 % of 34 (37 – 68 %)"."""
    if share.value is None:
        return _tr("none")
    return _tr("{share} of {n} ({low} – {high})").format(
        share=percent(share.value),
        n=f"{share.n:,}",
        low=f"{100 * share.low:.0f}",
        high=percent(share.high),
    )


def rank_line(rank: Rank) -> Line:
    """One model among all."""
    interval = f"{100 * rank.low:.0f} – {percent(rank.high)}"
    return Line(rank.label, f"{percent(rank.chance)} ({interval})", votes(rank.n_votes))


def _half_point(view: ResultsView) -> Line | None:
    verdict = view.verdict
    if verdict.half_point_share is None or not verdict.ties + verdict.both_bad:
        return None
    return Line(
        _tr("Ties as half a win"),
        percent(verdict.half_point_share),
        _tr("The sentence above sets ties and both bad aside. With each as half a win for either, "
            "this is the tuned model's share."),
    )  # fmt: skip


def _side(seat: Share) -> Line | None:
    if not seat.n:
        return None
    if seat.n < FEWEST_FOR_SIDES:
        sentence = _tr("Too few votes to tell whether you prefer a side.")
    elif seat.is_lopsided:
        sentence = _tr("You prefer a side. The sides are drawn by lot, so no model gains by it, "
                       "but some votes were not about the answers.")  # fmt: skip
    else:
        sentence = _tr("No sign that the side decided.")
    return Line(_tr("The left answer won"), share_words(seat), sentence)


def _length(length: LengthEffect) -> Line | None:
    won = length.longer_won
    if not won.n:
        return None
    if not won.is_lopsided:
        sentence = _tr("No sign that length decided.")
    elif won.hits * 2 > won.n:
        sentence = _tr("The longer answer wins more often than by chance.")
    else:
        sentence = _tr("The shorter answer wins more often than by chance.")
    return Line(_tr("The longer answer won"), share_words(won), f"{sentence} {_strata(length)}")


def _strata(length: LengthEffect) -> str:
    longer, shorter = length.when_longer, length.when_shorter
    if longer.value is None or shorter.value is None:
        return _tr("One model always wrote more, so length and model cannot be told apart.")
    if min(longer.n, shorter.n) < FEWEST_IN_A_STRATUM:
        return _tr(
            "One model nearly always wrote more, so length and model are hard to tell apart."
        )
    return _tr("Tuned wins {longer} where its answer is the longer, {shorter} where it is the "
               "shorter.").format(
        longer=percent(longer.value), shorter=percent(shorter.value)
    )  # fmt: skip


def _steady(found: Consistency) -> Line | None:
    agreed = found.agreed
    if agreed.value is None:
        return None
    sentence = _tr("So often you chose the same again when a pair came twice, sides swapped or "
                   "not. Only the first vote on a pair counts above.")  # fmt: skip
    if found.kappa is not None:
        sentence += " " + _tr("Beyond chance (Cohen's kappa): {kappa}.").format(
            kappa=f"{found.kappa:.2f}"
        )
    if found.n_turned and found.n_same_seat == found.n_turned:
        sentence += " " + _tr("Where you chose the other model, you chose the same side.")
    return Line(_tr("The same choice twice"), share_words(agreed), sentence)


def _changed(n_changed: int) -> Line | None:
    if not n_changed:
        return None
    return Line(
        _tr("Changed after the reveal"),
        f"{n_changed:,}",
        _tr("Here the blind vote counts, since the later one knew the names; preference pairs take "
            "the later one."),
    )  # fmt: skip


def _identical(n_identical: int) -> Line | None:
    if not n_identical:
        return None
    return Line(
        _tr("Equal answers"),
        f"{n_identical:,}",
        _tr("Prompts that both answered in the same words: ties, or not shown to you at all."),
    )
