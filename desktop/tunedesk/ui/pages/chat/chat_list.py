"""The conversations of a project: searched, opened, named, deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QMenu, QWidget

from tunedesk.services.chat.conversation import ChatRecord
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_PAUSE_MS = 250
_WIDTH_PX = 216


class ChatList(QFrame):
    """`search_changed(text)`, `opened(ChatRecord)`, `new_wanted()`, `rename_wanted(record)`,
    `delete_wanted(record)`."""

    search_changed = Signal(str)
    opened = Signal(object)
    new_wanted = Signal()
    rename_wanted = Signal(object)
    delete_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setFixedWidth(_WIDTH_PX)
        self._chats: Sequence[ChatRecord] = ()
        self.new = button(self.tr("New conversation"), self.new_wanted.emit)
        self.search = LineEdit()
        self.search.setPlaceholderText(self.tr("Search what was said"))
        self.search.setAccessibleName(self.tr("Search the conversations"))
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.itemClicked.connect(self._open)
        self.list.itemActivated.connect(self._open)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = PlainLabel("", "second", wrap=True)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.search_changed.emit(self.search.text()))
        self.search.textChanged.connect(lambda _text: self._pause.start())
        parts = column(
            self.new, self.search, self.nothing, self.list, None, margins=(12, 12, 12, 12)
        )
        parts.setStretchFactor(self.list, 1)
        self.setLayout(parts)

    def has(self, chat_id: str) -> bool:
        """Whether it is shown, or left out by a search."""
        return bool(self.search.text()) or chat_id in {chat.id for chat in self._chats}

    def show_chats(self, chats: Sequence[ChatRecord], open_id: str) -> None:
        """Fill the list; the open one is selected."""
        self._chats = chats
        self.list.clear()
        for chat in chats:
            item = QListWidgetItem(chat.name or self.tr("Without a name"))
            self.list.addItem(item)
        ids = [chat.id for chat in chats]
        self.list.setCurrentRow(ids.index(open_id) if open_id in ids else -1)
        is_found = self.search.text().strip()
        none = self.tr("None holds this.") if is_found else self.tr("None is kept yet.")
        self.nothing.setText(none)
        self.nothing.setVisible(not chats)
        self.list.setVisible(bool(chats))

    def _record(self, item: QListWidgetItem) -> ChatRecord:
        return self._chats[self.list.row(item)]

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(self._record(item))

    def _open_menu(self, place: QPoint) -> None:
        at = self.list.indexAt(place)
        number = at.row() if at.isValid() else self.list.currentRow()
        if number < 0:
            return
        record = self._chats[number]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename…"), lambda: self.rename_wanted.emit(record))
        menu.addAction(self.tr("Delete…"), lambda: self.delete_wanted.emit(record))
        menu.popup(self.list.viewport().mapToGlobal(place))
