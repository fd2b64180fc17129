"""Saving all of a provider's fine-tuning: how far it is, what could not be had, what it became."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from tunedesk.core.speech import said
from tunedesk.services.rescue.again import Again
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.services.rescue.keeping_types import total_cost
from tunedesk.services.rescue.saving import Rescue
from tunedesk.services.rescue.state import Missing, RescueState, Step
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.rescue.keep_card import KeepCard
from tunedesk.ui.pages.rescue.keep_words import price_words
from tunedesk.ui.pages.rescue.saved_jobs import SavedJobsCard
from tunedesk.ui.pages.rescue.step_lines import StepLines
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, column, row, scrolled
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit
from tunedesk.ui.words import counted

_MOST_LINES = 8
_FULL_PX, _KEEP_PX, _NO_LIMIT_PX = 960, 376, 16_777_215


class RescuePage(Page):
    """Goes on in the background when it is left; `on_enter(provider_id)` chooses whose.

    `again_wanted(local id)`: a saved job is to be trained again.
    """

    again_wanted = Signal(str)

    def __init__(
        self,
        *,
        rescue: Rescue,
        keeping: Keeping,
        again: Again,
        current: CurrentDataset,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__("Save my fine-tuning")
        self.set_title(self.tr("Save my fine-tuning"))
        self.setAccessibleName(self.tr("Save my fine-tuning"))
        self._rescue, self._keeping, self._again = rescue, keeping, again
        self._operations = operations
        self.whose = ChoiceBox(theme, self.tr("Provider"))
        self.start = button("", self._begin_or_pause, look="primary")
        self.leave = button(
            self.tr("Back to Models"), lambda: self.navigate.emit("models", None), look="quiet"
        )
        self.problem = Notice()
        self.steps = StepLines()
        self.missing_title = PlainLabel("", "heading")
        self.missing = PlainEdit()
        self.copy = button(self.tr("Copy the list"), self._copy, look="link")
        self.became = PlainLabel("", "second", wrap=True)
        self.keep = KeepCard(
            keeping=keeping, current=current, operations=operations, ask=ask, theme=theme
        )
        self.jobs = SavedJobsCard(theme, now_ms)
        self._was_running = False
        self._arrange()
        self.jobs.again_wanted.connect(self.again_wanted)
        self.jobs.show_wanted.connect(lambda local_id: self.navigate.emit("train", local_id))
        self.whose.activated.connect(lambda _n: self._chosen())
        self.keep.changed.connect(self._show_answers)
        self.keep.compare_wanted.connect(lambda kept: self.navigate.emit("compare", (None, kept)))
        self._forget = rescue.subscribe(self._show)
        self.destroyed.connect(lambda: self._forget())
        self._show()

    def _arrange(self) -> None:
        lead = ElidedLabel(self.tr("Nothing changes at the provider"))
        lead.set_look("second")
        self.header.addWidget(lead, 1)
        for part in (self.whose, self.start, self.leave):
            self.header.addWidget(part)
        self.missing.setReadOnly(True)
        self.missing.setTabChangesFocus(True)
        self.missing.setAccessibleName(self.tr("What could not be had"))
        self._missing_part = QWidget()
        head = row(self.missing_title, None, self.copy)
        self._missing_part.setLayout(column(head, self.missing, spacing=6))
        card = Card()
        card.body.setSpacing(18)
        for inside in (self.steps, self._missing_part, self.became):
            card.body.addWidget(inside)
        self._why = why = Card(self.tr("What this does"), look="card-sunken")
        words = self.tr(
            "Every job with its events, checkpoints and result files, and every training and test "
            "file is copied into this project, each with its digest. The files become datasets and "
            "the jobs records with their curves, to be looked at and trained again elsewhere. A "
            "tuned model itself cannot be downloaded."
        )
        why.body.addWidget(PlainLabel(words, "second", wrap=True))
        left, right = QWidget(), QWidget()
        left.setLayout(column(card, self.jobs, why, None, spacing=14))
        right.setLayout(column(self.keep, None))
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(18)
        self._sides.addWidget(left, 1)
        self._sides.addWidget(right)
        self._right = right
        body = QWidget()
        body.setLayout(column(self._sides, None, margins=(24, 18, 24, 18)))
        self.outer.addWidget(self.problem)
        self.outer.addWidget(scrolled(body), 1)
        self._fit(_FULL_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width_px: int) -> None:
        """Side by side where there is room, else one below the other."""
        is_wide = width_px >= _FULL_PX
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(way)
        self._right.setMinimumWidth(_KEEP_PX if is_wide else 0)
        self._right.setMaximumWidth(_KEEP_PX if is_wide else _NO_LIMIT_PX)

    # -- coming and going ----------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        wanted = payload if isinstance(payload, str) else self.whose.currentData()
        self.whose.clear()
        for profile in self._rescue.candidates():
            self.whose.addItem(said(profile.name), profile.id)
        self.whose.setCurrentIndex(max(0, self.whose.findData(wanted)))
        self._show()
        self._chosen()

    def tables_changed(self) -> None:
        self.keep.reload()

    def first_focus(self) -> QWidget:
        return self.start

    def _chosen(self) -> None:
        """Another provider, or the same anew."""
        provider_id = self.whose.currentData()
        if provider_id:
            self.keep.enter(str(provider_id))
            self._operations.run(self._rescue.look(provider_id), owner=self)
            self._operations.run(
                self._again.saved_jobs(provider_id), owner=self, done=self.jobs.show_jobs
            )

    # -- what there is -------------------------------------------------------------------------

    def _show(self) -> None:
        state = self._rescue.state
        if self._was_running and not state.is_running:
            self._chosen()
        self._was_running = state.is_running
        self.steps.show_state(state)
        self._show_start(state)
        self._show_missing(state.missing)
        self._show_problem(state)
        self.became.setVisible(state.is_complete)
        self._why.setVisible(not state.provider_id)  # it was read by then
        words = self.tr("All that could be had is saved. In this project now: {datasets}, {jobs}.")
        datasets = counted(state.n_datasets, self.tr("1 dataset"), self.tr("{n} datasets"))
        jobs = counted(state.n_imported_jobs, self.tr("1 job"), self.tr("{n} jobs"))
        self.became.setText(words.format(datasets=datasets, jobs=jobs))

    def _show_start(self, state: RescueState) -> None:
        if state.is_running:
            words = self.tr("Pause")
        elif state.is_complete:
            words = self.tr("Look for more")
        elif state.provider_id:
            words = self.tr("Go on")
        else:
            words = self.tr("Save everything")
        self.start.setText(words)
        self.start.setAccessibleName(words)
        self.start.setEnabled(self.whose.count() > 0)
        self.whose.setEnabled(not state.is_running)

    def _show_answers(self) -> None:
        state, offers = self._keeping.state, self.keep.offers
        if state.is_running:
            step = Step(state.n_done, state.n_all)
            words = self.tr("{n} of {all}").format(n=f"{state.n_done:,}", all=f"{state.n_all:,}")
            self.steps.show_answers(step, words)
            return
        n_kept = sum(one.n_kept for one in offers)
        wanted = [one for one in offers if not one.is_extra or one.n_kept]
        n_all = sum(one.n_prompts for one in wanted if not one.has_ended or one.n_kept)
        to_ask = [one.cost for one in wanted if one.can_be_asked]
        if to_ask and not n_kept:
            words = self.tr("asks first: {price}").format(price=price_words(total_cost(to_ask).usd))
        else:
            words = self.tr("{n} of {all}").format(n=f"{n_kept:,}", all=f"{n_all:,}")
        self.steps.show_answers(Step(n_kept, n_all or None), words if offers else "")

    def _show_missing(self, missing: Sequence[Missing]) -> None:
        self._missing_part.setVisible(bool(missing))
        self.missing_title.setText(self.tr("Could not be had: {n}").format(n=f"{len(missing):,}"))
        text = "\n".join(f"{one.name or one.what} ({one.id}): {said(one.why)}" for one in missing)
        if self.missing.toPlainText() != text:
            self.missing.setPlainText(text)
            n_lines = min(_MOST_LINES, max(2, len(missing)) + 1)
            self.missing.setFixedHeight(n_lines * self.missing.fontMetrics().lineSpacing() + 14)

    def _show_problem(self, state: RescueState) -> None:
        error = state.stopped_by
        if error is not None:
            self.problem.tell(f"{error.title} {error.what} {error.next_step}", kind="error")
        elif not self.whose.count():
            words = self.tr("No provider with fine-tuning is set up. Add one with its key first.")
            open_settings = (self.tr("Open Settings"), lambda: self.navigate.emit("settings", None))
            self.problem.tell(words, open_settings, kind="info")
        else:
            self.problem.hide()

    # -- hands ---------------------------------------------------------------------------------

    def _begin_or_pause(self) -> None:
        if self._rescue.state.is_running:
            self._rescue.pause()
        elif self.whose.currentData():
            self._rescue.begin(str(self.whose.currentData()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.missing.toPlainText())
