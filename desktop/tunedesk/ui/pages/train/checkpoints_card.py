"""The states of the model that were kept, and those still to come."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTableView,
    QWidget,
)

from tunedesk.services.train.training import JobView
from tunedesk.ui.pages.train.checkpoints_model import (
    CheckpointRow,
    CheckpointsModel,
    Column,
    rows_of,
)
from tunedesk.ui.pages.train.progress import asked_method, is_settled
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import Card, rule
from tunedesk.ui.widgets.named_keys import InnerKey, keyed
from tunedesk.ui.widgets.text import PlainLabel

_ROW_HEIGHT = 34


class CheckpointTable(QTableView):
    """`chat_asked(model)` on "Chat with it", or Enter on its line; `menu_asked(row, place)` on ⋯,
    the menu key or a right click."""

    chat_asked = Signal(str)
    menu_asked = Signal(object, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.checkpoints = CheckpointsModel(theme, self)
        self.setModel(self.checkpoints)
        self.setAccessibleName(self.tr("Checkpoints"))
        self.setProperty("look", "lines")
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self._set_up_headers()
        self.clicked.connect(self._clicked)
        self.entered.connect(self._entered)
        theme.changed.connect(self.viewport().update)

    def _set_up_headers(self) -> None:
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setDefaultSectionSize(_ROW_HEIGHT)
        across.setHighlightSections(False)
        across.setTextElideMode(Qt.TextElideMode.ElideRight)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        fixed = {Column.EPOCH: 58, Column.STEP: 56, Column.CHAT: 88, Column.MORE: 28}
        fixed[Column.ACCURACY] = 86
        for column, width in fixed.items():
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.CHAT:
            self._ask(index.row())
        elif index.column() == Column.MORE:
            self._ask_menu(index)

    def _ask_menu(self, index: QModelIndex | QPersistentModelIndex) -> None:
        row = self.checkpoints.row(index.row())
        if row.model:
            place = self.visualRect(self.checkpoints.index(index.row(), Column.MORE)).bottomLeft()
            self.menu_asked.emit(row, self.viewport().mapToGlobal(place))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_key else self.indexAt(event.pos())
        if index.isValid():
            self._ask_menu(index)

    def _ask(self, line: int) -> None:
        model = self.checkpoints.row(line).model
        if model:
            self.chat_asked.emit(model)

    def _entered(self, index: QModelIndex) -> None:
        is_link = index.column() >= Column.CHAT and bool(self.checkpoints.row(index.row()).model)
        shape = Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def inner_keys(self) -> list[InnerKey]:
        return [InnerKey("Enter", self.tr("Chat with the checkpoint"))]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self.currentIndex().isValid():
            self._ask(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class CheckpointsCard(Card):
    """The table, or a sentence where there is nothing to show yet.

    `tune_asked(model)`, `keep_asked(model, name)` and `rename_asked(model, name as it is)` come
    from a line's menu; the name of `keep_asked` is "" where it is kept no longer."""

    tune_asked = Signal(str)
    rename_asked = Signal(str, str)
    keep_asked = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(self.tr("Checkpoints"))
        self.table = CheckpointTable(theme)
        self.note = PlainLabel("", "second", wrap=True)
        self.note.setContentsMargins(14, 10, 14, 10)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.setContentsMargins(1, 12, 1, 6)
        self.head.setContentsMargins(14, 0, 14, 0)
        self.body.setSpacing(0)
        self.body.addSpacing(10)
        self.body.addWidget(rule())
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)  # before it holds anything: that would be a window
        self._stack.addWidget(self.note)
        self._stack.addWidget(self.table)
        self.kept_note = PlainLabel("", "second", wrap=True)
        self.kept_note.setContentsMargins(14, 4, 14, 4)
        self.body.addWidget(self.kept_note)
        self.setMinimumHeight(160)
        self._job_name = ""
        self.table.menu_asked.connect(self._open_menu)

    def offered_menu(self) -> QMenu | None:
        index = self.table.currentIndex()
        row = self.table.checkpoints.row(index.row()) if index.isValid() else None
        return self.menu_of(row) if row is not None and row.model else None

    def _open_menu(self, row: CheckpointRow, place: QPoint) -> None:
        menu = self.menu_of(row)
        menu.aboutToHide.connect(menu.deleteLater, Qt.ConnectionType.QueuedConnection)
        menu.popup(place)

    def menu_of(self, row: CheckpointRow) -> QMenu:
        """What can be done with a checkpoint."""
        menu = QMenu(self.table)
        chat = keyed(self.tr("Chat with it"), "Return")
        menu.addAction(chat, partial(self.table.chat_asked.emit, row.model))
        menu.addAction(self.tr("Tune further…"), partial(self.tune_asked.emit, row.model))
        if row.kept:
            rename = partial(self.rename_asked.emit, row.model, row.kept)
            menu.addAction(self.tr("Rename…"), rename)
            menu.addAction(self.tr("Keep no longer"), partial(self.keep_asked.emit, row.model, ""))
        else:
            name = self.tr("{job} · step {n}").format(job=self._job_name, n=row.step)
            words = self.tr("Keep as “{name}”").format(name=name.replace("&", "&&"))
            menu.addAction(words, partial(self.keep_asked.emit, row.model, name))
        return menu

    def _show_kept(self, view: JobView) -> None:
        is_here = view.record.provider_id == "local"
        meaning = (
            self.tr(
                "★ {names}: kept, so called in Models, and staying in this list. On this computer "
                "each checkpoint stays until you delete it."
            )
            if is_here
            else self.tr(
                "★ {names}: kept, so called in Models, and staying in this list. How long it "
                "answers is up to its provider: Tunedesk cannot hold it there."
            )
        )
        self.kept_note.setText(meaning.format(names=", ".join(view.kept.values())))
        self.kept_note.setVisible(bool(view.kept))

    def show_job(self, view: JobView) -> None:
        self._job_name = view.record.name
        self._show_kept(view)
        rows = rows_of(view)
        is_of_pairs = asked_method(view.record.request) == "dpo"
        self.table.checkpoints.show(rows, is_of_pairs=is_of_pairs)
        self.note.setText(self._empty_text(view))
        self._stack.setCurrentWidget(self.table if rows else self.note)

    def _empty_text(self, view: JobView) -> str:
        if not is_settled(view):
            return self.tr("One is kept at the end of each epoch.")
        if view.record.status == "succeeded":
            return self.tr("The provider named no checkpoints.")
        return self.tr("This job ended before its first checkpoint.")
