"""Numbers and times in words, in the window's language."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale


def _tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)


def duration(seconds: float) -> str:
    """A rough length of time for a promise: "40 s", "2 min", "1 h 5 min"."""
    if seconds < 55:
        return _tr("{n} s").format(n=max(5, round(seconds / 5) * 5))
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _tr("{n} min").format(n=minutes)
    return _tr("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def counted(n: int, one: str, many: str) -> str:
    """`one` for a single thing, else `many` with its {n} filled in."""
    return one if n == 1 else many.format(n=f"{n:,}")


def in_days(n_days: int) -> str:
    """How far ahead a day is: "today", "in 1 day", "in 47 days"."""
    if n_days == 0:
        return _tr("today")
    return counted(n_days, _tr("in 1 day"), _tr("in {n} days"))


def clock_time(at_ms: int) -> str:
    """Local time of day, as "14:02"."""
    return QDateTime.fromMSecsSinceEpoch(at_ms).time().toString("HH:mm")


def day(at_ms: int, now_ms: int) -> str:
    """ "today", "yesterday", a weekday within the week, else the date."""
    then = QDateTime.fromMSecsSinceEpoch(at_ms).date()
    distance = then.daysTo(QDateTime.fromMSecsSinceEpoch(now_ms).date())
    if distance <= 0:
        return _tr("today")
    if distance == 1:
        return _tr("yesterday")
    if distance < 7:
        return QLocale().dayName(then.dayOfWeek())
    return QLocale().toString(then, _tr("d MMM yyyy"))


def date_words(when: date) -> str:
    """ "14 Jan 2027" in the language's own order."""
    shown = QDate(when.year, when.month, when.day)
    return QLocale().toString(shown, _tr("d MMM yyyy"))


def age(n_days: int) -> str:
    """How old a dated table is: "looked at today", "5 days old"."""
    if n_days <= 0:
        return _tr("looked at today")
    return _tr("1 day old") if n_days == 1 else _tr("{n} days old").format(n=n_days)


def size(n_bytes: int) -> str:
    """ "412 kB", "1.3 MB"."""
    digits = 0 if n_bytes < 1_000_000 else 1
    return QLocale().formattedDataSize(n_bytes, digits, QLocale.DataSizeFormat.DataSizeSIFormat)
