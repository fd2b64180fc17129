"""One sentence that never claims more than the votes do, and everything it rests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.link_ask import LinkAsk
from tests.support.scripted_comparison import BASE, TUNED
from tunedesk.core.errors import TunedeskError
from tunedesk.core.statistics import judge
from tunedesk.services.comparison import Contender
from tunedesk.services.results import ResultsView, VoteRow
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.results import page as results_page
from tunedesk.ui.pages.results import words
from tunedesk.ui.pages.results.page import ResultsPage
from tunedesk.ui.theme import Theme


def _vote(winner: str, prompt: str = "How far?", reasons: tuple[str, ...] = ()) -> VoteRow:
    return VoteRow(
        prompt=prompt,
        base_text="Far <img src='/etc/passwd'>.",
        tuned_text="ไกล\nมาก",
        winner=winner,  # type: ignore[arg-type]
        reasons=list(reasons),
        note="a note",
        at_ms=1,
    )


def _view(wins: int, losses: int, ties: int = 0, *, left: int = 0) -> ResultsView:
    votes = [_vote("tuned", reasons=("tone",))] * wins + [_vote("base")] * losses
    return ResultsView(
        base_label=BASE.label,
        tuned_label=TUNED.label,
        verdict=judge(wins=wins, losses=losses, ties=ties, left_picks=left),
        by_reason=[("tone", wins, 0, 0)] if wins else [],
        votes=votes + [_vote("tie")] * ties,
    )


class Scripted:
    """What the services say; `failing` once makes the next call fail."""

    def __init__(self, view: ResultsView | None) -> None:
        self.view = view
        self.failing = False
        self.written: list[str] = []

    async def pairs(self, _project: object) -> list[tuple[Contender, Contender]]:
        if self.failing:
            self.failing = False
            raise TunedeskError("ledger", "The votes could not be read.", "Disk.", "Try again.")
        return [(BASE, TUNED)] if self.view is not None else []

    async def results(self, _project: object, *_pair: Contender) -> ResultsView:
        assert self.view is not None
        return self.view

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
        for name in ("pairs", "results", "preference_pairs"):
            monkeypatch.setattr(results_page, name, getattr(scripted, name))
        page = ResultsPage(
            project=object(),  # type: ignore[arg-type]
            operations=operations,
            ask=LinkAsk(yes=True),
            theme=theme,
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


def test_pairs_are_written_and_their_place_is_told(
    make: Make, qtbot: QtBot, gui_loop: GuiLoop
) -> None:
    scripted = Scripted(_view(5, 2, 1))
    page = make(scripted)
    _press(page, qtbot, "Make preference pairs (7)")
    gui_loop.settle(lambda: page.notice.isVisible())
    assert "/somewhere/datasets/marv-pairs.jsonl" in page.notice.text.text()
    assert scripted.written == [f"{BASE.label} {TUNED.label}"]


def test_only_ties_make_no_pairs(make: Make) -> None:
    page = make(Scripted(_view(0, 0, 3)))
    assert page.verdict.headline.text() == "No winner yet: 3 votes, none for either model"
    assert not page.make_pairs.isEnabled()


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


def test_the_rail_counts_the_votes(make: Make, gui_loop: GuiLoop) -> None:
    page = make(Scripted(_view(5, 2)))
    notes: list[str] = []
    page.rail_note.connect(notes.append)
    page.refresh()
    gui_loop.settle(lambda: notes)
    assert notes == ["7 votes"]


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
