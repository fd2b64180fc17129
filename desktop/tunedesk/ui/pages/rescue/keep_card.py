"""Keep their voice, too: which prompts, which models, what it costs, and the asking itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.frozen import kept_contender
from tunedesk.services.project.project import DatasetInfo
from tunedesk.services.rescue.keeping import Keeping, Rows
from tunedesk.services.rescue.keeping_types import (
    HeldOutPrompt,
    KeepOffer,
    KeepOffers,
    total_cost,
)
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.rescue.keep_table import KeepTable
from tunedesk.ui.pages.rescue.keep_words import (
    agreement,
    end_words,
    error_words,
    estimate_words,
    marked_words,
    price_words,
    running_words,
    trouble_words,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, holding, row
from tunedesk.ui.widgets.text import PlainLabel


class KeepCard(Card):
    """Sends nothing before the person has agreed to the price.

    `changed()` when there is more to say than before; `compare_wanted(Contender)` to hear the
    answers that were kept.
    """

    changed = Signal()
    compare_wanted = Signal(object)

    def __init__(
        self,
        *,
        keeping: Keeping,
        current: CurrentDataset,
        operations: Operations,
        ask: Ask,
        theme: Theme,
    ) -> None:
        super().__init__(self.tr("Keep their voice, too"))
        self._keeping, self._current = keeping, current
        self._operations, self._ask = operations, ask
        self._provider_id = ""
        self._generation = 0
        self._infos: Sequence[DatasetInfo] = ()
        self.found: KeepOffers | None = None
        self.which = ChoiceBox(theme, self.tr("Prompts of this dataset"))
        self.rows = ChoiceBox(theme, self.tr("Which of its rows"))
        self.table = KeepTable()
        self.ends = PlainLabel("", "second", wrap=True)
        self.said = PlainLabel("", "second", wrap=True)
        self.marked = PlainLabel("", "second", wrap=True)
        self.trouble = PlainLabel("", "error", wrap=True)
        self.start = button("", lambda: self._confirm(again=False), look="primary")
        self.pause = button(self.tr("Pause"), keeping.pause)
        self.cancel = button(self.tr("Stop now"), keeping.stop, look="quiet")
        self.again = button("", lambda: self._confirm(again=True), look="link")
        self.compare = button(self.tr("Compare them blind"), self._compare, look="link")
        self._prompts: Sequence[HeldOutPrompt] = ()
        self._asked_now = ""
        self._is_chosen = False
        self._arrange()
        self._forget = keeping.subscribe(self._show_run)
        self.destroyed.connect(lambda: self._forget())
        self._show()

    def _arrange(self) -> None:
        words = self.tr(
            "A tuned model cannot be downloaded. But its answers to your held-out prompts can be "
            "kept, and later compared blind with whatever replaces it."
        )
        self.body.addWidget(PlainLabel(words, "second", wrap=True))
        for rows, said in (("test", self.tr("Test rows")), ("all", self.tr("All rows"))):
            self.rows.addItem(said, rows)
        self.which.setMinimumWidth(90)
        choice = row(spacing=8)
        choice.addWidget(self.which, 1)
        choice.addWidget(self.rows)
        self.body.addLayout(choice)
        self._running = holding(self.pause, self.cancel)
        parts = (self.table, self.ends, self.said, self.start, self._running)
        for part in (*parts, self.marked, self.trouble):
            self.body.addWidget(part)
        self._links = QWidget()
        self._links.setLayout(row(self.again, self.compare, None))
        self.body.addWidget(self._links)
        self.which.activated.connect(lambda _n: self._choose())
        self.rows.activated.connect(lambda _n: self.reload())
        self.table.lines.ticked_changed.connect(self._show)

    # -- what there is to ask ------------------------------------------------------------------

    def enter(self, provider_id: str) -> None:
        """Show what can be asked of this provider's models; the choice of rows stays."""
        self._provider_id = provider_id
        self._generation += 1
        asked = self._generation
        self._operations.run(
            self._read_datasets(), owner=self, done=lambda found: self._offer_datasets(asked, found)
        )

    async def _read_datasets(self) -> tuple[Sequence[DatasetInfo], DatasetInfo | None]:
        return await self._current.datasets(), await self._keeping.suggested()

    def _offer_datasets(
        self, asked: int, found: tuple[Sequence[DatasetInfo], DatasetInfo | None]
    ) -> None:
        if asked != self._generation:
            return
        self._infos, suggested = found
        session = self._current.session
        open_id = session.info.id if session is not None else None
        wanted = suggested.id if suggested is not None else open_id
        if self._is_chosen:
            wanted = self.which.currentData()
        self.which.clear()
        for info in self._infos:
            self.which.addItem(info.name.removesuffix(".jsonl"), info.id)
        self.which.setCurrentIndex(max(0, self.which.findData(wanted)))
        self.reload()

    def _choose(self) -> None:
        self._is_chosen = True
        self.reload()

    def reload(self) -> None:
        """Count the chosen rows, and see what was kept of them."""
        info = next((one for one in self._infos if one.id == self.which.currentData()), None)
        if info is None or not self._provider_id:
            self._take(None)
            return
        self._generation += 1
        asked = self._generation
        self._operations.run(
            self._load(info, self.rows.currentData()),
            owner=self,
            done=lambda found: self._take(found) if asked == self._generation else None,
            failed=lambda error: self._cannot_load(asked, error),
        )

    async def _load(self, info: DatasetInfo, rows: Rows) -> KeepOffers:
        self._prompts = await self._keeping.prompts(info, rows, self._current.session)
        return await self._keeping.offers(self._provider_id, self._prompts)

    def _look_again(self) -> None:
        """The same prompts; more of them may be kept."""
        self._generation += 1
        asked = self._generation
        self._operations.run(
            self._keeping.offers(self._provider_id, self._prompts),
            owner=self,
            done=lambda found: self._take(found) if asked == self._generation else None,
            failed=lambda error: self._cannot_load(asked, error),
        )

    def _take(self, found: KeepOffers | None) -> None:
        self.found = found
        self.table.lines.show_offers(found.models if found is not None else ())
        self._show()

    def _cannot_load(self, asked: int, error: TunedeskError) -> None:
        if asked == self._generation:
            self._take(None)
            self.trouble.setText(error_words(error))
            self.trouble.show()

    @property
    def offers(self) -> Sequence[KeepOffer]:
        return self.found.models if self.found is not None else ()

    # -- what is said --------------------------------------------------------------------------

    def _show_run(self) -> None:
        asked_now = self._keeping.state.label
        if self._asked_now not in ("", asked_now):
            self._look_again()  # one model more is done, or all are
        self._asked_now = asked_now
        self._show()

    def _show(self) -> None:
        state, ticked = self._keeping.state, self.table.lines.ticked
        self.table.lines.lock(state.is_running)
        for part in (self.which, self.rows):
            part.setEnabled(not state.is_running and bool(self._infos))
        self.table.setVisible(bool(self.offers))
        had_focus = self.pause.hasFocus() or self.cancel.hasFocus()
        self.start.setVisible(not state.is_running and bool(self.offers))
        self._running.setVisible(state.is_running)
        if had_focus and not state.is_running:
            self.table.setFocus()
        self.pause.setEnabled(not state.is_pausing)
        self._show_start(ticked)
        self.said.setText(self._words(ticked))
        self._show_text(self.ends, end_words(self.offers))
        self._show_text(self.marked, marked_words(self.offers))
        self._show_text(self.trouble, trouble_words(state))
        n_again = sum(len(one.again) for one in self.offers if not one.has_ended)
        self.again.setVisible(n_again > 0)
        self.again.setText(self.tr("Ask {n} again…").format(n=f"{n_again:,}"))
        self.again.setAccessibleName(self.again.text())
        self.compare.setVisible(any(one.n_kept for one in self.offers))
        is_said = any(one.n_kept or (one.again and not one.has_ended) for one in self.offers)
        self._links.setVisible(is_said and not state.is_running)
        self.changed.emit()

    def _show_start(self, ticked: Sequence[KeepOffer]) -> None:
        usd = total_cost(one.cost for one in ticked).usd
        words = self.tr("Ask and keep the answers ({price})").format(price=price_words(usd))
        self.start.setText(words if ticked else self.tr("Ask and keep the answers"))
        self.start.setAccessibleName(self.start.text())
        self.start.setEnabled(bool(ticked))

    def _show_text(self, label: PlainLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    def _words(self, ticked: Sequence[KeepOffer]) -> str:
        state = self._keeping.state
        if state.is_running:
            provider = self.offers[0].provider if self.offers else ""
            return running_words(state, provider)
        if not self._provider_id:
            return self.tr("Once a provider is set up, its tuned models can be asked.")
        if not self._infos:
            return self.tr("There is no dataset yet whose prompts could be asked.")
        if self.found is None:
            return ""
        if not self.offers:
            return self.tr("No tuned model is known yet. Save everything first.")
        if not self.offers[0].n_prompts:
            return self.tr("This dataset has no such rows. Choose all rows, or another dataset.")
        if not ticked and any(one.can_be_asked for one in self.offers):
            return self.tr("Choose who is to be asked.")
        if not ticked and not any(one.n_kept for one in self.offers):
            return self.tr("All of these have ended: nobody answers any more.")
        if not ticked:
            return self.tr("Nothing is left to ask: the answers are kept in this project.")
        return estimate_words(total_cost(one.cost for one in ticked), self.found.as_of)

    # -- hands ---------------------------------------------------------------------------------

    def _compare(self) -> None:
        for one in self.offers:
            if one.n_kept:
                kept = kept_contender(one.provider_id, one.model, one.label)
                self.compare_wanted.emit(kept)
                return

    def _confirm(self, *, again: bool) -> None:
        self._operations.run(self._agree(again=again), owner=self)

    async def _agree(self, *, again: bool) -> None:
        found = self.found
        if found is None or self._keeping.state.is_running:
            return
        asked = self.table.lines.ticked
        if again:
            asked = [one for one in found.models if one.again and not one.has_ended]
        if asked and await self._ask.confirm(*agreement(asked, found.as_of, again=again)):
            self._keeping.begin(asked, again=again)
