"""What the provider said of a job, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from tunedesk.core.jobs import JobEvent
from tunedesk.ui.pages.train.wording import event_line
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, rule


class EventsModel(QAbstractListModel):
    """Lines newest first; new ones are inserted on top."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._events: list[JobEvent] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._events)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if index.isValid() and role == Qt.ItemDataRole.DisplayRole:
            return event_line(self._at(index.row()))
        return None

    def _at(self, line: int) -> JobEvent:
        return self._events[-1 - line]

    def lines(self) -> list[str]:
        """All lines, newest first."""
        return [event_line(event) for event in reversed(self._events)]

    def show(self, events: Sequence[JobEvent]) -> int:
        """Take over `events` (oldest first); how many came on top of those shown before."""
        n_known, n_new = len(self._events), len(events) - len(self._events)
        if n_new < 0 or list(events[:n_known]) != self._events:
            self.beginResetModel()
            self._events = list(events)
            self.endResetModel()
            return 0
        if n_new:
            self.beginInsertRows(QModelIndex(), 0, n_new - 1)
            self._events = list(events)
            self.endInsertRows()
        return n_new


class EventList(QListView):
    """A log that stays put while it is read: lines on top move it only when it is at the top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.log = EventsModel(self)
        self.setModel(self.log)
        self.setAccessibleName(self.tr("Events, newest first"))
        self.setFont(mono_font())
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setProperty("look", "log")

    def show_events(self, events: Sequence[JobEvent]) -> None:
        bar = self.verticalScrollBar()
        before, range_before = bar.value(), bar.maximum()
        if self.log.show(events) and before > 0:
            self.doItemsLayout()
            bar.setValue(before + bar.maximum() - range_before)


class EventsCard(Card):
    """The log and a button that copies it."""

    def __init__(self) -> None:
        super().__init__(self.tr("Events"))
        self.list = EventList()
        self.copy = button(
            self.tr("Copy log"),
            self.copy_log,
            look="quiet",
            name=self.tr("Copy the log"),
        )
        self.head.addWidget(self.copy)
        self.head.setContentsMargins(14, 0, 6, 0)
        self.body.setContentsMargins(1, 5, 1, 6)
        self.body.setSpacing(5)
        self.body.addWidget(rule())
        self.body.addWidget(self.list, 1)
        self.setMinimumHeight(160)

    def copy_log(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self.list.log.lines()))

    def show_events(self, events: Sequence[JobEvent]) -> None:
        self.list.show_events(events)
        self.copy.setEnabled(bool(events))
