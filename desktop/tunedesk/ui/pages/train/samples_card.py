"""What the model answers as it learns: one prompt, its answers over time, and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.job_samples import AT_THE_END, SampleAnswer, SampleLine, SampleSheet
from tunedesk.services.train.training import JobView
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.progress import is_settled, is_without_test_rows
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.job_words import dollars
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import counted

_REFERENCE_WIDTH = 300
_WIDE_FROM_PX = 700
_MAX_PROMPT_CHARS = 80


class Samples(Protocol):
    """As much of a job's samples as is used here."""

    async def sheet(self, local_id: str) -> SampleSheet:
        """All answers there are."""

    async def ask(self, local_id: str) -> None:
        """Ask for those that are missing."""


class SamplesCard(Card):
    """Answers are one text, oldest first, each under its step, so that they can be selected and
    copied together. Hidden where there is nothing to show and nobody to ask."""

    def __init__(self, theme: Theme, operations: Operations, samples: Samples, ask: Ask) -> None:
        super().__init__(self.tr("Answers while it learns"))
        self._operations, self._samples, self._ask = operations, samples, ask
        self._view: JobView | None = None
        self._sheet = SampleSheet()
        self._is_asking = False
        self._is_loading = False
        self.prompt = ChoiceBox(theme, self.tr("Prompt"))
        self.prompt.setMinimumWidth(120)
        self.prompt.setMaximumWidth(420)
        self.prompt.currentIndexChanged.connect(lambda _n: self._show_answers())
        self.ask_now = button(self.tr("Ask now…"), self._ask_now)
        self.head.addWidget(self.prompt)
        self.head.addWidget(self.ask_now)
        self.answers = _text("body")
        self.reference_title = PlainLabel(self.tr("Reference answer of the row"), "second")
        self.reference = _text("body")
        self.note = PlainLabel("", "second", wrap=True)
        self.problem = Notice()
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(self.reference_title)
        side.addWidget(self.reference)
        side.addStretch()
        self._sides: QBoxLayout = row(spacing=18)
        self._sides.addWidget(self.answers, 3)
        self._sides.addLayout(side, 2)
        self.body.addWidget(self.problem)
        self.body.addLayout(self._sides)
        self.body.addWidget(self.note)
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= _WIDE_FROM_PX
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._sides.direction() != way:
            self._sides.setDirection(way)

    def show_job(self, view: JobView) -> None:
        """Look whether there are new answers; those of another job go at once."""
        before, self._view = self._view, view
        if before is not None and before.record.local_id != view.record.local_id:
            self._show(SampleSheet(is_by_itself=True))
            self.problem.hide()
        elif before is not None and before.checkpoints == view.checkpoints and self._sheet.lines:
            return
        self._load()

    def _load(self) -> None:
        view = self._view
        if view is None or self._is_loading:
            return
        self._is_loading = True
        self._operations.run(
            self._read(view.record.local_id),
            owner=self,
            done=lambda found: self._loaded(*found),
            failed=self._failed,
        )

    async def _read(self, local_id: str) -> tuple[str, SampleSheet]:
        try:
            return local_id, await self._samples.sheet(local_id)
        finally:
            self._is_loading = False

    def _loaded(self, local_id: str, sheet: SampleSheet) -> None:
        if self._view is not None and self._view.record.local_id == local_id:
            self._show(sheet)
        else:
            self._load()

    def _show(self, sheet: SampleSheet) -> None:
        shown = self.prompt.currentText()
        names = [_short(line.prompt) for line in sheet.lines]
        self._sheet = sheet
        with QSignalBlocker(self.prompt):
            if names != [self.prompt.itemText(n) for n in range(self.prompt.count())]:
                self.prompt.clear()
                self.prompt.addItems(names)
                self.prompt.setCurrentIndex(max(0, self.prompt.findText(shown)))
        can_ask = bool(sheet.n_missing) and not sheet.is_by_itself
        self.prompt.setVisible(bool(names))
        self.ask_now.setVisible(can_ask)
        self.ask_now.setEnabled(not self._is_asking)
        self.setVisible(bool(sheet.lines) or can_ask)
        self._show_answers()

    def _show_answers(self) -> None:
        n = self.prompt.currentIndex()
        line = self._sheet.lines[n] if 0 <= n < len(self._sheet.lines) else None
        self.answers.setText(_answers_text(line.answers) if line is not None else "")
        self.answers.setVisible(line is not None)
        reference = line.reference if line is not None else ""
        self.reference.setText(reference)
        for part in (self.reference, self.reference_title):
            part.setVisible(bool(reference))
        self.note.setText(self._note(line))

    def _note(self, line: SampleLine | None) -> str:
        sheet = self._sheet
        if sheet.is_by_itself:
            is_over = self._view is not None and is_settled(self._view)
            told = self.tr(
                "The engine answers the first held-out prompts at each checkpoint by itself, the "
                "likeliest words, at most 48 tokens."
            )
            if self._view is not None and is_without_test_rows(self._view):
                told = self.tr(
                    "Without test rows the engine answers the first prompts that it learns from, "
                    "at each checkpoint, the likeliest words, at most 48 tokens."
                )
            return "" if is_over and line is None else told
        if sheet.n_missing:
            answers = counted(sheet.n_missing, self.tr("1 answer"), self.tr("{n} answers"))
            told = self.tr(
                "The provider does not answer by itself while it trains. You can ask for "
                "{answers}; {price}."
            ).format(answers=answers, price=self._price())
            return f"{told} {self._lost()}".strip()
        return ""

    def _lost(self) -> str:
        """What was sent for before."""
        n = self._sheet.n_lost
        if not n:
            return ""
        if n == 1:
            return self.tr(
                "1 of them was asked for before and never came whole: it may have been billed "
                "already, and asking again may bill it twice."
            )
        return self.tr(
            "{n} of them were asked for before and never came whole: they may have been billed "
            "already, and asking again may bill them twice."
        ).format(n=n)

    def _price(self) -> str:
        usd = self._sheet.usd
        if usd is None:
            return self.tr("what they cost is not known")
        return self.tr("they cost at most {price}").format(price=dollars(usd))

    def _ask_now(self) -> None:
        if self._view is not None and not self._is_asking:
            self._operations.run(
                self._confirm_and_ask(self._view.record.local_id),
                owner=self,
                done=lambda _: self._load(),
                failed=self._failed,
            )

    async def _confirm_and_ask(self, local_id: str) -> None:
        sure = await self._ask.confirm(
            counted(
                self._sheet.n_missing,
                self.tr("Ask for 1 answer?"),
                self.tr("Ask for {n} answers?"),
            ),
            self.tr(
                "The first held-out prompts go to the base and to each checkpoint, once each; "
                "{price}. Each answer is kept in this project. {lost}"
            )
            .format(price=self._price(), lost=self._lost())
            .strip(),
            self.tr("Ask now"),
        )
        if not sure:
            return
        self._is_asking = True
        self.problem.hide()
        self.ask_now.setEnabled(False)
        try:
            await self._samples.ask(local_id)
        finally:
            self._is_asking = False

    def _failed(self, error: TunedeskError) -> None:
        self.problem.tell(f"{error.title} {error.what} {error.next_step}", kind="error")
        self.show()
        self.ask_now.setEnabled(True)


def _text(look: str) -> PlainLabel:
    made = PlainLabel("", look, wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignTop)
    hands = Qt.TextInteractionFlag
    made.setTextInteractionFlags(hands.TextSelectableByMouse | hands.TextSelectableByKeyboard)
    return made


def _short(prompt: str) -> str:
    line = " ".join(prompt.split())
    return line if len(line) <= _MAX_PROMPT_CHARS else line[: _MAX_PROMPT_CHARS - 1] + "…"


def _answers_text(answers: Sequence[SampleAnswer]) -> str:
    return "\n\n".join(f"{_when(one.step)}\n{one.text.strip() or '–'}" for one in answers)


def _when(step: int) -> str:
    if step == 0:
        return _tr("Base, before training")
    return _tr("Tuned model") if step == AT_THE_END else _tr("Step {n}").format(n=step)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SamplesCard", text)
