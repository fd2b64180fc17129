"""The reasons for and against a base model, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.services.train.base_choosing import Reason


def _tr(text: str) -> str:
    return QCoreApplication.translate("ChoosingBase", text)


def reason_words(reason: Reason) -> str:
    """One sentence; the code itself for one that is not known here."""
    words = {
        "leaves_computer": _tr("Your rows would be sent to the provider."),
        "costs_money": _tr("Training there costs money."),
        "closed": _tr("It takes no new fine-tuning jobs any more."),
        "strong_enough": _tr("Strong enough for what it should learn."),
        "too_small": _tr("Rather small for what it should learn: expect mistakes."),
        "english_only": _tr("It knows mostly English."),
        "best_answers": _tr("Among the best before any training."),
        "free_and_private": _tr("Free, and nothing leaves your computers."),
        "cheap": _tr("Training costs a few dollars at most."),
        "dear": _tr("Training is dear."),
        "hosting_costs": _tr("The tuned model costs rent by the hour for as long as it is up."),
        "ends_soon": _tr("What is tuned on it stops within weeks: its provider ends fine-tuning."),
    }
    return words.get(reason.code, reason.code)
