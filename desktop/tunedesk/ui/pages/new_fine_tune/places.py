"""What the choice cards say of a provider, and what can be started from before it was asked."""

from __future__ import annotations

import os
from datetime import date

from PySide6.QtCore import QCoreApplication

from tunedesk.core.speech import said
from tunedesk.services.train.training import BaseModel, ProviderChoice
from tunedesk.ui.retirement_words import closing_words

_LOCAL_MODEL = BaseModel(id="smollm2-135m-instruct", label="SmolLM2-135M-Instruct")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Places", text)


def place_detail(choice: ProviderChoice) -> str:
    """The provider's note; for this computer with what it has to offer."""
    if not choice.trains:
        return _tr("Chat alone: it has no fine-tuning jobs.")
    if not choice.is_local:
        closing = closing_words(choice.last_day, date.today())
        return " ".join(part for part in (closing, said(choice.note)) if part)
    cores = os.cpu_count() or 1
    return f"{said(choice.note)} " + (
        _tr("1 core.") if cores == 1 else _tr("{n} cores.").format(n=cores)
    )


def models_at_once(choice: ProviderChoice) -> list[BaseModel]:
    """What is offered until the provider has answered: here, the model that comes with us."""
    return [_LOCAL_MODEL] if choice.is_local else []
