"""How far a start is, in a line with a bar, and the way to give it up."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from tunedesk.services.dataset.session import CheckState
from tunedesk.services.train.training import StartProgress, StartStage, Training
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel

REDRAW_MS = 100
_STEPS = 1000
_KB, _MB = 1000, 1_000_000


class StartStrip(QWidget):
    """There while a fine-tune is being started, whoever asked for it; drawn ten times a second at
    most. Once the job itself is asked for, there is nothing to cancel here. `switched()` when it
    comes and goes."""

    switched = Signal()

    def __init__(self, training: Training, operations: Operations) -> None:
        super().__init__()
        self._training, self._operations = training, operations
        self.words = PlainLabel("", "strong", wrap=True)
        self.bar = ProgressBar()
        self.cancel = button(self.tr("Cancel"), self._cancel, name=self.tr("Cancel the start"))
        line = row(self.bar, self.cancel, spacing=10)
        line.setStretch(0, 1)
        body = column(self.words, spacing=6, margins=(0, 4, 0, 4))
        body.addLayout(line)
        self.setLayout(body)
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(REDRAW_MS)
        self._pace.timeout.connect(self.refresh)
        unsubscribe = training.subscribe_start(self._changed)
        self.destroyed.connect(lambda: unsubscribe())
        self.hide()
        self.refresh()

    def _changed(self) -> None:
        if not self._pace.isActive():
            self._pace.start()

    def refresh(self) -> None:
        """Show what is so now."""
        progress = self._training.start_progress
        if self.isHidden() != (progress is None):
            self.setVisible(progress is not None)
            self.switched.emit()
        if progress is None:
            self.cancel.setEnabled(True)
            return
        text = self._text(progress)
        self.words.setText(text)
        self.bar.setAccessibleName(text)
        done, total = progress.done_bytes, progress.total_bytes
        if progress.check is not None:
            done, total = progress.check.n_done, progress.check.n_rows
        self.bar.setRange(0, _STEPS if total else 0)
        if total:
            self.bar.setValue(_STEPS * done // total)
        self.cancel.setVisible(progress.can_cancel)

    def _text(self, progress: StartProgress) -> str:
        if progress.check is not None:
            return self._checking(progress.check).format(name=progress.name)
        if progress.stage is StartStage.UPLOADING:
            words = self.tr("Uploading {done} to {provider}: {name}")
        elif progress.stage is StartStage.PROCESSING:
            words = self.tr("{provider} reads the file: {name}")
        elif progress.stage is StartStage.CREATING:
            words = self.tr("Asking {provider} for the job: {name}")
        else:
            words = self.tr("Putting the rows aside: {name}")
        done = self._of(progress.done_bytes, progress.total_bytes)
        return words.format(done=done, provider=progress.provider_name, name=progress.name)

    def _checking(self, check: CheckState) -> str:
        words = self.tr("Checking {done} of {total} rows: {name}")
        if check.stage == "tokens":
            words = self.tr("Counting tokens, {done} of {total} rows: {name}")
        elif check.stage in ("sample", "texts"):
            words = self.tr("Reading texts, {done} of {total} rows: {name}")
        elif check.stage == "alike":
            words = self.tr("Comparing texts, {done} of {total} rows: {name}")
        return words.format(done=f"{check.n_done:,}", total=f"{check.n_rows:,}", name="{name}")

    def _of(self, done_bytes: int, total_bytes: int) -> str:
        """ "40 of 120 MB"."""
        unit, words = (_MB, self.tr("{done} of {total} MB"))
        if total_bytes < 10 * _MB:
            unit, words = (_KB, self.tr("{done} of {total} kB"))
        return words.format(
            done=f"{done_bytes // unit:,}", total=f"{max(1, round(total_bytes / unit)):,}"
        )

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self._operations.run(
            self._training.cancel_start(),
            owner=self,
            done=lambda _: self.cancel.setEnabled(True),
        )
