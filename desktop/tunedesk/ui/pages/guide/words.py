"""What the Guide says of each step of the way, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.guide.facts import Topic
from tunedesk.core.guide.path import Step, StepId


def _tr(text: str) -> str:
    return QCoreApplication.translate("Guide", text)


def title_of(step: StepId) -> str:
    titles: dict[StepId, str] = {
        "should": _tr("Should you fine-tune?"),
        "data": _tr("Prepare examples"),
        "split": _tr("Hold rows out for the test"),
        "base": _tr("Choose a base model"),
        "train": _tr("Fine-tune, and read the curve"),
        "compare": _tr("Compare without seeing names"),
        "improve": _tr("Go another round"),
    }
    return titles[step]


def deed_of(step: Step) -> str:
    """The word on its button."""
    if step.id == "should":
        return _tr("Answer…") if step.code == "should_open" else _tr("My answers…")
    if step.id == "train" and step.code != "train_open":
        return _tr("Show the curve")
    deeds = {
        "data": _tr("Go to Data"),
        "split": _tr("See the split"),
        "base": _tr("Help me choose…"),
        "train": _tr("New fine-tune"),
        "compare": _tr("Compare"),
        "improve": _tr("Results"),
    }
    return deeds[step.id]


def sentence_of(step: Step) -> str:
    """Where the step stands in this project."""
    return _sentences()[step.code].format(**step.args)


def _sentences() -> dict[str, str]:
    return _of_data() | _of_training() | _of_proof()


def _of_data() -> dict[str, str]:
    return {
        "should_open": _tr("Six questions. Often a better prompt is enough."),
        "should_look_up": _tr("You answered: give it the facts in the prompt instead."),
        "should_prompt": _tr("You answered: try a better prompt first."),
        "should_say_good": _tr("You answered: first decide what a good answer is."),
        "should_collect": _tr("You answered: it fits, and examples come first."),
        "should_fine_tune": _tr("You answered: it is worth a try."),
        "data_none": _tr("There are no rows yet; 50–100 is a good start."),
        "data_errors": _tr("Rows with errors: {n}. They are not learned until they are mended."),
        "data_too_few": _tr("Rows so far: {n}. At least 10 are needed; 50–100 is a good start."),
        "data_few": _tr(
            "You have {n} rows; 50–100 is a good start. They should be consistent and cover what "
            "is really asked."
        ),
        "data_good": _tr(
            "You have {n} rows: a good start. From here on better rows count more than more rows."
        ),
        "split_none": _tr("70–90 % to learn from, 10–30 % for the test, no prompt on both sides."),
        "split_no_test": _tr("No row is held out: nothing would show whether it got better."),
        "split_leaks": _tr(
            "Test rows whose like is learned, too: {n}. They make the result look better than it "
            "is."
        ),
        "split_uneven": _tr(
            "Split {train} / {test}. Usual are 70–90 % to learn from and 10–30 % for the test."
        ),
        "split_small": _tr(
            "Split {train} / {test}, no prompt on both sides. Test rows: {n}, so measures are "
            "rough."
        ),
        "split_good": _tr("Split {train} / {test}, no prompt on both sides."),
    }


def _of_training() -> dict[str, str]:
    return {
        "base_open": _tr(
            "For style and form the small model of this computer will do, and no row leaves it. "
            "Thai, or much knowledge, needs a larger one."
        ),
        "base_chosen": _tr(
            "You have started from one. Style needs little strength; Thai, or much knowledge, "
            "needs a larger one."
        ),
        "train_open": _tr(
            "If held-out loss rises while train loss falls, the model learns by heart."
        ),
        "train_running": _tr("“{name}” is under way."),
        "train_failed": _tr("“{name}” did not come to its end. Train says why."),
        "train_unread": _tr("“{name}” is ready. Its curve has too few points to be read."),
        "train_blind": _tr("“{name}” is ready. Without test rows nobody sees it learn by heart."),
        "train_falling": _tr(
            "“{name}”: held-out loss still fell at the end. More epochs may help."
        ),
        "train_flat": _tr("“{name}”: held-out loss is level. It learned what these rows teach."),
        "train_turned_up": _tr(
            "“{name}”: held-out loss turned up after step {step}. That checkpoint may be better."
        ),
    }


def _of_proof() -> dict[str, str]:
    return {
        "compare_open": _tr("{n} votes take about ten minutes. Then look at the interval."),
        "compare_few": _tr("Votes so far: {n}. About {missing} more show a clear difference."),
        "compare_level": _tr("{n} votes and no winner: the two are close."),
        "compare_decided": _tr("{n} votes, and they decide it."),
        "improve_open": _tr("More rows of what fails, better ones, small steps, the same test."),
        "improve_better": _tr(
            "The tuned model won {wins} of your votes and lost {losses}. Look at the lost ones."
        ),
        "improve_mixed": _tr(
            "The tuned model wins your votes but loses a measure. Look at both in Results."
        ),
        "improve_worse": _tr(
            "The tuned model won {wins} of your votes and lost {losses}. Write rows of the kind "
            "it lost."
        ),
        "improve_undecided": _tr(
            "Won {wins}, lost {losses}: nobody can tell yet. Vote on, or write rows of what fails."
        ),
    }


def thin_words(topics: list[Topic], missing: int) -> str:
    """Which topics have few rows; "" where none has."""
    if not topics:
        return ""
    named = ", ".join(f"{topic.name} ({topic.n_rows:,})" for topic in topics[:4])
    if missing:
        words = _tr("Add about {n} rows, first in topics that have few: {topics}.")
        return words.format(n=missing, topics=named)
    return _tr("Topics with few rows: {topics}.").format(topics=named)


def all_done() -> str:
    return _tr("Every step is done. The next round begins with what still fails.")
