"""What is said of a model, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.services.compare.frozen import real_model
from tunedesk.services.providers.model_list import ModelRow
from tunedesk.ui.words import counted, date_words, day, size


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def kind_word(kind: str) -> str:
    words = {
        "base": _tr("base"),
        "tuned": _tr("tuned"),
        "checkpoint": _tr("checkpoint"),
        "frozen": _tr("frozen"),
    }
    return words.get(kind, kind)


def where_words(row: ModelRow, *, with_size: bool = True) -> str:
    """Whose computer answers; of another owner's model also who that is. With sizes also how
    many answers are kept here, and what a model here takes of the disk."""
    if row.is_frozen:
        return f"{_tr('This project')} · {_answers(row)}" if with_size else _tr("This project")
    place = _tr("This computer") if row.is_local else row.provider
    if row.is_local and row.size_bytes and with_size:
        return f"{place} · {size(row.size_bytes)}"
    is_told = not row.is_local and row.owner and row.owner.casefold() != row.provider.casefold()
    return f"{place} · {row.owner}" if is_told else place


def learned_words(row: ModelRow, now_ms: int) -> str:
    """What it learned from, or how well, as far as this project knows; what is longer than its
    column is cut in its middle."""
    when = day(row.learned_at_ms, now_ms) if row.learned_at_ms is not None else ""
    if row.is_frozen:
        return _tr("asked {day}").format(day=when)
    if row.step is not None and row.held_out_loss is not None:
        return _loss_words(row)
    return " · ".join(part for part in (row.dataset, _rows_words(row), when) if part)


def _answers(row: ModelRow) -> str:
    return counted(row.n_prompts, _tr("1 answer"), _tr("{n} answers"))


def _rows_words(row: ModelRow) -> str:
    return counted(row.n_rows, _tr("1 row"), _tr("{n} rows")) if row.n_rows else ""


def _loss_words(row: ModelRow) -> str:
    said = _tr("held-out loss {loss}, the lowest") if row.is_best else _tr("held-out loss {loss}")
    return said.format(loss=f"{row.held_out_loss:.2f}")


def ends_words(row: ModelRow) -> str:
    """The last day with the days that are left; "never" only where that is in our own hands."""
    if row.ends is None or row.days_left is None:
        return _tr("never") if row.is_local or row.is_frozen else _tr("not announced")
    if row.has_ended:
        return _tr("ended {day}").format(day=date_words(row.ends))
    if row.days_left == 0:
        return _tr("{day} · today").format(day=date_words(row.ends))
    if row.days_left == 1:
        return _tr("{day} · 1 day").format(day=date_words(row.ends))
    return _tr("{day} · {n} days").format(day=date_words(row.ends), n=f"{row.days_left:,}")


def context_words(row: ModelRow) -> str:
    """How many tokens it reads; kept answers read none."""
    if row.is_frozen:
        return ""
    return f"{row.context_tokens:,}" if row.context_tokens is not None else _tr("unknown")


def price_words(row: ModelRow) -> str:
    """What a million tokens of training on it cost; unknown where nobody said."""
    if row.is_frozen:
        return ""
    usd = row.usd_per_million_trained_tokens
    if usd is None:
        return _tr("unknown")
    return _tr("free") if usd == 0 else f"${usd:,.2f}"


def tip(row: ModelRow, now_ms: int) -> str:
    """All that is known, a line each."""
    if row.is_frozen:
        words = _tr("Answers of {model} at {provider}, kept for comparing")
        told = words.format(model=real_model(row.model), provider=row.provider)
        return f"{told} · {_answers(row)}"
    price = _tr("Training: {price} a million tokens").format(price=price_words(row))
    lines = [row.model, learned_words(row, now_ms), price]
    if row.step is not None and row.held_out_loss is not None:
        rows = " · ".join(part for part in (row.dataset, _rows_words(row)) if part)
        lines.insert(2, rows)
    if row.deployment:
        lines.append(_tr("Deployed as {name}").format(name=row.deployment))
    if row.size_bytes:
        lines.append(_tr("Takes {size}").format(size=size(row.size_bytes)))
    if row.context_tokens is not None:
        lines.append(_tr("Reads up to {n} tokens").format(n=context_words(row)))
    if row.ends is not None:
        who = _tr("The provider names this end.") if row.is_end_told else _tr("From our table.")
        lines.append(f"{ends_words(row)}. {who}")
    if row.successor:
        lines.append(_tr("Named successor: {model}").format(model=row.successor))
    return "\n".join(line for line in lines if line)
