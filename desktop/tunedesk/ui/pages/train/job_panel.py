"""One job: its name and what can be done with it, its stations, and the four cards."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tunedesk.services.train.training import JobView, Training
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.checkpoints_card import CheckpointsCard
from tunedesk.ui.pages.train.curve_card import CurveCard
from tunedesk.ui.pages.train.events_card import EventsCard
from tunedesk.ui.pages.train.progress import is_settled, progress_of
from tunedesk.ui.pages.train.rows_card import RowsCard
from tunedesk.ui.pages.train.samples_card import SamplesCard
from tunedesk.ui.pages.train.setup_card import SetupCard
from tunedesk.ui.pages.train.stage_strip import StageStrip
from tunedesk.ui.pages.train.wording import (
    RowAtFault,
    chip_look,
    out_of_reach,
    pause_text,
    row_at_fault,
    setting_at_fault,
    setting_words,
    status_word,
    time_line,
    trouble_of,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip

_WIDE_FROM_PX = 760
_SETUP_WIDTH = 262
_CHECKPOINTS_WIDTH = 446
"""All columns with their heads, and the scroll bar."""
_HEAD_HEIGHT = 32


class TroubleCard(Card):
    """What happened to a job that did not go well, and what to do next; `row_asked(side, n)` or
    `setting_asked(name)` by its button, where a row or a setting is at fault."""

    row_asked = Signal(str, int)
    setting_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__(look="card-error")
        self.heading = PlainLabel("", "heading")
        self.text = PlainLabel("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.setContentsMargins(14, 11, 14, 11)
        self.body.setSpacing(4)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.text)
        self._fault: RowAtFault | None = None
        self._setting = ""
        self.row = button("", self._ask_row)
        self.setting = button("", lambda: self.setting_asked.emit(self._setting))
        self.body.addLayout(row(self.row, self.setting, None))
        self.hide()

    def _ask_row(self) -> None:
        if self._fault is not None:
            self.row_asked.emit(*self._fault)

    def offer_row(self, fault: RowAtFault | None) -> None:
        """A way to the row at fault, if one is named."""
        self._fault = fault
        self.row.setVisible(fault is not None)
        if fault is not None:
            words = self.tr("Go to row {n}").format(n=f"{fault.number:,}")
            self.row.setText(words)
            self.row.setAccessibleName(words)

    def offer_setting(self, setting: str) -> None:
        """A way to the setting at fault, if one is named."""
        self._setting = setting
        self.setting.setVisible(bool(setting))
        if setting:
            self.setting.setText(setting_words(setting))
            self.setting.setAccessibleName(setting_words(setting))

    def say(self, title: str, what: str, next_step: str) -> None:
        self.heading.setText(f"◆ {title}")
        self.text.setText(f"{what}\n{next_step}")
        self.setAccessibleName(f"{title} {what} {next_step}")
        self.offer_row(None)
        self.offer_setting("")
        self.show()


class JobPanel(QWidget):
    """Shows a JobView; `pause_asked(is_paused)`, `cancel_asked`, `compare_asked`, `again_asked`,
    `changes_asked`, `chat_asked(model)` and those of the cards go to the page."""

    pause_asked = Signal(bool)
    cancel_asked = Signal()
    compare_asked = Signal()
    again_asked = Signal()
    changes_asked = Signal()
    chat_asked = Signal(str)

    def __init__(self, theme: Theme, operations: Operations, training: Training, ask: Ask) -> None:
        super().__init__()
        self.samples = SamplesCard(theme, operations, training.samples, ask)
        self.rows = RowsCard(theme, operations, training)
        self.name = ElidedLabel("", "title")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.chip = PlainLabel("", "chip")
        self.remote_id = ElidedLabel("", "second")
        self.remote_id.setFont(mono_font())
        self.pause = button(self.tr("Pause"), lambda: self.pause_asked.emit(True))
        self.go_on = button(self.tr("Go on"), lambda: self.pause_asked.emit(False))
        self.cancel = button(self.tr("Cancel…"), self.cancel_asked.emit, look="danger")
        self.compare = button(self.tr("Compare with base"), self.compare_asked.emit, look="primary")
        self.again = button(self.tr("Train again…"), self.again_asked.emit)
        self.changes = button(
            self.tr("Start again…"),
            self.changes_asked.emit,
            name=self.tr("Start again with changes"),
        )
        set_tip(self.changes, self.tr("New fine-tune with these settings filled in"))
        self.strip = StageStrip()
        self.times = PlainLabel("", "second")
        self.bar = ProgressBar()
        self.trouble = TroubleCard()
        self.curve = CurveCard(theme, operations)
        self.setup = SetupCard()
        self.checkpoints = CheckpointsCard(theme)
        self.events = EventsCard()
        self.checkpoints.table.chat_asked.connect(self.chat_asked)
        self._keeps_keyboard = self._is_cancel_held = False
        self._is_reached = True
        self._arrange()

    def _arrange(self) -> None:
        self.bar.setRange(0, 1000)
        self.curve.setMinimumHeight(280)
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 18)
        box.setSpacing(14)
        acts = (self.pause, self.go_on, self.cancel, self.again, self.changes, self.compare)
        head = row(self.name, self.chip, self.remote_id, *acts, spacing=10)
        head.setStretch(2, 1)
        head.addStrut(_HEAD_HEIGHT)  # the buttons come and go, the line stays
        box.addLayout(head)
        self._stations = QGridLayout()
        self._stations.setHorizontalSpacing(18)
        self._stations.setVerticalSpacing(6)
        self._stations.setColumnStretch(0, 1)
        self._stations.addWidget(self.strip, 0, 0)
        self._stations.addWidget(self.times, 0, 1)
        box.addLayout(self._stations)
        box.addWidget(self.bar)
        box.addWidget(self.trouble)
        self._upper = _pair(self.curve, self.setup)
        self._lower = _pair(self.checkpoints, self.events)
        box.addLayout(self._upper, 6)
        box.addLayout(self._lower, 5)
        box.addWidget(self.samples)
        box.addWidget(self.rows)
        self._is_wide: bool | None = None
        self._fit(wide=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(wide=event.size().width() >= _WIDE_FROM_PX)

    def _fit(self, *, wide: bool) -> None:
        if wide == self._is_wide:
            return
        self._is_wide = wide
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        for pair in (self._upper, self._lower):
            pair.setDirection(way)
            for n in (0, 1):
                pair.setStretch(n, int(wide))
        self.setup.setMinimumWidth(_SETUP_WIDTH if wide else 0)
        self.setup.setMaximumWidth(_SETUP_WIDTH if wide else 16777215)
        self.checkpoints.setMinimumWidth(_CHECKPOINTS_WIDTH if wide else 0)
        self._stations.removeWidget(self.times)
        self._stations.addWidget(self.times, *((0, 1) if wide else (1, 0)))

    def show_job(self, view: JobView, now_ms: int) -> None:
        """Show everything of `view`; widgets are changed where they stand."""
        record = view.record
        self.name.setText(record.name)
        self.name.setAccessibleName(record.name)
        self.chip.set_look(chip_look(record.status))
        self._say_status(status_word(record.status))
        self.remote_id.setText(record.remote_id or "")
        set_tip(self.remote_id, record.remote_id or "")
        self._offer_pause(view)
        self.cancel.setVisible(record.remote_id is not None and not is_settled(view))
        state = record.state
        self.compare.setVisible(bool(state is not None and state.fine_tuned_model))
        self.again.setVisible(record.is_saved and bool(record.train_digest))
        self.changes.setVisible(is_settled(view) and not record.is_saved)
        self._show_reach(view)
        self._show_trouble(view)
        self.curve.show_job(view)
        self.setup.show_job(view)
        self.checkpoints.show_job(view)
        self.events.show_events(view.events)
        self.rows.show_job(view)
        self.show_time(view, now_ms)

    def _show_reach(self, view: JobView) -> None:
        """Nothing is offered that cannot be done now; the tips say why."""
        self._is_reached = not (reason := out_of_reach(view))
        waiting = reason or pause_text(is_free=view.is_free)
        for made, tip in ((self.pause, waiting), (self.go_on, waiting), (self.cancel, reason)):
            set_tip(made, tip)
            made.setAccessibleDescription(tip)
        if not self._is_reached and any(one.hasFocus() for one in (self.pause, self.cancel)):
            self.curve.chart.setFocus()
        for made in (self.pause, self.go_on):
            made.setEnabled(self._is_reached)
        self._allow_cancel()

    def hold_cancel(self, is_held: bool) -> None:
        """Not to be pressed again while it is being asked."""
        self._is_cancel_held = is_held
        self._allow_cancel()

    def _allow_cancel(self) -> None:
        self.cancel.setEnabled(self._is_reached and not self._is_cancel_held)

    def _say_status(self, word: str) -> None:
        if word != self.chip.text():
            self.chip.setText(word)
            announce(self.chip, f"{self.name.text()}: {word}")

    def _offer_pause(self, view: JobView) -> None:
        """The keyboard stays where it was pressed: not with "Cancel", which stands beside it."""
        chart = self.curve.chart
        has_keyboard = self.pause.hasFocus() or self.go_on.hasFocus()
        has_keyboard = has_keyboard or (self._keeps_keyboard and chart.hasFocus())
        status = view.record.status if view.can_pause else ""
        shown = self.pause if status == "running" else self.go_on if status == "paused" else None
        if has_keyboard:
            (shown or chart).setFocus()
        for made in (self.pause, self.go_on):
            made.setVisible(made is shown)
        if has_keyboard and shown is not None:
            shown.setFocus()
        self._keeps_keyboard = has_keyboard and shown is None  # until it is paused, or goes on

    def show_time(self, view: JobView, now_ms: int) -> None:
        """Only what moves with the clock."""
        progress = progress_of(view, now_ms)
        self.strip.show_progress(progress, view.record.status)
        self.times.setText(time_line(progress))
        self.bar.setValue(round(progress.fraction * 1000))
        self.bar.setAccessibleName(
            self.tr("{percent} percent done").format(percent=round(progress.fraction * 100))
        )

    def _show_trouble(self, view: JobView) -> None:
        trouble = trouble_of(view)
        if trouble is None:
            self.trouble.hide()
        else:
            self.trouble.say(*trouble)
            self.trouble.offer_row(row_at_fault(view))
            self.trouble.offer_setting(setting_at_fault(view))


def _pair(first: QWidget, second: QWidget) -> QBoxLayout:
    box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
    box.setSpacing(14)
    box.addWidget(first, 1)
    box.addWidget(second, 1)
    return box
