"""What a price elsewhere rests on, and what asking and keeping the tuned model costs there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from PySide6.QtCore import QCoreApplication

from tunedesk.core.cost import conversation_usd, month_usd
from tunedesk.core.speech import said
from tunedesk.services.train.costing import Spread
from tunedesk.services.train.costing_types import Price
from tunedesk.ui.widgets.job_words import dollars, money
from tunedesk.ui.words import age


def _tr(text: str) -> str:
    return QCoreApplication.translate("PriceWords", text)


def price_tip(spread: Spread, price: Price, n_epochs: int, as_of: date) -> str:
    """All that the estimate is made of, a line each."""
    return "\n".join(_lines(spread, price, n_epochs, as_of))


def _lines(spread: Spread, price: Price, n_epochs: int, as_of: date) -> Iterator[str]:
    words = _tr(
        "An estimate: {n} epochs at ${price} for a million tokens, rows cut at the model's limit. "
        "Price as of {day}, {age}: {source}. {note}"
    )
    yield words.format(
        n=n_epochs,
        price=f"{price.usd_per_million_trained_tokens:g}",
        day=as_of.isoformat(),
        age=age((date.today() - as_of).days),
        source=said(price.source),
        note=said(price.note),
    ).strip()
    yield _conversation(spread, price)
    if price.hosting_usd is not None:
        month = dollars(month_usd(price.hosting_usd, price.hosting_unit))
        a = {"hour": _tr("Hosting: {price} an hour"), "day": _tr("Hosting: {price} a day")}
        told = a[price.hosting_unit].format(price=dollars(price.hosting_usd))
        yield _tr("{hosting}, about {month} a month.").format(hosting=told, month=month)


def _conversation(spread: Spread, price: Price) -> str:
    n_rows = max(1, spread.n_counted)
    written = spread.trained_tokens / n_rows
    read = spread.tokens / n_rows - written
    base = price.base_usd_per_million_input_tokens, price.base_usd_per_million_output_tokens
    tuned = price.usd_per_million_input_tokens, price.usd_per_million_output_tokens
    words = _tr(
        "The average conversation, {read} tokens to read and {written} to write: {before} with "
        "the base, {after} tuned."
    )
    return words.format(
        read=f"{read:,.0f}",
        written=f"{written:,.0f}",
        before=money(conversation_usd(read, written, *base)),
        after=money(conversation_usd(read, written, *tuned)),
    )
