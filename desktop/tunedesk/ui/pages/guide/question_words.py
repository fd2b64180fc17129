"""The six questions and what follows from their answers, in the window's language."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from tunedesk.core.base_choice import Reason


def _tr(text: str) -> str:
    return QCoreApplication.translate("Guide", text)


class Question(NamedTuple):
    """`options` are the answers' words by their value, in the order they are offered."""

    key: str
    words: str
    options: dict[str, str]


def questions(n_rows: int) -> list[Question]:
    """`n_rows`: those of the open dataset, told beside the question on examples."""
    return [
        Question("wish", _tr("What should change?"), {
            "style": _tr("how it sounds: style, tone, a character"),
            "format": _tr("the form of its answers: JSON, a table, one word"),
            "instructions": _tr("how well it follows many rules at once"),
            "hard_to_say": _tr("something I recognise but cannot describe"),
            "facts": _tr("what it knows: new facts"),
        }),
        Question("prompted", _tr("What have you tried?"), {
            "untried": _tr("nothing yet"),
            "told": _tr("a prompt that says what I want"),
            "shown": _tr("a prompt with examples in it"),
        }),
        Question("rows", _tr("Examples with the reply you want (here: {n})").format(n=n_rows), {
            "none": _tr("none"),
            "few": _tr("fewer than 50"),
            "enough": _tr("50 or more"),
        }),
        Question("steady", _tr("Is what is right today still right next month?"), {
            "steady": _tr("yes"),
            "moves": _tr("no, it changes"),
        }),
        Question("often", _tr("How often will it be asked?"), {
            "seldom": _tr("now and then"),
            "often": _tr("many times a day"),
        }),
        Question("judge", _tr("How do you know a good answer?"), {
            "rule": _tr("a rule can tell"),
            "eye": _tr("I see it when I read it"),
            "unsure": _tr("I am not sure"),
        }),
    ]  # fmt: skip


def outcome_words(outcome: str) -> str:
    words = {
        "look_up": _tr("Give it the facts in the prompt instead"),
        "prompt": _tr("Try a better prompt first"),
        "say_good": _tr("First decide what a good answer is"),
        "collect": _tr("Fine-tuning fits. Examples come first"),
        "fine_tune": _tr("Fine-tuning is worth a try"),
    }
    return words[outcome]


def reason_words(reason: Reason) -> str:
    words = {
        "facts_no": _tr("Training teaches how to answer. Facts are soon mixed up."),
        "moves_no": _tr("What changes would have to be trained anew each time."),
        "untried_no": _tr("A prompt takes minutes, costs next to nothing, and is often enough."),
        "told_no": _tr("Three to five examples in the prompt often do what telling does not."),
        "unsure_no": _tr("Without knowing what is good, neither rows nor votes can be right."),
        "no_rows_no": _tr("There is nothing to learn from yet; 50–100 rows are a good start."),
        "few_rows_no": _tr("With fewer than 50 rows the difference may be small."),
        "seldom_no": _tr("Asked now and then, a long prompt costs hardly anything."),
        "style_yes": _tr("Style and tone are what fine-tuning does best."),
        "format_yes": _tr("A fixed form is learned reliably, and can be counted."),
        "instructions_yes": _tr("Examples show how rules meet; long prompts are kept in parts."),
        "hard_to_say_yes": _tr("What you cannot describe can still be shown."),
        "shown_yes": _tr("Examples in the prompt were tried: training is the next thing."),
        "often_yes": _tr("Asked often, a short prompt and a smaller model save time and money."),
        "enough_yes": _tr("There are enough rows to begin."),
        "rule_yes": _tr("What a rule can tell is measured on every held-out row."),
        "eye_yes": _tr("What you see by reading, a blind comparison will prove."),
    }
    return words[reason.code]


def action_words(action: str) -> str:
    words = {
        "chat": _tr("Try a prompt in Chat"),
        "data": _tr("Go to Data"),
        "start": _tr("New fine-tune"),
    }
    return words[action]
