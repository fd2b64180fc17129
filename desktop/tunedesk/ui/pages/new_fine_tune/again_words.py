"""What is not as it was when a saved job is trained again, a sentence each."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.services.rescue.again_types import AgainPlan


def _tr(text: str) -> str:
    return QCoreApplication.translate("AgainWords", text)


def again_words(plan: AgainPlan) -> str:
    """The job and its differences."""
    known = {
        "base": _tr(
            "{was} ends, or nobody who is set up here trains it; {now} ({place}) is the nearest "
            "there is."
        ),
        "smaller": _tr("It is a much smaller model: expect the tone and the form, not the skill."),
        "english_only": _tr("It knows English alone."),
        "rate_left_out": _tr("The learning rate means something else there and is left to auto."),
        "rate_means_another": _tr("The learning rate is a multiple of this model's own rate now."),
        "bounded": _tr("{field} was {was}; {now} is the limit here."),
        "no_test": _tr("The job had no test file: the test rows are those of the dataset's split."),
        "in_both": _tr("Prompts that stood in training and in test ({n}) are in training now."),
        "not_supervised": _tr("It was trained by {method}, which this page does not do yet."),
    }
    said = [_tr("{name} again, with the same rows and settings.").format(name=plan.name)]
    said += [
        known[one.code].format(**{key: _shown(value) for key, value in one.args.items()})
        for one in plan.differences
        if one.code in known
    ]
    return " ".join(said)


def _shown(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value
