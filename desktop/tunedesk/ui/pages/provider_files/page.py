"""The files that lie at a provider: what each is for, who uses it, and deleting it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.speech import said
from tunedesk.services.providers.files import ProviderFile, ProviderFiles
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.provider_files.files_model import Column, FilesModel
from tunedesk.ui.pages.provider_files.files_table import FilesTable
from tunedesk.ui.pages.provider_files.words import all_words, loss_words, name_of
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, column
from tunedesk.ui.widgets.named_keys import keyed, named_key
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel


class ProviderFilesPage(Page):
    """Asks each time it is shown; `on_enter(provider_id)` chooses whose. A late answer about
    another provider is dropped."""

    def __init__(
        self,
        *,
        files: ProviderFiles,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__("Files")
        self.set_title(self.tr("Files at a provider"))
        self.setAccessibleName(self.tr("Files at a provider"))
        self._files, self._operations, self._ask = files, operations, ask
        self._generation = 0
        self.whose = ChoiceBox(theme, self.tr("Provider"))
        self.again = button(self.tr("Ask again"), self._load)
        self.leave = button(
            self.tr("Back to Settings"), lambda: self.navigate.emit("settings", None), look="quiet"
        )
        self.told = ElidedLabel()
        self.told.set_look("second")
        self.problem = Notice()
        self.lines = FilesModel(now_ms, self)
        self.table = FilesTable(self.lines, theme)
        self.empty = PlainLabel("", "lead", wrap=True)
        self._arrange()
        self._wire()

    def _arrange(self) -> None:
        self.header.addWidget(self.told, 1)
        for part in (self.whose, self.again, self.leave):
            self.header.addWidget(part)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        card = Card()
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self._stack)
        foot = self.tr(
            "Training and test rows lie there until they are deleted. A digest is shown where this "
            "project has the same bytes."
        )
        body = column(
            self.problem,
            card,
            PlainLabel(foot, "second", wrap=True),
            spacing=14,
            margins=(20, 16, 20, 16),
        )
        body.setStretchFactor(card, 1)
        self.outer.addLayout(body, 1)

    def _wire(self) -> None:
        self.whose.activated.connect(lambda _n: self._load())
        self.table.clicked.connect(self._clicked)
        self.table.customContextMenuRequested.connect(self._open_menu)
        standard = QKeySequence.StandardKey
        named_key(self, standard.Refresh, self.tr("Ask again"), self._load)
        named_key(self, standard.Delete, self.tr("Delete…"), self._delete_chosen)

    # -- what there is -------------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        wanted = payload if isinstance(payload, str) else self.whose.currentData()
        self.whose.clear()
        for place in self._files.places():
            self.whose.addItem(said(place.name), place.id)
        self.whose.setCurrentIndex(max(0, self.whose.findData(wanted)))
        self._load()

    def first_focus(self) -> QWidget:
        return self.table if self._stack.currentWidget() is self.table else self.whose

    def _load(self) -> None:
        self._generation += 1
        asked, provider_id = self._generation, str(self.whose.currentData() or "")
        if not provider_id:
            return
        self.problem.hide()
        self.told.setText(self.tr("Asking {name}…").format(name=self._name))
        self.again.setEnabled(False)
        self._operations.run(
            self._files.list(provider_id),
            owner=self,
            done=lambda files: self._show(files) if asked == self._generation else None,
            failed=lambda error: self._failed(error) if asked == self._generation else None,
        )

    @property
    def _name(self) -> str:
        return self.whose.currentText()

    def _show(self, files: list[ProviderFile]) -> None:
        chosen = self._chosen()
        self.again.setEnabled(True)
        self.lines.show_lines(files)
        self.told.setText(all_words(files))
        words = self.tr("No files at {name}. Rows are sent there when a fine-tune starts.")
        self.empty.setText(words.format(name=self._name))
        if files:
            self._stack.setCurrentWidget(self.table)
            line = self.lines.line_of(chosen.info.id) if chosen is not None else 0
            self.table.selectRow(max(line, 0))
        else:
            self._show_empty()

    def _show_empty(self) -> None:
        """A stack gives the keyboard to what it shows: to words alone, here."""
        had_keyboard = self.table.hasFocus()
        self._stack.setCurrentWidget(self.empty)
        if had_keyboard:
            self.whose.setFocus()

    def _failed(self, error: TunedeskError) -> None:
        self.again.setEnabled(True)
        self.lines.show_lines(())
        self.told.setText("")
        self.empty.setText(self.tr("What lies at {name} is not known.").format(name=self._name))
        self._show_empty()
        words = f"{error.title} {error.what} {error.next_step}"
        self.problem.tell(words, (self.tr("Ask again"), self._load), kind="error")

    def _chosen(self) -> ProviderFile | None:
        index = self.table.currentIndex()
        return self.lines.line(index.row()) if index.isValid() else None

    # -- hands ---------------------------------------------------------------------------------

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.ACT:
            self._delete(self.lines.line(index.row()))

    def menu_of(self, file: ProviderFile) -> QMenu:
        """What can be done with a file."""
        menu = QMenu(self)
        copy = menu.addAction(self.tr("Copy its id"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(file.info.id))
        delete = menu.addAction(keyed(self.tr("Delete…"), "Del"))
        delete.triggered.connect(lambda: self._delete(file))
        return menu

    def offered_menu(self) -> QMenu | None:
        chosen = self._chosen()
        return self.menu_of(chosen) if chosen is not None else None

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        menu = self.menu_of(self.lines.line(index.row()))
        menu.aboutToHide.connect(menu.deleteLater, Qt.ConnectionType.QueuedConnection)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _delete_chosen(self) -> None:
        file = self._chosen()
        if file is not None:
            self._delete(file)

    def _delete(self, file: ProviderFile) -> None:
        provider_id, name = str(self.whose.currentData()), self._name
        self._operations.run(
            self._confirm_and_delete(provider_id, name, file), owner=self, failed=self._not_deleted
        )

    async def _confirm_and_delete(self, provider_id: str, name: str, file: ProviderFile) -> None:
        words = self.tr("It is deleted at {place} and cannot be brought back. {lost}")
        title = self.tr("Delete {file}?").format(file=name_of(file))
        text = words.format(place=name, lost=loss_words(file))
        if await self._ask.confirm(title, text, self.tr("Delete"), danger=True):
            self.told.setText(self.tr("Deleting {file}…").format(file=name_of(file)))
            await self._files.delete(provider_id, file.info.id)
            self._load()

    def _not_deleted(self, error: TunedeskError) -> None:
        self._ask.tell(error)
        self._load()
