"""Should I fine-tune at all? Six answers lead to a recommendation with its reasons.

The order of the rules is a judgement, stated here and nowhere else: what fine-tuning cannot give
comes first, then what is cheaper to try, then what is missing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tunedesk.core.base_choice import Reason

Wish = Literal["style", "format", "instructions", "hard_to_say", "facts"]
Prompted = Literal["untried", "told", "shown"]
Rows = Literal["none", "few", "enough"]
Steady = Literal["steady", "moves"]
Often = Literal["seldom", "often"]
Judge = Literal["rule", "eye", "unsure"]

Outcome = Literal["look_up", "prompt", "say_good", "collect", "fine_tune"]
Action = Literal["chat", "compare", "data", "start"]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """`wish`: what should change. `prompted`: whether a prompt was tried, told what to do or
    shown examples. `rows`: fewer than 50 are few. `steady`: whether what is right today is right
    next month. `judge`: how a good answer is known."""

    wish: Wish
    prompted: Prompted
    rows: Rows
    steady: Steady
    often: Often
    judge: Judge


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is recommended, why (reasons for and against fine-tuning now), and the next step."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    action: Action


_ACTION: dict[Outcome, Action] = {
    "look_up": "chat",
    "prompt": "chat",
    "say_good": "data",
    "collect": "data",
    "fine_tune": "start",
}


def decide(answers: Answers) -> Decision:
    """The recommendation for these answers."""
    outcome = _outcome(answers)
    return Decision(outcome=outcome, reasons=tuple(_reasons(answers)), action=_ACTION[outcome])


def _outcome(answers: Answers) -> Outcome:
    if answers.wish == "facts" or answers.steady == "moves":
        return "look_up"
    if answers.prompted == "untried":
        return "prompt"
    if answers.prompted == "told" and answers.often == "seldom":
        return "prompt"
    if answers.judge == "unsure":
        return "say_good"
    return "fine_tune" if answers.rows == "enough" else "collect"


def _reasons(answers: Answers) -> list[Reason]:
    """Those that speak against doing it now come first."""
    against = {
        "facts_no": answers.wish == "facts",
        "moves_no": answers.steady == "moves",
        "untried_no": answers.prompted == "untried",
        "told_no": answers.prompted == "told",
        "unsure_no": answers.judge == "unsure",
        "no_rows_no": answers.rows == "none",
        "few_rows_no": answers.rows == "few",
        "seldom_no": answers.often == "seldom",
    }
    speaks_for = {
        f"{answers.wish}_yes": answers.wish != "facts",
        "shown_yes": answers.prompted == "shown",
        "often_yes": answers.often == "often",
        "enough_yes": answers.rows == "enough",
        "rule_yes": answers.judge == "rule",
        "eye_yes": answers.judge == "eye",
    }
    return [
        *(Reason(code, False) for code, holds in against.items() if holds),
        *(Reason(code, True) for code, holds in speaks_for.items() if holds),
    ]
