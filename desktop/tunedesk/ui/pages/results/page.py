"""Results: one sentence first, then what supports it, then every vote."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy, QStackedWidget, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.after_vote import view_of
from tunedesk.services.compare.rated import rated_models
from tunedesk.services.compare.results import pairs, preference_pairs, results
from tunedesk.services.compare.results_types import Pair, VoteRow
from tunedesk.services.compare.votes_of_row import VotesOn
from tunedesk.services.project.project import Project
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.results.exporter import Exporter, Shown
from tunedesk.ui.pages.results.groups_card import GroupsCard
from tunedesk.ui.pages.results.measures_card import ExtremesCard, MeasuresCard
from tunedesk.ui.pages.results.trust_card import RanksCard, RatedCard, TrustCard
from tunedesk.ui.pages.results.verdict_card import VerdictCard
from tunedesk.ui.pages.results.vote_dialog import VoteDialog
from tunedesk.ui.pages.results.votes_card import VotesCard
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask, finished
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.empty_state import EmptyState
from tunedesk.ui.widgets.layout import column, scrolled
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.side_by_side import SideBySide
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip

_NARROW_PX = 900
_FILLED, _EMPTY, _READING = range(3)


class ResultsPage(Page):
    """Reads the votes anew each time it is shown.

    `pairs_made()`: the project has one more dataset. `pairs_wanted(path, page id)`: that dataset is
    to be opened, and the page shown. `view_shown(view)`: these results are.
    """

    pairs_made = Signal()
    pairs_wanted = Signal(object, str)
    view_shown = Signal(object)

    def __init__(
        self,
        *,
        project: Project,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent=parent)
        self.set_title(self.tr("Results"))
        self.setAccessibleName(self.tr("Results"))
        self._project = project
        self._operations = operations
        self._theme, self._memory = theme, memory
        self._pairs: list[Pair] = []
        self._generation = 0
        self._wanted: VotesOn | None = None
        self.verdict = VerdictCard(theme)
        self.groups = GroupsCard(theme)
        self.measures = MeasuresCard()
        self.trust = TrustCard()
        self.extremes = ExtremesCard()
        self.ranks = RanksCard()
        self.rated = RatedCard()
        self.votes = VotesCard(theme)
        self._cards = (
            self.verdict,
            self.groups,
            self.measures,
            self.trust,
            self.extremes,
            self.ranks,
            self.rated,
            self.votes,
        )
        self.notice = Notice()
        self._shown: Shown | None = None
        self.exporter = Exporter(
            project, operations, ask, self.notice, lambda: self._shown, parent=self
        )
        self._build_header(theme)
        self._build_body()

    def _build_header(self, theme: Theme) -> None:
        self.pair = ChoiceBox(theme, self.tr("Which two models"))
        self.pair.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.pair.setMinimumWidth(160)
        self.pair.setMaximumWidth(420)
        self.pair.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.pair.activated.connect(lambda _index: self._load())
        self.make_pairs = button("", self._make_pairs, look="primary")
        self.header.addWidget(self.pair)
        self.without_named = button("", look="filter")
        self.without_named.hide()
        self.without_named.toggled.connect(lambda _on: self._load())
        set_tip(
            self.without_named,
            self.tr("Votes where an answer says who gave it, so that they were not quite blind"),
        )
        self.header.addWidget(self.without_named)
        self.export = button(self.tr("Export"))
        menu = QMenu(self.export)
        self.exporter.fill(menu)
        self.export.setMenu(menu)
        self.header.addStretch()
        self.header.addWidget(self.export)
        self.header.addWidget(self.make_pairs)

    def _build_body(self) -> None:
        beside = SideBySide(self.groups, self.measures, (53, 47), _NARROW_PX)
        self._of_votes = QWidget()
        of_votes = (self.verdict, beside, self.votes, self.trust, self.extremes, self.ranks)
        self._of_votes.setLayout(column(*of_votes, spacing=16))
        content = QWidget()
        content.setLayout(
            column(self._of_votes, self.rated, None, spacing=16, margins=(24, 20, 24, 20))
        )
        self.votes.rows_wanted.connect(self._show_rows)
        self.votes.vote_wanted.connect(lambda vote: self._run(self._open_vote(vote)))
        self.extremes.row_wanted.connect(lambda digest: self._show_rows([digest]))
        self.empty = EmptyState(
            self.tr("No votes yet"),
            self.tr("Compare shows two answers to one prompt without saying whose they are. "
                    "Your votes appear here."),
            self.tr("Compare"),
            lambda: self.navigate.emit("compare", None),
        )  # fmt: skip
        self._body = QStackedWidget()
        self._body.setProperty("look", "ground")
        self._body.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._body.setAccessibleName(self.tr("Results"))
        self._body.addWidget(scrolled(content))
        self._body.addWidget(self.empty)
        reading = PlainLabel(self.tr("Reading the votes…"), "second")
        reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body.addWidget(reading)
        self.outer.addWidget(self.notice)
        self.outer.addWidget(self._body, 1)
        self._show_empty(True)

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None, or the votes (VotesOn) to be shown, the newest opened."""
        self._wanted = payload if isinstance(payload, VotesOn) else None
        self.notice.hide()
        self.refresh()

    def refresh(self) -> None:
        """Read the votes again."""
        self._operations.run(
            self._read(), owner=self, done=self._pairs_known, failed=self._tell_error
        )

    async def _read(self) -> list[Pair]:
        found = await pairs(self._project)
        if not found:
            self.rated.show_rated(await rated_models(self._project))
        return found

    def first_focus(self) -> QWidget | None:
        return self._body

    def _pairs_known(self, found: Sequence[Pair]) -> None:
        wanted = self._wanted.pair if self._wanted is not None else None
        chosen = next((one for one in found if frozenset(one) == wanted), self._pair)
        self._pairs = list(found)
        self.pair.clear()
        for first, second in self._pairs:
            self.pair.addItem(
                self.tr("{base} vs {tuned}").format(base=first.label, tuned=second.label)
            )
        if chosen in self._pairs:
            self.pair.setCurrentIndex(self._pairs.index(chosen))
        self._show_empty(not self._pairs)
        self._load()

    @property
    def _pair(self) -> Pair | None:
        at = self.pair.currentIndex()
        return self._pairs[at] if 0 <= at < len(self._pairs) else None

    def _show_empty(self, empty: bool) -> None:
        """Without votes there may still be models that were rated alone."""
        has_ratings = empty and bool(self.rated.lines)
        self._of_votes.setHidden(has_ratings)
        filled = _FILLED if self._shown is not None else _READING
        shown = _FILLED if has_ratings else _EMPTY if empty else filled
        self._body.setCurrentIndex(shown)
        self.pair.setVisible(not empty)
        for part in (self.export, self.make_pairs):
            part.setVisible(not empty and self._shown is not None)

    def _load(self) -> None:
        pair = self._pair
        if pair is None:
            return
        self._generation += 1
        generation = self._generation
        self._operations.run(
            results(self._project, *pair, leaves_out_named=self.without_named.isChecked()),
            owner=self,
            done=lambda view: self._show(generation, Shown(pair, view)),
            failed=self._tell_error,
        )

    def _show(self, generation: int, shown: Shown) -> None:
        if generation != self._generation:
            return
        self._shown, view = shown, shown.view
        self._show_empty(False)
        self.view_shown.emit(view)
        for card in self._cards:
            card.show_view(view)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.votes.choose_rounds(wanted.round_ids, view)
            newest = (one for one in view.votes if one.round_id == wanted.round_ids[0])
            if (vote := next(newest, None)) is not None:
                self._run(self._open_vote(vote))
        not_blind = self.tr("Leave out {n} that name their maker").format(n=f"{view.n_named:,}")
        self.without_named.setText(not_blind)
        self.without_named.setAccessibleName(not_blind)
        self.without_named.setVisible(view.n_named > 0)
        n_pairs = sum(map(_makes_pair, view.votes))
        text = self.tr("Make preference pairs ({n}) →").format(n=f"{n_pairs:,}")
        self.make_pairs.setText(text)
        self.make_pairs.setAccessibleName(text)
        self.make_pairs.setEnabled(n_pairs > 0)

    def _show_rows(self, digests: Sequence[str]) -> None:
        words = self.tr("From results {n}").format(n=f"{len(digests):,}")
        self.navigate.emit("data", RowsOf(words=words, digests=tuple(digests)))

    async def _open_vote(self, vote: VoteRow) -> None:
        view = await view_of(self._project, vote.round_id)
        dialog = VoteDialog(vote, view, self._theme, self._memory, self)
        dialog.row_wanted.connect(lambda digest: self._show_rows([digest]))
        await finished(dialog)

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        self._operations.run(work, owner=self, failed=self._tell_error)

    def _make_pairs(self) -> None:
        pair = self._pair
        if pair is not None:
            self._operations.run(
                preference_pairs(self._project, *pair),
                owner=self,
                done=self._pairs_written,
                failed=self._tell_error,
            )

    def _pairs_written(self, path: Path) -> None:
        self.pairs_made.emit()
        self.notice.tell(
            self.tr("The preference pairs are a dataset now: {name}").format(name=path.name),
            (self.tr("Show them"), lambda: self._want(path, "data")),
            (self.tr("Fine-tune on them →"), lambda: self._want(path, "new_fine_tune")),
            kind="info",
        )

    def _want(self, path: Path, page_id: str) -> None:
        self.notice.hide()
        self.pairs_wanted.emit(path, page_id)

    def _tell_error(self, error: TunedeskError) -> None:
        self.notice.tell(
            f"{error.title} {error.what} {error.next_step}",
            (self.tr("Try again"), self.on_enter),
            kind="error",
        )


def _makes_pair(vote: VoteRow) -> bool:
    """One answer is preferred, also where that was decided after the reveal."""
    return not vote.is_repeat and (vote.changed_to or vote.winner) in ("base", "tuned")
