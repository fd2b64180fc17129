"""Ratings of one model alone, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from tunedesk.core.statistics.ratings import RatingSummary
from tunedesk.services.compare.rated import Rated
from tunedesk.ui.pages.results.trust_words import Line, share_words
from tunedesk.ui.pages.results.words import percent


def _tr(text: str) -> str:
    return QCoreApplication.translate("Results", text)


def headline(rated: Sequence[Rated]) -> str:
    """One sentence, with its interval, on the model that was rated last; "" without any."""
    if not rated:
        return ""
    who, summary = rated[0].who.label, rated[0].summary
    if summary.mean is not None:
        text = _tr("{who} gets {mean} of 5 on average, 95 % interval {low} – {high}")
        low, high = f"{summary.low:.1f}", f"{summary.high:.1f}"
        return text.format(who=who, mean=f"{summary.mean:.1f}", low=low, high=high)
    passes = summary.passes
    assert passes is not None and passes.value is not None
    text = _tr("{who} passes {share} of your ratings, 95 % interval {low} – {high}")
    low, high = f"{100 * passes.low:.0f}", percent(passes.high)
    return text.format(who=who, share=percent(passes.value), low=low, high=high)


def lines(rated: Sequence[Rated]) -> list[Line]:
    """A line for each model."""
    return [Line(one.who.label, _figure(one.summary), _sentence(one.summary)) for one in rated]


def _figure(summary: RatingSummary) -> str:
    if summary.mean is None:
        return share_words(summary.passes) if summary.passes is not None else ""
    low, high = f"{summary.low:.1f}", f"{summary.high:.1f}"
    text = _tr("{mean} of 5 ({low} – {high})")
    return text.format(mean=f"{summary.mean:.1f}", low=low, high=high)


def _sentence(summary: RatingSummary) -> str:
    parts = []
    if summary.mean is not None:
        given = ", ".join(f"{stars}: {n:,}" for stars, n in enumerate(summary.counts, 1))
        text = _tr("The mean of {n} rated from 1 to 5 ({given}).")
        parts.append(text.format(n=f"{summary.n_stars:,}", given=given))
        if summary.passes is not None:
            parts.append(_tr("Passed: {share}.").format(share=share_words(summary.passes)))
    else:
        parts.append(_tr("How many passed."))
    return " ".join(parts)
