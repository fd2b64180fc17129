"""What a report says, in words, for whatever writes it: HTML or PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from tunedesk.core.statistics import Group
from tunedesk.services.compare.results_types import ResultsView, VoteRow
from tunedesk.ui.pages.results import measure_words, rating_words, trust_words, words
from tunedesk.ui.pages.results.groups_card import groups_note, reason_word
from tunedesk.ui.pages.results.trust_words import Line, share_words
from tunedesk.ui.pages.results.votes_model import changed_word, winner_word


class Bar(NamedTuple):
    """A line of a bar chart: its name, votes for tuned, neither and base, and the same in words."""

    name: str
    tuned: int
    even: int
    base: int
    words: str


class Vote(NamedTuple):
    """One vote in words; `winner` is that of VoteRow."""

    prompt: str
    base: str
    tuned: str
    winner: str
    winner_word: str
    why: str


class Report(NamedTuple):
    """Texts are plain: whoever writes them escapes them."""

    title: str
    about: str
    base: str
    tuned: str
    headline: str
    details: str
    chip: str
    advice: str
    share: float | None
    low: float
    high: float
    bars: Sequence[tuple[str, Sequence[Bar]]]
    bars_note: str
    trust: Sequence[Line]
    measures_title: str
    measures: Sequence[tuple[str, str, str, str]]
    ranks: Sequence[Line]
    rated: Sequence[Line]
    votes: Sequence[Vote]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Report", text)


def report_of(view: ResultsView, project: str, when: str) -> Report:
    """The whole page in words; `when` is the day it is made."""
    verdict = view.verdict
    title = _tr("{base} vs {tuned}").format(base=view.base_label, tuned=view.tuned_label)
    groups = ((_tr("By reason"), view.by_reason, True), (_tr("By tag"), view.by_tag, False))
    return Report(
        title=title,
        about=_tr("Project {project} · {when} · Tunedesk").format(project=project, when=when),
        base=view.base_label,
        tuned=view.tuned_label,
        headline=words.headline(verdict),
        details=words.details(verdict),
        chip=words.chip(verdict)[1],
        advice=words.advice(view),
        share=verdict.share,
        low=verdict.low,
        high=verdict.high,
        bars=[
            (name, [_bar(group, is_reason) for group in of]) for name, of, is_reason in groups if of
        ],
        bars_note=groups_note(view) if view.by_reason or view.by_tag else "",
        trust=trust_words.lines(view),
        measures_title=measure_words.heading(view.n_measured),
        measures=[
            (
                *measure_words.name_and_line(one),
                measure_words.figure(one, one.base),
                measure_words.figure(one, one.tuned),
            )
            for one in view.measures
        ],
        ranks=[trust_words.rank_line(rank) for rank in view.ranks],
        rated=rating_words.lines(view.rated),
        votes=[_vote(row) for row in view.votes],
    )


def _bar(group: Group, is_reason: bool) -> Bar:
    name = reason_word(group.name) if is_reason else group.name
    said = _tr("{n}; tuned {share}").format(
        n=words.votes(group.n_votes), share=share_words(group.share)
    )
    if group.is_clear:
        said += _tr("; clear")
    return Bar(name, group.wins, group.even, group.losses, said)


def _vote(row: VoteRow) -> Vote:
    why = [", ".join(map(reason_word, row.reasons)), row.note]
    why += [_tr("shown again") if row.is_repeat else "", changed_word(row)]
    return Vote(
        row.prompt,
        row.base_text,
        row.tuned_text,
        row.winner,
        winner_word(row.winner),
        " · ".join(part for part in why if part),
    )
