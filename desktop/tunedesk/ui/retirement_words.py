"""The end of a model that was named, typed, or came with a saved job."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from tunedesk.core.retirement import Retirement, days_left
from tunedesk.core.speech import said
from tunedesk.ui.words import date_words, in_days


def _tr(text: str) -> str:
    return QCoreApplication.translate("RetirementWords", text)


def retirement_words(name: str, known: Retirement, today: date) -> str:
    """When it ends or has ended, and who is named to take its place."""
    left, day = days_left(known.ends, today), date_words(known.ends)
    ends, with_it = _tr("{model} ends on {day}, {left}."), _tr("So does everything tuned on it.")
    if left < 0:
        ends, with_it = _tr("{model} ended on {day}."), _tr("So did everything tuned on it.")
    ends, with_it = (
        ends.format(model=name, day=day, left=in_days(left)),
        said(known.note) or with_it,
    )
    return " ".join(part for part in (ends, with_it, successor_words(known)) if part)


def closing_words(last_day: date | None, today: date) -> str:
    """Until when a provider takes new jobs; "" where no end is known."""
    if last_day is None:
        return ""
    if today > last_day:
        return _tr("It has begun no new jobs since {day}.").format(day=date_words(last_day))
    return _tr("New jobs end on {day} for every account.").format(day=date_words(last_day))


def successor_words(known: Retirement) -> str:
    """Who is named to take its place; "" where nobody is."""
    if not known.successor:
        return ""
    if known.can_tune_successor:
        return _tr("Named successor: {model}.").format(model=known.successor)
    words = _tr("Named successor: {model}, which cannot be fine-tuned.")
    return words.format(model=known.successor)
