"""The sentences of the advice, each with its reason, and the words of the next steps."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.guide.advice import Advice


def _tr(text: str) -> str:
    return QCoreApplication.translate("Advice", text)


def sentence_of(advice: Advice) -> str:
    words = {
        "no_test": _tr("No row is held out, so that nothing will show whether it got better."),
        "never_tested": _tr(
            "“{topic}” is learned ({n}) but never tested: nobody will see whether it got better."
        ),
        "never_learned": _tr(
            "“{topic}” is tested ({n}) but never learned: the test asks what was not taught."
        ),
        "few_rows": _tr(
            "You have {n} rows. With fewer than 50 the difference may be too small to see."
        ),
        "uneven_split": _tr(
            "Split {train} / {test}. With 10–30 % for the test both learning and proof have enough."
        ),
        "turned_up": _tr(
            "Held-out loss turned up after step {step}: from there on it learned by heart."
        ),
        "still_falling": _tr("Held-out loss still fell at the end: it had not learned all yet."),
        "not_watched": _tr("Without test rows the curve cannot show whether it learned by heart."),
        "loses_votes": _tr(
            "The tuned model won {wins} and lost {losses}: what the lost rounds ask is missing in "
            "the rows."
        ),
        "loses_measures": _tr(
            "The tuned model is worse in: {measures}. Rows of that kind may be missing or faulty."
        ),
    }
    return words[advice.code].format(**advice.args)


def deed_of(advice: Advice) -> str:
    words = {
        "split": _tr("Change the split"),
        "topic": _tr("Show its rows"),
        "new_row": _tr("Add a row"),
        "epochs": _tr("More epochs…") if advice.code == "still_falling" else _tr("Fewer epochs…"),
        "data_split": _tr("Hold rows out"),
        "lost_rounds": _tr("Show these rows"),
        "lost_rows": _tr("Show these rows"),
    }
    return words[advice.deed]
