"""One sentence that never claims more than the votes do, and everything it rests on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.kept_advice import KeptAdvice
from tests.support.link_ask import LinkAsk
from tests.support.scripted_comparison import BASE, TUNED
from tunedesk.app.advice import ResultsAdvice
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.measures import Measure, Scored
from tunedesk.core.statistics import (
    Group,
    consistency,
    grouped,
    judge,
    length_effect,
    seat_bias,
    votes_to_decide,
)
from tunedesk.core.statistics.ratings import rating_summary
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.compare.rated import Rated
from tunedesk.services.compare.results_types import Rank, ResultsView, VoteRow
from tunedesk.services.compare.votes_of_row import VotesOn
from tunedesk.store.records import RoundRecord, VoteRecord, VoteView
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.results import page as results_page
from tunedesk.ui.pages.results import words
from tunedesk.ui.pages.results.page import ResultsPage
from tunedesk.ui.pages.results.trust_words import Line, lines
from tunedesk.ui.pages.results.vote_dialog import VoteDialog
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text import PlainLabel

DIGESTS = ("a" * 64, "b" * 64)


def _vote(winner: str, prompt: str = "How far?", reasons: tuple[str, ...] = ()) -> VoteRow:
    return VoteRow(
        prompt=prompt,
        base_text="Far <img src='/etc/passwd'>.",
        tuned_text="ไกล\nมาก",
        winner=winner,  # type: ignore[arg-type]
        reasons=list(reasons),
        note="a note",
        at_ms=1,
        round_id=f"round-{winner}",
        prompt_digest=DIGESTS[winner == "base"],
    )


def _view(wins: int, losses: int, ties: int = 0, *, left: int = 0, **more: Any) -> ResultsView:
    votes = [_vote("tuned", reasons=("tone",))] * wins + [_vote("base")] * losses
    usual: dict[str, Any] = {
        "base_label": BASE.label,
        "tuned_label": TUNED.label,
        "verdict": judge(wins=wins, losses=losses, ties=ties, left_picks=left),
        "by_reason": grouped([("tone", wins, 0, 0)] if wins else []),
        "votes": votes + [_vote("tie")] * ties,
        "seat": seat_bias(left, wins + losses),
        "length": length_effect([]),
        "consistency": consistency([]),
        "to_decide": votes_to_decide(wins, losses),
    }
    return ResultsView(**usual | more)


class Scripted:
    """What the services say; `failing` once makes the next call fail."""

    def __init__(self, view: ResultsView | None) -> None:
        self.view = view
        self.failing = False
        self.written: list[str] = []
        self.left_out: list[bool] = []
        self.rated: list[Rated] = []
        self.may_read = asyncio.Event()
        self.may_read.set()

    async def pairs(self, _project: object) -> list[tuple[Contender, Contender]]:
        if self.failing:
            self.failing = False
            raise TunedeskError("ledger", "The votes could not be read.", "Disk.", "Try again.")
        return [(BASE, TUNED)] if self.view is not None else []

    async def results(
        self, _project: object, *_pair: Contender, leaves_out_named: bool = False
    ) -> ResultsView:
        self.left_out.append(leaves_out_named)
        await self.may_read.wait()
        assert self.view is not None
        return self.view

    async def rated_models(self, _project: object) -> list[Rated]:
        return self.rated

    async def preference_pairs(self, _project: object, *pair: Contender) -> Path:
        self.written.append(" ".join(one.label for one in pair))
        return Path("/somewhere/datasets/marv-pairs.jsonl")


Make = Callable[[Scripted], ResultsPage]


@pytest.fixture
def make(
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> Make:
    def build(scripted: Scripted) -> ResultsPage:
        for name in ("pairs", "results", "preference_pairs", "rated_models"):
            monkeypatch.setattr(results_page, name, getattr(scripted, name))
        page = ResultsPage(
            project=object(),  # type: ignore[arg-type]
            operations=operations,
            ask=LinkAsk(yes=True),
            theme=theme,
            memory=Memory(),
        )
        page.resize(816, 617)
        qtbot.addWidget(page)
        page.show()
        page.on_enter()
        gui_loop.turn(20)
        return page

    return build


def _press(page: ResultsPage, qtbot: QtBot, beginning: str) -> None:
    buttons = [b for b in page.findChildren(QPushButton) if b.text().startswith(beginning)]
    shown = [b for b in buttons if b.isVisible()]
    assert len(shown) == 1
    qtbot.mouseClick(shown[0], Qt.MouseButton.LeftButton)


def test_a_winner_is_named_with_its_interval(make: Make) -> None:
    page = make(Scripted(_view(24, 10, 4, left=18)))
    assert page.verdict.headline.text() == "The tuned model wins 71 % of your blind votes"
    assert page.verdict.details.text() == (
        "95 % interval 54 – 83 % · 38 votes, 4 ties set aside · sign test p = 0.024 · "
        "you picked the left answer 53 % of the time, no sign of a side bias"
    )
    assert page.verdict.chip.text() == "Better, with 95 % confidence"
    assert page.verdict.headline.text() in page.verdict.bar.accessibleName()


def test_no_votes_lead_to_compare(make: Make, qtbot: QtBot) -> None:
    page = make(Scripted(None))
    went: list[str] = []
    page.navigate.connect(lambda page_id, _payload: went.append(page_id))
    assert page.empty.title.text() == "No votes yet"
    assert not page.make_pairs.isVisible()
    _press(page, qtbot, "Compare")
    assert went == ["compare"]


def test_models_that_were_rated_alone_stand_below_the_votes_or_by_themselves(make: Make) -> None:
    stars = Rated(who=TUNED, summary=rating_summary([4, 5, 4, 3, 4], [True, True, False]))
    passed = Rated(who=BASE, summary=rating_summary([], [True, False, False, False]))
    page = make(Scripted(_view(24, 10, rated=(stars, passed))))
    said = f"{TUNED.label} gets 4.0 of 5 on average, 95 % interval 3.0 – 4.4"
    assert page.rated.headline.text() == said
    assert [(line.name, line.figure) for line in page.rated.lines] == [
        (TUNED.label, "4.0 of 5 (3.0 – 4.4)"),
        (BASE.label, "25 % of 4 (5 – 70 %)"),
    ]
    assert "Passed: 67 % of 3" in page.rated.lines[0].sentence
    assert page.verdict.isVisible()
    scripted = Scripted(None)
    scripted.rated = [passed]
    alone = make(scripted)
    assert alone.rated.isVisible() and not alone.verdict.isVisible()
    assert alone.rated.headline.text().startswith(f"{BASE.label} passes 25 % of your ratings")


def test_nothing_is_shown_of_results_that_are_still_read(make: Make, gui_loop: GuiLoop) -> None:
    scripted = Scripted(_view(5, 2))
    scripted.may_read.clear()
    page = make(scripted)
    assert not page.verdict.isVisible()
    assert not page.export.isVisible()
    assert [one.text() for one in page.findChildren(PlainLabel) if one.isVisible()] == [
        "Results",
        "Reading the votes…",
    ]
    scripted.may_read.set()
    gui_loop.settle(page.verdict.isVisible)
    assert page.export.isVisible()


def test_every_vote_is_listed_as_plain_text(make: Make) -> None:
    page = make(Scripted(_view(1, 1)))
    model = page.votes.model
    cells = [model.data(model.index(0, column)) for column in range(5)]
    assert cells == [
        "How far?",
        "Far <img src='/etc/passwd'>.",
        "ไกล มาก",
        "tone · a note",
        "tuned",
    ]


def test_the_filter_leaves_what_the_tuned_model_lost(make: Make, qtbot: QtBot) -> None:
    page = make(Scripted(_view(5, 2, 1)))
    assert page.votes.model.rowCount() == 8
    _press(page, qtbot, "lost by tuned (2)")
    assert page.votes.model.rowCount() == 2
    _press(page, qtbot, "lost by tuned (2)")
    assert page.votes.model.rowCount() == 8


def test_pairs_are_a_dataset_that_leads_on_to_a_fine_tune(
    make: Make, qtbot: QtBot, gui_loop: GuiLoop
) -> None:
    scripted = Scripted(_view(5, 2, 1))
    page = make(scripted)
    made: list[bool] = []
    wanted: list[tuple[str, str]] = []
    page.pairs_made.connect(lambda: made.append(True))
    page.pairs_wanted.connect(lambda path, page_id: wanted.append((path.name, page_id)))
    _press(page, qtbot, "Make preference pairs (7)")
    gui_loop.settle(lambda: page.notice.isVisible())
    assert "a dataset now: marv-pairs.jsonl" in page.notice.text.text()
    assert made == [True]
    _press(page, qtbot, "Fine-tune on them →")
    assert wanted == [("marv-pairs.jsonl", "new_fine_tune")]
    assert scripted.written == [f"{BASE.label} {TUNED.label}"]


def test_answers_that_name_their_maker_are_left_out_on_request(
    make: Make, qtbot: QtBot, gui_loop: GuiLoop
) -> None:
    scripted = Scripted(_view(wins=3, losses=1, n_named=2))
    page = make(scripted)
    _press(page, qtbot, "Leave out 2 that name")
    gui_loop.settle(lambda: len(scripted.left_out) == 2)
    assert scripted.left_out == [False, True]
    assert make(Scripted(_view(wins=3, losses=1))).without_named.isHidden()


def test_only_ties_make_no_pairs(make: Make) -> None:
    page = make(Scripted(_view(0, 0, 3)))
    assert page.verdict.headline.text() == "No winner yet: 3 votes, none for either model"
    assert not page.make_pairs.isEnabled()


def test_the_votes_can_be_sifted(make: Make, gui_loop: GuiLoop) -> None:
    page = make(Scripted(_view(5, 2, 1)))
    pick = page.votes.pick
    assert [pick.itemText(at) for at in range(pick.count())] == [
        "all votes (8)",
        "won by tuned (5)",
        "ties (1)",
        "reason: tone (5)",
    ]
    for said, n_votes in (("won by tuned (5)", 5), ("ties (1)", 1), ("all votes (8)", 8)):
        pick.setCurrentText(said)
        pick.activated.emit(pick.currentIndex())
        assert page.votes.model.rowCount() == n_votes


def test_what_tuned_lost_is_opened_in_data(make: Make, qtbot: QtBot) -> None:
    page = make(Scripted(_view(5, 2, 1)))
    went: list[tuple[str, object]] = []
    page.navigate.connect(lambda page_id, payload: went.append((page_id, payload)))
    _press(page, qtbot, "lost by tuned (2)")
    _press(page, qtbot, "Show rows in Data (1)")  # two votes on one prompt
    assert went == [("data", RowsOf(words="From results 1", digests=(DIGESTS[1],)))]


def test_a_vote_is_opened_with_its_proof(
    make: Make, gui_loop: GuiLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = {"A": "ab" * 32, "B": None}
    answers = {
        seat: Answer(
            provider_id="local",
            model=f"model-{seat}",
            text=f"Said at {seat}.",
            finish_reason="stop",
            elapsed_ms=1900,
            completion_tokens=24,
            settings=ChatSettings(),
            model_digest=digest,
            prompt_digest="cd" * 32,
            at_ms=1_800_000_000_000,
        )
        for seat, digest in digests.items()
    }
    base, tuned = (
        Contender(provider_id="local", model=f"model-{seat}", label=label, kind=label)
        for seat, label in (("B", "base"), ("A", "tuned"))
    )
    record = RoundRecord(
        id="r",
        created_at_ms=1,
        messages=[{"role": "user", "content": "How far?"}],
        seed=1,
        first=base,
        second=tuned,
        first_seat="B",
        settings=ChatSettings(),
        source_digest=DIGESTS[0],
    )
    vote = VoteRecord(round_id="r", choice="A", created_at_ms=2, reasons=["tone"], note="dry")
    view = VoteView(round=record, answers=answers, vote=vote)

    async def view_of(_project: object, _round_id: str) -> VoteView:
        return view

    monkeypatch.setattr(results_page, "view_of", view_of)
    page = make(Scripted(_view(5, 2)))
    went: list[object] = []
    page.navigate.connect(lambda _page_id, payload: went.append(payload))
    page.votes.table.activated.emit(page.votes.model.index(0, 0))
    gui_loop.settle(lambda: page.findChild(VoteDialog))
    dialog = page.findChild(VoteDialog)
    assert dialog is not None
    assert [view.text() for view in dialog.answers] == ["Said at B.", "Said at A."]
    told = [dict(proof.lines) for proof in dialog.proofs]
    assert [one["Model"] for one in told] == ["model-B", "model-A"]
    assert told[1]["Adapter, sha256"] == "ab" * 32
    assert told[0]["Adapter, sha256"] == "none, or not told by the provider"
    assert (
        told[0]
        | {
            "Provider": "local",
            "Settings": "temperature 0 · top_p 1 · at most 256 tokens · no seed",
            "Prompt, sha256": "cd" * 32,
            "Finish reason": "stop",
            "Time": "1.9 s",
            "Tokens": "24",
        }
        == told[0]
    )
    assert dialog.said.text().startswith("Blind vote: ")
    (show,) = (b for b in dialog.findChildren(QPushButton) if b.text() == "Show the row in Data")
    show.click()
    gui_loop.settle(lambda: went)
    (rows,) = went
    assert isinstance(rows, RowsOf)
    assert rows.words == "From results 1"
    gui_loop.settle(lambda: page.findChild(VoteDialog) is None)
    page.on_enter(VotesOn(("round-base",), frozenset((BASE, TUNED))))  # back from the row
    gui_loop.settle(lambda: page.findChild(VoteDialog))
    assert page.votes.pick.currentText() == "on one row of Data (2)"
    assert page.votes.model.rowCount() == 2
    page.findChildren(VoteDialog)[0].accept()


MEASURES = [
    Measure(name="chrf", unit="score", base=19.41, tuned=41.2, n=241, better="tuned"),
    Measure(name="exact_match", unit="share", base=0.0, tuned=0.125, n=241, better="tuned"),
    Measure(name="length_tokens", unit="tokens", base=61, tuned=27, n=241),
    Measure(name="latency", unit="ms", base=1310, tuned=700, n=241, better="tuned"),
]


def test_measures_have_their_names_lines_and_units(make: Make) -> None:
    page = make(Scripted(_view(5, 2, measures=MEASURES, n_measured=241)))
    assert page.measures.title.text() == "Automatic measures on 241 held-out rows"
    said = [label.accessibleName() for label in page.measures.findChildren(PlainLabel)]
    for expected in (
        "Similarity to reference (chrF), Base: 19.4",
        "Similarity to reference (chrF), Tuned: 41.2",
        "Same as the reference, Tuned: 12 %",
        "Median reply length, Base: 61 tok",
        "Median latency, Tuned: 0.7 s",
    ):
        assert expected in said
    assert page.measures.none.isHidden()


def test_without_held_out_answers_the_way_to_measures_is_told(make: Make) -> None:
    page = make(Scripted(_view(5, 2)))
    assert page.measures.none.isVisible()
    assert page.extremes.isHidden()
    assert page.ranks.isHidden()


def test_a_row_that_lost_most_is_opened(make: Make, qtbot: QtBot) -> None:
    worst = [Scored(prompt="Worst?", prompt_digest=DIGESTS[0], base=80, tuned=12)]
    page = make(Scripted(_view(5, 2, worst=worst)))
    went: list[object] = []
    page.navigate.connect(lambda _page_id, payload: went.append(payload))
    (show,) = page.extremes.findChildren(QPushButton)
    assert show.accessibleName() == "Show in Data: Worst?, 80 → 12"
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert went == [RowsOf(words="From results 1", digests=(DIGESTS[0],))]


def test_all_models_are_on_one_scale(make: Make) -> None:
    rank = Rank(label="third", kind="tuned", chance=0.62, low=0.5, high=0.73, n_votes=9)
    page = make(Scripted(_view(5, 2, ranks=[rank])))
    assert page.ranks.lines == [Line("third", "62 % (50 – 73 %)", "9 votes")]


def _line(view: ResultsView, name: str) -> Line:
    return next(line for line in lines(view) if line.name == name)


def test_what_moved_the_votes_is_said_in_plain_words(make: Make) -> None:
    view = _view(24, 10, 4, left=18)
    page = make(Scripted(view))
    assert page.trust.lines == lines(view)
    assert _line(view, "Ties as half a win").figure == "68 %"
    side = _line(view, "The left answer won")
    assert (side.figure, side.sentence) == (
        "53 % of 34 (37 – 69 %)",
        "No sign that the side decided.",
    )
    assert "Too few votes" in _line(_view(3, 1, left=2), "The left answer won").sentence
    assert "You prefer a side." in _line(_view(10, 10, left=19), "The left answer won").sentence


def test_length_is_never_blamed_where_it_cannot_be_told_from_the_model() -> None:
    name = "The longer answer won"
    one_way = _view(12, 1, length=length_effect([(9, 1, True)] * 12 + [(9, 1, False)]))
    assert "cannot be told apart" in _line(one_way, name).sentence
    both = [(9, 1, True)] * 8 + [(1, 9, False)] * 8
    sentence = _line(_view(8, 8, length=length_effect(both)), name).sentence
    assert "The longer answer wins more often than by chance." in sentence
    assert "Tuned wins 100 % where its answer is the longer, 0 % where it is the" in sentence


def test_a_rater_is_told_how_steady(make: Make) -> None:
    name = "The same choice twice"
    assert name not in [line.name for line in lines(_view(5, 2))]
    found = consistency([("tuned", "tuned", False)] * 8 + [("tuned", "base", True)] * 2)
    line = _line(_view(5, 2, consistency=found), name)
    assert line.figure == "80 % of 10 (49 – 94 %)"
    assert "you chose the same side" in line.sentence


def test_a_line_alone_is_called_clear_only_after_correcting_for_the_others(make: Make) -> None:
    groups: list[Group] = grouped([("tone", 9, 1, 0), ("length", 5, 4, 3), ("format", 1, 2, 0)])
    page = make(Scripted(_view(12, 5, by_reason=groups)))
    assert page.groups.note.text().startswith("No line is beyond chance by itself")
    alone = make(Scripted(_view(12, 5, by_reason=grouped([("tone", 9, 1, 0)]))))
    assert alone.groups.note.text().startswith("“clear”")


@pytest.mark.parametrize(
    ("wins", "losses", "words_of_it"),
    [
        (3, 0, "A verdict needs at least 6 votes for one model or the other."),
        (8, 4, "About 58 more votes would decide it, if the share stays as it is."),
        (10, 10, "As many won as lost: nobody can say how many more votes would decide it."),
        (501, 500, "So close that 2,000 more votes would hardly decide it."),
        (9, 1, ""),
    ],
)
def test_what_would_make_it_surer(wins: int, losses: int, words_of_it: str) -> None:
    assert words.advice(_view(wins, losses)) == words_of_it


def test_how_to_narrow_what_is_decided() -> None:
    said = words.advice(_view(24, 10, to_narrow=(18, 0.12)))
    assert said == "18 more votes would narrow the interval to ± 12 points."


def test_an_error_is_told_and_can_be_tried_again(
    make: Make, qtbot: QtBot, gui_loop: GuiLoop
) -> None:
    scripted = Scripted(_view(5, 2))
    scripted.failing = True
    page = make(scripted)
    assert "The votes could not be read." in page.notice.text.text()
    _press(page, qtbot, "Try again")
    gui_loop.settle(lambda: page.votes.model.rowCount() == 7)
    assert page.notice.isHidden()


@pytest.mark.parametrize(
    ("wins", "losses", "sentence"),
    [
        (3, 0, "Too early to tell: 3 votes"),
        (5, 0, "Too early to tell: 5 votes"),
        (6, 0, "The tuned model wins 100 % of your blind votes"),
        (0, 6, "The base model wins 100 % of your blind votes"),
        (8, 4, "Undecided: the tuned model wins 67 % of your blind votes"),
        (10, 24, "The base model wins 71 % of your blind votes"),
    ],
)
def test_the_first_sentence(wins: int, losses: int, sentence: str) -> None:
    assert words.headline(judge(wins=wins, losses=losses)) == sentence


def test_a_side_bias_is_said() -> None:
    assert "which is a side bias" in words.details(judge(wins=10, losses=10, left_picks=18))
    assert "bias" not in words.details(judge(wins=3, losses=3, left_picks=6))


def test_a_measure_that_is_lost_is_advised_on_with_its_rows(
    make: Make, gui_loop: GuiLoop, operations: Operations, qtbot: QtBot
) -> None:
    lost = Measure(name="json_valid", unit="share", base=0.9, tuned=0.4, n=10, better="base")
    slow = Measure(name="latency", unit="ms", base=1.0, tuned=2.0, n=10, better="base")
    worst = [Scored(prompt="How far?", prompt_digest=DIGESTS[0], base=90.0, tuned=10.0)]
    scripted = Scripted(_view(3, 2, measures=[slow], worst=worst))
    page = make(scripted)
    line = ResultsAdvice(page, KeptAdvice(), operations).line  # type: ignore[arg-type]
    page.refresh()
    gui_loop.settle(lambda: not operations.is_busy)
    assert line.isHidden(), "to be slower says nothing of the answers"
    scripted.view = _view(3, 2, measures=[lost], worst=worst)
    page.refresh()
    gui_loop.settle(line.isVisible)
    assert line.text.text().startswith("The tuned model is worse in: Valid JSON.")
    wanted: list[object] = []
    page.navigate.connect(lambda name, payload: wanted.append((name, payload.digests)))
    qtbot.mouseClick(line.deed, Qt.MouseButton.LeftButton)
    assert wanted == [("data", DIGESTS[:1])]
