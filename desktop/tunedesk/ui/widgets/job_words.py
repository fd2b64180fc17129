"""Words for what a job costs, where it runs and what it starts from; both job pages use them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from tunedesk.ui.words import duration

_MODEL_NAMES = {"smollm2-135m-instruct": "SmolLM2-135M-Instruct"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("JobWords", text)


def spent(seconds: float) -> str:
    """A length of time that has passed: "41 s", "3 min 41 s", "2 h 5 min"; never negative."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _tr("{s} s").format(s=whole)
    if whole < 3600:
        return _tr("{min} min {s} s").format(min=whole // 60, s=whole % 60)
    return _tr("{h} h {min} min").format(h=whole // 3600, min=whole % 3600 // 60)


def about(seconds: float) -> str:
    """A length of time still to come, as roughly as an estimate deserves."""
    if seconds < 10:
        return _tr("a few seconds")
    return _tr("about {time}").format(time=duration(seconds))


def place_name(provider_id: str, names: Mapping[str, str]) -> str:
    """Where a job runs, as in "SmolLM2-135M · this computer"; `names` are the providers' by id."""
    return _tr("this computer") if provider_id == "local" else names.get(provider_id, provider_id)


def model_name(model: str) -> str:
    """The name people know a base model by; of a tuned one "marv · step 33"; any other id as it
    is."""
    return _tuned_name(model) or _MODEL_NAMES.get(model, model)


def _tuned_name(model: str) -> str:
    """From "ft:base:organisation:name:id", with ":ckpt-step-33" at its end for a checkpoint."""
    parts = model.split(":")
    if parts[0] != "ft" or len(parts) < 5 or not parts[3]:
        return ""
    step = parts[-1].removeprefix("ckpt-step-")
    if step == parts[-1]:
        return parts[3]
    return _tr("{name} · step {n}").format(name=parts[3], n=step)


def short_model_name(model: str) -> str:
    """The same for a narrow place: without "-Instruct"."""
    return model_name(model).removesuffix("-Instruct")


def money(usd: float | None) -> str:
    """ "free", "≈ $0.87", or that it is not known."""
    if usd is None:
        return _tr("unknown")
    return _tr("free") if usd == 0 else f"≈ {dollars(usd)}"


def dollars(usd: float) -> str:
    """ "$1,241.00", "$0.87"; of less than a cent two digits that say something: "$0.000052"."""
    n_digits = 2 if usd >= 0.01 or usd <= 0 else 1 - math.floor(math.log10(usd))
    return f"${usd:,.{n_digits}f}"
