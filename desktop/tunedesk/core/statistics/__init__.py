"""What the votes say, and how sure one may be of it: pure functions, each with its source."""

from tunedesk.core.statistics.groups import Group, grouped, holm
from tunedesk.core.statistics.more_votes import votes_to_decide, votes_to_narrow
from tunedesk.core.statistics.proportions import (
    SIGNIFICANCE,
    Share,
    share_of,
    sign_test,
    wilson_interval,
)
from tunedesk.core.statistics.rater import (
    Consistency,
    LengthEffect,
    cohens_kappa,
    consistency,
    length_effect,
    seat_bias,
)
from tunedesk.core.statistics.verdict import Outcome, Verdict, judge

__all__ = [
    "SIGNIFICANCE",
    "Consistency",
    "Group",
    "LengthEffect",
    "Outcome",
    "Share",
    "Verdict",
    "cohens_kappa",
    "consistency",
    "grouped",
    "holm",
    "judge",
    "length_effect",
    "seat_bias",
    "share_of",
    "sign_test",
    "votes_to_decide",
    "votes_to_narrow",
    "wilson_interval",
]
