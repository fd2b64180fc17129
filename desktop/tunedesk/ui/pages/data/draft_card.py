"""A reply that a model writes as a proposal: nothing is in the row before "Use it"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget
from shiboken6 import isValid

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.row_help import Contender, Draft, RowHelp
from tunedesk.ui.model_names import model_names
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.special_text import shown_safely
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

_FLUSH_MS = 40
_BOX_PX = 110


class DraftCard(QWidget):
    """`began()`, and `used(text)` when the person takes the proposal. One draft at a time."""

    used = Signal(str)
    began = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._help: RowHelp | None = None
        self._operations: Operations | None = None
        self._ask: Ask | None = None
        self._draft: Draft | None = None
        self._task: asyncio.Task[None] | None = None
        self._shown_chars = 0
        self.title = PlainLabel("", "heading")
        self.state = PlainLabel("", "second", wrap=True)
        self.text = PlainEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Proposed reply"))
        self.text.setFixedHeight(_BOX_PX)
        self.stop = button(self.tr("Stop"), self.end)
        self.use = button(self.tr("Use it"), self._use, look="primary")
        self.discard = button(self.tr("Discard"), self.close_draft, look="quiet")
        self._flush = QTimer(self)
        self._flush.setInterval(_FLUSH_MS)
        self._flush.timeout.connect(self._show_text)
        card = Card(look="card-sunken")
        card.body.setContentsMargins(12, 10, 12, 10)
        card.body.addWidget(self.title)
        card.body.addWidget(self.text)
        card.body.addWidget(self.state)
        card.body.addLayout(row(self.use, self.stop, None, self.discard))
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 6, 14, 6)
        box.addWidget(card)
        self.hide()

    def serve(self, help_: RowHelp, operations: Operations, ask: Ask) -> None:
        """Who can be asked for drafts, and how the person is asked."""
        self._help, self._operations, self._ask = help_, operations, ask

    def choose(self, messages: Sequence[dict[str, Any]], beside: QWidget) -> None:
        """Offer the models in a menu beside a button; the chosen one answers `messages`.

        The menu opens at once and fills when the models are known.
        """
        if self._help is None or self._operations is None:
            return
        menu = QMenu(beside)
        menu.setAccessibleName(self.tr("Models that can draft"))
        menu.addAction(self.tr("Looking for models…")).setEnabled(False)
        menu.aboutToHide.connect(menu.deleteLater, Qt.ConnectionType.QueuedConnection)

        def offer(models: list[Contender]) -> None:
            if isValid(menu) and menu.isVisible():
                self._fill(menu, models, messages)

        def refused(error: TunedeskError) -> None:
            if isValid(menu):
                menu.close()
            self._refused(error)

        self._operations.run(self._help.models(), owner=self, done=offer, failed=refused)
        menu.popup(beside.mapToGlobal(beside.rect().bottomLeft()))

    def _fill(
        self, menu: QMenu, models: Sequence[Contender], messages: Sequence[dict[str, Any]]
    ) -> None:
        menu.clear()
        assert self._help is not None
        for model, name in zip(models, model_names(models, self._help.place_of), strict=True):
            action = menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, model=model: self.start(model, messages))
        menu.setActiveAction(menu.actions()[0])

    def start(self, model: Contender, messages: Sequence[dict[str, Any]]) -> None:
        """Have `model` write a reply to these messages."""
        if self._help is None or self._operations is None:
            return
        self.close_draft()
        draft = self._draft = self._help.start_draft(model, messages)
        self.title.setText(self.tr("Draft by {model}").format(model=model.label))
        self.state.set_look("second")
        self.state.setText(self.tr("Writing…"))
        self.stop.setVisible(True)
        self.use.setEnabled(False)
        self.show()
        self.began.emit()
        self._flush.start()
        self._task = self._operations.run(self._help.write(draft), owner=self)
        self._task.add_done_callback(lambda _task: self._ended(draft))

    def end(self) -> None:
        """Stop where it is; what came stays as a proposal that is cut off."""
        if self._task is not None:
            self._task.cancel()

    def close_draft(self) -> None:
        """Throw the proposal away."""
        self.end()
        self._flush.stop()
        self._draft, self._task = None, None
        self._shown_chars = 0
        self.text.clear()
        self.hide()

    def _show_text(self) -> None:
        """At most 25 times a second, and only what is new."""
        if self._draft is None:
            return
        text = self._draft.text
        if len(text) == self._shown_chars:
            return
        cursor = self.text.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(shown_safely(text[self._shown_chars :]))
        self._shown_chars = len(text)

    def _ended(self, draft: Draft) -> None:
        if not isValid(self) or draft is not self._draft:
            return
        self._flush.stop()
        self._show_text()
        self._task = None
        self.stop.hide()
        self.use.setEnabled(bool(draft.text.strip()))
        if draft.problem is not None:
            self.state.set_look("second-error")
            self.state.setText(f"{draft.problem.title} {draft.problem.what}")
        elif draft.is_complete:
            self.state.setText(self.tr("A proposal. Nothing is in the row yet."))
        else:
            self.state.set_look("second-error")
            self.state.setText(self.tr("Cut off: the model did not say that it is finished."))

    def _refused(self, error: TunedeskError) -> None:
        if self._ask is not None:
            self._ask.tell(error)

    def _use(self) -> None:
        draft = self._draft
        if draft is None or self._operations is None or self._ask is None:
            return
        if draft.is_complete:
            self._take(draft)
            return
        asked = self._ask.confirm(
            self.tr("Use a reply that is cut off?"),
            self.tr("The model would learn to stop in the middle. Mend its end after using it."),
            self.tr("Use it"),
        )
        self._operations.run(asked, owner=self, done=lambda yes: self._take(draft) if yes else None)

    def _take(self, draft: Draft) -> None:
        if draft is self._draft:
            text = draft.text
            self.close_draft()
            self.used.emit(text)
