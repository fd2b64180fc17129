"""Advice in place: when it is given, why, and what to do next. No words.

Each rule is one function of what is known; a page shows the first that holds and that nobody has
silenced in this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tunedesk.core.curves import ReadingCode
from tunedesk.core.guide.facts import (
    FEWEST_ROWS,
    GOOD_START_ROWS,
    LEAST_TEST_SHARE,
    MOST_TEST_SHARE,
    DataFacts,
    JobFacts,
    VoteFacts,
)
from tunedesk.core.guide.path import one_sided_topics

Code = Literal[
    "no_test",
    "never_tested",
    "never_learned",
    "few_rows",
    "uneven_split",
    "turned_up",
    "still_falling",
    "not_watched",
    "loses_votes",
    "loses_measures",
]
Deed = Literal["split", "topic", "new_row", "epochs", "data_split", "lost_rounds", "lost_rows"]


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """`code` and `args` name the sentence, with its reason; `deed` is the next step."""

    code: Code
    deed: Deed
    args: Mapping[str, str | int] = msgspec.field(default_factory=dict)


def on_data(data: DataFacts) -> list[Advice]:
    """About a dataset that was looked through, the weightiest first."""
    found = (_no_test(data), *_one_sided(data), _few_rows(data), _uneven(data))
    return [advice for advice in found if advice is not None]


def on_job(job: JobFacts) -> list[Advice]:
    """About a fine-tune that came to its end."""
    if job.status != "succeeded":
        return []
    if job.reading == ReadingCode.TURNED_UP:
        args = {"step": job.best_step}
        return [Advice(code="turned_up", deed="epochs", args=args)]
    if job.reading == ReadingCode.STILL_FALLING:
        return [Advice(code="still_falling", deed="epochs")]
    if job.reading == ReadingCode.NO_HELD_OUT:
        return [Advice(code="not_watched", deed="data_split")]
    return []


def on_votes(votes: VoteFacts) -> list[Advice]:
    """About a tuned model that was judged against its base. `lost` comes as the window names
    those measures."""
    if votes.outcome == "worse":
        args = {"wins": votes.wins, "losses": votes.losses}
        return [Advice(code="loses_votes", deed="lost_rounds", args=args)]
    if votes.lost:
        lost = ", ".join(votes.lost)
        return [Advice(code="loses_measures", deed="lost_rows", args={"measures": lost})]
    return []


def _no_test(data: DataFacts) -> Advice | None:
    """Nothing would show whether it got better."""
    if data.n_test or data.n_train < FEWEST_ROWS:
        return None
    return Advice(code="no_test", deed="split")


def _one_sided(data: DataFacts) -> list[Advice]:
    """What is never asked is not proven; what is never learned is no fair question."""
    return [
        Advice(
            code="never_learned" if topic.n_train == 0 else "never_tested",
            deed="topic",
            args={"topic": topic.name, "n": topic.n_rows},
        )
        for topic in one_sided_topics(data)
    ]


def _few_rows(data: DataFacts) -> Advice | None:
    """The difference may be too small to see."""
    if not 0 < data.n_used < GOOD_START_ROWS:
        return None
    return Advice(code="few_rows", deed="new_row", args={"n": data.n_used})


def _uneven(data: DataFacts) -> Advice | None:
    """Too few test rows say little, too many are missing from what is learned."""
    if not data.n_test or LEAST_TEST_SHARE <= data.test_share <= MOST_TEST_SHARE:
        return None
    test = round(100 * data.test_share)
    return Advice(code="uneven_split", deed="split", args={"train": 100 - test, "test": test})
