"""What there is to know about fine-tuning: short answers to common questions, each with a deed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from tunedesk.core.guide.path import StepId

ARTICLES = ("helps", "data", "base", "numbers", "better", "again", "cost", "trouble")


class Part(NamedTuple):
    """`deed` is one of the Guide's deeds, "" for a part that is for reading alone."""

    heading: str
    text: str
    deed: str = ""


class Article(NamedTuple):
    """`step` is the step whose figures stand at its head, None for none."""

    title: str
    step: StepId | None
    parts: list[Part]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Guide", text)


def title_of(article: str) -> str:
    titles = {
        "helps": _tr("When does fine-tuning help?"),
        "data": _tr("What makes good examples?"),
        "base": _tr("Which base model?"),
        "numbers": _tr("What does each hyperparameter do?"),
        "better": _tr("How do I know that it is better?"),
        "again": _tr("What comes in the next round?"),
        "cost": _tr("How do I keep the cost down?"),
        "trouble": _tr("What if it goes wrong?"),
    }
    return titles[article]


def article(name: str) -> Article:
    """One of ARTICLES. Raises KeyError for another."""
    made: dict[str, tuple[StepId | None, Callable[[], list[Part]]]] = {
        "helps": ("should", _helps),
        "data": ("data", _data),
        "base": ("base", _base),
        "numbers": ("train", _numbers),
        "better": ("compare", _better),
        "again": ("improve", _again),
        "cost": (None, _cost),
        "trouble": (None, _trouble),
    }
    step, parts = made[name]
    return Article(title_of(name), step, parts())


def deed_words(deed: str) -> str:
    """The word on a part's button."""
    words = {
        "chat": _tr("Try it in Chat"),
        "compare": _tr("Compare"),
        "rate": _tr("Rate one model"),
        "data": _tr("Go to Data"),
        "split": _tr("See the split"),
        "base": _tr("Help me choose…"),
        "start": _tr("New fine-tune"),
        "train": _tr("Show the curve"),
        "results": _tr("Results"),
        "models": _tr("Models"),
    }
    return words[deed]


def _helps() -> list[Part]:
    return [
        Part(_tr("A better prompt first"), _tr(
            "Say what you want, show three to five examples, say what to do when in doubt. If that "
            "is enough, you are done in minutes."
        ), "chat"),
        Part(_tr("Style and tone"), _tr(
            "It should always sound one way: a voice, a character, short and polite. In long "
            "conversations a prompt fades; what was trained stays."
        ), "start"),
        Part(_tr("Reliability"), _tr(
            "The form must be right each time: JSON with fixed keys, a table, one word of a list. "
            "Results counts valid answers by itself."
        ), "results"),
        Part(_tr("Complex instructions"), _tr(
            "Many rules with exceptions. Examples show how the rules meet, and the prompt becomes "
            "short again."
        ), "data"),
        Part(_tr("Hard to say"), _tr(
            "You know a good answer when you see it. Collect answers that you chose or put right, "
            "and let it learn from those."
        ), "compare"),
        Part(_tr("Where it does not help"), _tr(
            "New facts, prices, news. A model learns how to answer, not what is true today; a "
            "small one invents more, not less. Put facts into the prompt."
        ), "chat"),
    ]  # fmt: skip


def _data() -> list[Part]:
    return [
        Part(_tr("How many"), _tr(
            "50 to 100 rows are a good start. If twice as many are clearly better, write more of "
            "them; if not, better rows help more than more rows."
        ), "data"),
        Part(_tr("Consistent"), _tr(
            "Like questions get like answers. Where two people would answer differently, agree "
            "first. Use one system prompt in all rows, and the same one when you ask later."
        ), "data"),
        Part(_tr("Covering what comes"), _tr(
            "Rows look like what is really asked: usual, odd, short, mistyped, and what is to be "
            "refused. Tag rows by topic, and the Guide says which topics are thin."
        ), "data"),
        Part(_tr("Train and test"), _tr(
            "Learn from 70 to 90 %, hold 10 to 30 % out. A test row must not be learned in other "
            "words either; Data marks those that leak."
        ), "split"),
        Part(_tr("Worth copying"), _tr(
            "Each reply is one that you would send. Mistakes are copied, too."
        )),
    ]  # fmt: skip


def _base() -> list[Part]:
    return [
        Part(_tr("Begin small"), _tr(
            "Style and form need little strength. The model of this computer costs nothing, is "
            "trained in minutes, and no row leaves."
        ), "start"),
        Part(_tr("When to take a larger one"), _tr(
            "Many instructions at once, much knowledge, or another language than English. "
            "SmolLM2-135M hardly speaks Thai; take one that does."
        ), "base"),
        Part(_tr("How long it lives"), _tr(
            "Providers end base models, and tuned ones with them. Models shows the day on which "
            "each ends."
        ), "models"),
    ]  # fmt: skip


