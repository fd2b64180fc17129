"""A fine-tune's prices in words: a line each, and the assumptions behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from tunedesk.core.speech import said
from tunedesk.services.train.training import CostSheet, Readiness
from tunedesk.ui.widgets.job_words import about, dollars, money, short_model_name
from tunedesk.ui.words import counted, date_words


class Line(NamedTuple):
    name: str
    value: str
    look: str = "body"


def _tr(text: str) -> str:
    return QCoreApplication.translate("CostWords", text)


def waiting_lines() -> list[Line]:
    """What is shown until something is known."""
    names = (_tr("Trained tokens"), _tr("Time here"), _tr("Cost"), _tr("Leaves this computer"))
    return [Line(name, "–") for name in names]


def cost_lines(known: Readiness) -> list[Line]:
    """Everything the plan spends, in the order in which it is read; nothing of a place that does
    not train."""
    if not _trains(known):
        return [_here_instead(known.costs)]
    lines = [Line(_tr("Trained tokens"), f"{known.trained_tokens:,}")]
    lines += _elsewhere(known.costs) if known.leaves_computer else _here(known.costs)
    return [*lines, Line(_tr("Leaves this computer"), _leaves(known), "strong")]


def assumptions(known: Readiness) -> str:
    """What the numbers rest on, in a few lines."""
    costs = known.costs
    if not _trains(known):
        return _here_model(costs)
    if not known.leaves_computer:
        return f"{_epochs(costs)} {_time(costs)}"
    told = [f"{_epochs(costs)} {_conversation(costs)}", _here_model(costs), *_source(costs)]
    return "\n".join(told)


def _trains(known: Readiness) -> bool:
    return all(check.code != "provider_chat_only" for check in known.checks)


def _here(costs: CostSheet) -> Iterator[Line]:
    yield Line(_tr("Time here"), _seconds(costs))
    yield Line(_tr("Cost"), money(costs.training_usd), "strong")


def _elsewhere(costs: CostSheet) -> Iterator[Line]:
    if costs.training_usd:
        yield Line(_tr("Billed tokens"), f"{costs.billed_tokens:,}")
    yield Line(_tr("Training"), money(costs.training_usd), "strong")
    if not costs.is_free:
        yield from _billed_apart(costs)
        yield Line(_tr("A conversation, base"), money(costs.before_usd))
        yield Line(_tr("A conversation, tuned"), money(costs.after_usd))
    yield _here_instead(costs)


def _here_instead(costs: CostSheet) -> Line:
    here = _tr("unknown, free")
    if costs.here.seconds is not None:
        here = _tr("{time}, free").format(time=_seconds(costs))
    return Line(_tr("Here instead"), here)


def _billed_apart(costs: CostSheet) -> Iterator[Line]:
    held_out = {
        "billed": _tr("billed, counted above"),
        "not_billed": _tr("not billed"),
        "unknown": _tr("unknown"),
    }
    if costs.held_out == "unknown" and costs.most_usd is not None:
        held_out["unknown"] = _tr("unknown; at most {price}").format(price=dollars(costs.most_usd))
    if costs.held_out != "none":
        yield Line(_tr("With held-out rows"), held_out[costs.held_out])
    hosting = costs.hosting
    if hosting is None:
        yield Line(_tr("Hosting"), _tr("none") if costs.is_hosting_known else _tr("unknown"))
        return
    if hosting.usd is None:
        by = {"hour": _tr("by the hour, unknown"), "day": _tr("by the day, unknown")}
        yield Line(_tr("Hosting"), by[hosting.unit])
    else:
        a = {"hour": _tr("{price} an hour"), "day": _tr("{price} a day")}
        yield Line(_tr("Hosting"), a[hosting.unit].format(price=dollars(hosting.usd)))
    yield Line(_tr("Hosting, a month"), money(hosting.month_usd))


def _seconds(costs: CostSheet) -> str:
    seconds = costs.here.seconds
    return _tr("unknown") if seconds is None else about(seconds)


def _leaves(known: Readiness) -> str:
    if not known.leaves_computer:
        return _tr("nothing")
    rows = counted(known.n_train + known.n_test, _tr("1 row"), _tr("{n} rows"))
    return _tr("{rows}, to {place}").format(rows=rows, place=known.place)


def _epochs(costs: CostSheet) -> str:
    n, batch = costs.n_epochs, costs.batch_size
    epochs = counted(n, _tr("1 epoch"), _tr("{n} epochs"))
    if costs.are_epochs_guessed:
        epochs = _tr("{epochs} (a guess: they are chosen there)").format(epochs=epochs)
    batch_words = _tr("the batch as chosen there") if batch is None else _tr("batch {n}")
    words = _tr("Counted with {epochs}, {batch}, rows of {tokens} tokens on average.")
    mean = f"{costs.read_tokens + costs.written_tokens:,.0f}"
    return words.format(epochs=epochs, batch=batch_words.format(n=batch), tokens=mean)


def _conversation(costs: CostSheet) -> str:
    words = _tr("The average conversation has {read} tokens to read and {written} to write.")
    return words.format(read=f"{costs.read_tokens:,.0f}", written=f"{costs.written_tokens:,.0f}")


def _here_model(costs: CostSheet) -> str:
    here = costs.here
    words = _tr("Here: {model}, {epochs}, batch {batch}. {time}")
    return words.format(
        model=short_model_name(here.model),
        epochs=counted(here.n_epochs, _tr("1 epoch"), _tr("{n} epochs")),
        batch=here.batch_size,
        time=_time(costs),
    )


def _time(costs: CostSheet) -> str:
    if costs.here.seconds is None:
        return _tr("How long this model takes here is unknown until it was trained once.")
    if costs.here.is_measured:
        return _tr("The time is that of your last run here, by tokens.")
    return _tr("The time is estimated from measurements on two cores.")


def _source(costs: CostSheet) -> Iterator[str]:
    if costs.is_free:
        return
    if costs.as_of is None:
        yield _tr("The table in Settings, Prices & dates, has no price for this model.")
        return
    words = _tr("US dollars as of {day}: {source}. {note}")
    day = date_words(costs.as_of)
    yield words.format(day=day, source=said(costs.source), note=said(costs.note)).strip()
    if costs.base_source:
        yield _tr("Asking the base: {source}.").format(source=said(costs.base_source))
