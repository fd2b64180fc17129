"""What is said of keeping answers: prices, counts, and what was agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication

from tunedesk.core.errors import TunedeskError
from tunedesk.services.rescue.keeping_types import (
    KEEP_SETTINGS,
    KeepCost,
    KeepOffer,
    KeepState,
    total_cost,
)
from tunedesk.ui.widgets.job_words import dollars
from tunedesk.ui.words import counted, date_words, in_days

_LEAST_USD = 0.01


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeepWords", text)


def price_words(usd: float | None) -> str:
    """ "$0.34", "free", or that nobody here knows."""
    if usd is None:
        return _tr("price unknown")
    if usd == 0:
        return _tr("free")
    return _tr("under $0.01") if usd < _LEAST_USD else dollars(usd)


def prompts_words(n: int) -> str:
    return counted(n, _tr("1 prompt"), _tr("{n} prompts"))


def standing_words(offer: KeepOffer) -> str:
    """How many of the chosen prompts are still to be asked, or are kept."""
    if not offer.n_kept and not offer.again:
        return prompts_words(offer.n_prompts)
    parts = [_tr("{n} kept").format(n=f"{offer.n_kept:,}")]
    if offer.missing:
        parts.append(_tr("{n} to ask").format(n=f"{len(offer.missing):,}"))
    return " · ".join(parts)


def last_words(offer: KeepOffer) -> str:
    """What it costs, or why it is not to be asked."""
    if offer.has_ended and offer.last_day is not None and not offer.n_kept:
        return _tr("ended {day}").format(day=date_words(offer.last_day))
    return price_words(offer.cost.usd) if offer.can_be_asked else "✓"


def end_words(offers: Sequence[KeepOffer]) -> str:
    """When the next of them stop answering, "" if no end is known."""
    coming = [one for one in offers if one.last_day is not None and not one.has_ended]
    if not coming:
        return ""
    next_day = min(one.last_day or date.max for one in coming)
    left = next(one.days_left or 0 for one in coming if one.last_day == next_day)
    n = sum(one.last_day == next_day for one in coming)
    said = counted(
        n,
        _tr("1 of these stops answering on {day}, {left}."),
        _tr("{n} of these stop answering on {{day}}, {{left}}."),
    )
    return said.format(day=date_words(next_day), left=in_days(left))


def tip_words(offer: KeepOffer) -> str:
    """Its id, and its end."""
    if offer.last_day is None or offer.has_ended:
        return offer.model
    words = _tr("Stops answering on {day}, {left}.")
    said = words.format(day=date_words(offer.last_day), left=in_days(offer.days_left or 0))
    return f"{offer.model}\n{said}"


def marked_words(offers: Sequence[KeepOffer]) -> str:
    """What is odd about the answers, "" if nothing is."""
    counts = (
        (sum(one.n_too_long for one in offers), _tr("{n} cut at their longest")),
        (sum(one.n_refused for one in offers), _tr("{n} refused")),
        (sum(one.n_cut_off for one in offers), _tr("{n} cut off in the middle")),
        (sum(one.n_lost for one in offers), _tr("{n} sent, and no answer came")),
    )
    said = [words.format(n=f"{n:,}") for n, words in counts if n]
    return _tr("Of these answers: {list}.").format(list=", ".join(said)) if said else ""


def estimate_words(cost: KeepCost, as_of: date) -> str:
    """What a price is made of."""
    said = _tr("About {n_in} tokens to send and {n_out} to receive.").format(
        n_in=f"{cost.input_tokens:,}", n_out=f"{cost.output_tokens:,}"
    )
    if cost.usd is None:
        return said + " " + _tr("Our table of prices does not know this model.")
    if cost.usd == 0:
        return said
    return said + " " + _tr("Prices of {day}.").format(day=date_words(as_of))


def agreement(offers: Sequence[KeepOffer], as_of: date, *, again: bool) -> tuple[str, str, str]:
    """Title, text and button of the question that comes before anything is sent."""
    cost = total_cost(one.cost_again if again else one.cost for one in offers)
    names = ", ".join(one.label for one in offers)
    price = price_words(cost.usd)
    requests = counted(cost.n_prompts, _tr("1 request"), _tr("{n} requests"))
    sent = _tr(
        "To {provider}: {requests}, each with the messages of one row. Each is sent once: what "
        "goes wrong on the way is not sent again by itself."
    ).format(requests=requests, provider=offers[0].provider)
    limit = _tr("An answer is cut at {n} tokens.").format(n=f"{KEEP_SETTINGS.max_tokens:,}")
    twice = _tr("The provider may have billed these before, without an answer.") if again else ""
    estimate = f"{estimate_words(cost, as_of)} {limit}"
    parts = (_tr("Cost: {price}.").format(price=price), estimate, sent, twice)
    text = "\n\n".join(part for part in parts if part)
    return _tr("Ask {models}?").format(models=names), text, _tr("Ask ({price})").format(price=price)


def running_words(state: KeepState, provider: str) -> str:
    """Who is asked, or what is waited for."""
    if state.is_pausing:
        return _tr("Finishing the answer under way: it is paid for.")
    if state.waits_s is not None:
        words = _tr("{provider} asks for a pause of {n} s; it goes on by itself.")
        return words.format(provider=provider, n=f"{state.waits_s:.0f}")
    if not state.label:
        return ""
    words = _tr("Asking {model}: {n} of {all}")
    return words.format(model=state.label, n=f"{state.n_done:,}", all=f"{state.n_all:,}")


def trouble_words(state: KeepState) -> str:
    """Why it stopped, and which models could not be asked; "" if all went well."""
    said = [f"{label}: {error_words(error)}" for label, error in state.problems.items()]
    if state.stopped_by is not None:
        said.append(error_words(state.stopped_by))
    return "\n".join(said)


def error_words(error: TunedeskError) -> str:
    """What happened, and what to do next."""
    return f"{error.title} {error.what} {error.next_step}"