def _numbers() -> list[Part]:
    return [
        Part(_tr("Epochs"), _tr(
            "How often all rows are learned. Too few: both curves still fall at the end. Too many: "
            "train loss falls on while held-out loss turns up."
        ), "train"),
        Part(_tr("Batch size"), _tr(
            "How many rows make one step. Larger: fewer steps and a smoother curve. Smaller: more "
            "steps and a restless one, often as good where rows are few."
        )),
        Part(_tr("Learning rate multiplier"), _tr(
            "How far each step goes. Too high: loss jumps, or turns up within an epoch. Too low: "
            "the curve sinks slowly and ends high."
        )),
        Part(_tr("Beta, for preferences"), _tr(
            "How close it stays to where it came from. Low: bolder, and answers may fall apart. "
            "High: careful, and little changes."
        )),
        Part(_tr("Seed"), _tr(
            "The order of the rows and the first weights. What differs between two seeds is "
            "chance."
        )),
        Part(_tr("Auto, and one change at a time"), _tr(
            "Begin with auto. Then change one number, and lay the new curve beside the old one."
        ), "start"),
    ]  # fmt: skip


def _better() -> list[Part]:
    return [
        Part(_tr("On rows that nobody learned"), _tr(
            "Both models answer the held-out rows. Loss tells whether it learned, not whether "
            "people like it."
        ), "compare"),
        Part(_tr("Without seeing names"), _tr(
            "Names, order and speed are hidden until you have voted. Do not vote for length; "
            "Results says whether you did."
        ), "compare"),
        Part(_tr("With an interval"), _tr(
            "As long as the interval holds 50 %, it may be chance. 40 votes show a clear "
            "difference, a small one takes hundreds."
        ), "results"),
        Part(_tr("By measures"), _tr(
            "Form, likeness to your reply, length and refusals are counted on every held-out row. "
            "A model can win votes and lose there."
        ), "results"),
        Part(_tr("By those who use it"), _tr(
            "What people put right is the best test. Rate single answers, and make a row of each "
            "correction."
        ), "rate"),
    ]  # fmt: skip


def _again() -> list[Part]:
    return [
        Part(_tr("More of what fails"), _tr(
            "Open the lost rounds, find what they have in common, and write ten rows of that."
        ), "results"),
        Part(_tr("Quality before number"), _tr(
            "Mend or delete bad rows before you add new ones."
        ), "data"),
        Part(_tr("Balance"), _tr(
            "If most rows refuse, the model refuses. Keep topics and kinds of answers as they come "
            "in life."
        ), "data"),
        Part(_tr("Small steps"), _tr(
            "Change the rows or one number, not both. Leave the test rows as they are, so that "
            "rounds can be compared."
        ), "start"),
        Part(_tr("Votes are examples"), _tr(
            "Pairs made of your votes can be learned on top of a tuned model (DPO)."
        ), "results"),
    ]  # fmt: skip


def _cost() -> list[Part]:
    return [
        Part(_tr("Training"), _tr(
            "Tokens of the train rows, times epochs, times the price. New fine-tune says the sum "
            "before you start; on this computer it is nothing."
        ), "start"),
        Part(_tr("Keeping"), _tr(
            "Some providers take rent by the hour for a tuned model, whether it is asked or not. "
            "Delete what you do not use."
        ), "models"),
        Part(_tr("Asking"), _tr(
            "A tuned model often costs more by the token and needs a much shorter prompt. Both are "
            "reckoned before the start."
        ), "start"),
        Part(_tr("Try here first"), _tr(
            "Mistakes in the rows show on the small model of this computer as well, for nothing."
        ), "start"),
    ]  # fmt: skip


def _trouble() -> list[Part]:
    return [
        Part(_tr("It is no better than before"), _tr(
            "Rows are too few or too alike, or a prompt does the same. Read ten answers, and write "
            "50 rows of what is wrong with them."
        ), "data"),
        Part(_tr("It fails on one topic"), _tr(
            "Results shows votes by tag. Write rows for the tag that loses, some of them for the "
            "test."
        ), "results"),
        Part(_tr("It repeats the examples"), _tr(
            "Held-out loss turned up. Take the checkpoint before that, or fewer epochs."
        ), "train"),
        Part(_tr("It forgot other things"), _tr(
            "Fewer epochs, a smaller learning rate, and some everyday questions among the rows."
        ), "start"),
        Part(_tr("Its facts are wrong"), _tr(
            "It learned the style, not the knowledge. Give facts in the prompt, or take a larger "
            "base model."
        ), "base"),
        Part(_tr("Answers end too soon"), _tr(
            "Rows were longer than the model reads, or the limit of tokens is low. Data marks rows "
            "that are cut."
        ), "data"),
        Part(_tr("A job failed"), _tr(
            "Train names the row or the setting at fault, and leads to it."
        ), "train"),
    ]  # fmt: skip
