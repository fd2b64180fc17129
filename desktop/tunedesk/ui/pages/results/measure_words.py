"""What each automatic measure is, in one line, and its figures with their units."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.measures import Measure


def _tr(text: str) -> str:
    return QCoreApplication.translate("Measures", text)


def name_and_line(measure: Measure) -> tuple[str, str]:
    """The measure's name and what it is."""
    return {
        "held_out_loss": (
            _tr("Held-out loss"),
            _tr("Surprise at replies that were not learned; less is better."),
        ),
        "chrf": (
            _tr("Similarity to reference (chrF)"),
            _tr("Pieces of 1 to 6 letters in common; 100 is the reply itself."),
        ),
        "exact_match": (
            _tr("Same as the reference"),
            _tr("Answers that are the row's reply, letter by letter."),
        ),
        "json_valid": (
            _tr("Valid JSON"),
            _tr("Of rows whose reply is JSON: nothing but JSON in the answer."),
        ),
        "json_shape": (
            _tr("JSON of the same form"),
            _tr("The keys of the row's reply, and values of the same kinds."),
        ),
        "length_tokens": (
            _tr("Median reply length"),
            _tr("In the model's tokens; half of the answers are shorter."),
        ),
        "length_chars": (
            _tr("Median reply length"),
            _tr("In characters, since not every answer came with its tokens."),
        ),
        "latency": (
            _tr("Median latency"),
            _tr("From the question to the end of the answer."),
        ),
        "cut_off": (
            _tr("Replies cut off"),
            _tr("Ended by the limit of tokens, or on their way."),
        ),
        "refusals": (
            _tr("Refusals, a guess"),
            _tr("Told by the model, or by its first words (English, Thai)."),
        ),
    }[measure.name]  # fmt: skip


def figure(measure: Measure, value: float | None) -> str:
    """ "61 tok"; "–" where there is none."""
    if value is None:
        return "–"
    return {
        "loss": f"{value:.2f}",
        "score": f"{value:.1f}",
        "share": f"{100 * value:.0f} %",
        "tokens": _tr("{n} tok").format(n=f"{value:,.0f}"),
        "characters": _tr("{n} char").format(n=f"{value:,.0f}"),
        "ms": _tr("{s} s").format(s=f"{value / 1000:,.1f}"),
        "count": f"{value:,.0f}",
    }[measure.unit]


def heading(n_prompts: int) -> str:
    """What the card is called."""
    if n_prompts == 1:
        return _tr("Automatic measures on 1 held-out row")
    return _tr("Automatic measures on {n} held-out rows").format(n=f"{n_prompts:,}")
