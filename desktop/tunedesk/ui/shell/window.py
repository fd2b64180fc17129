"""The main window: puts pages in a stack beside the rail, and knows nothing of what they do.

It is on the screen before its parts are made, and before their modules are even imported: these
alone, with the names of Qt's that they use, take half as long as a bare window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui  # the names in `Qt` are made at first use, in 16 ms
from PySide6.QtCore import QByteArray, QSize, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tunedesk.ui.widgets.dropped_files import dragged_files
from tunedesk.ui.widgets.enter_presses import enter_presses
from tunedesk.ui.widgets.named_keys import name_key, named_key, told
from tunedesk.ui.widgets.tab_order import step_focus
from tunedesk.ui.widgets.tips import set_tip

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDropEvent,
        QKeyEvent,
        QShortcut,
    )

    from tunedesk.ui.shell.action_finder import ActionFinder
    from tunedesk.ui.theme import Theme
    from tunedesk.ui.widgets.page import Page

_COMFORTABLE = QSize(1440, 900)
_PART_OF = {  # not in the rail
    "new_fine_tune": "train",
    "rescue": "models",
    "files": "settings",
    "chat": "compare",
    "rate": "compare",
}
_FRAME = QSize(8, 40)  # what a window manager draws around; known only once it is shown


class MainWindow(QMainWindow):
    """`closing` asks the composition root to shut down; `files_dropped` carries local paths.

    `open_asked(is_folder)` is the same wish by key, of every page that has no such key itself.
    """

    closing = Signal()
    open_asked = Signal(bool)
    files_dropped = Signal(object)
    page_shown = Signal(str)

    def __init__(self, theme: Theme | None = None) -> None:
        """Without a theme it stays empty until `fill`."""
        super().__init__()
        self.setWindowTitle("Tunedesk")
        self.setMinimumSize(900, 600)
        self._may_close = False
        if theme is not None:
            self.fill(theme)

    def fill(self, theme: Theme) -> None:
        """Make all its parts, in the language of the moment. Once, before anything else is asked
        of it but to be shown."""
        from tunedesk.ui.shell.rail import Rail  # after the first paint
        from tunedesk.ui.shell.status_bar import StatusBar

        self.setAcceptDrops(True)
        self.rail = Rail(theme)
        self.status = StatusBar(theme)
        self._stack = QStackedWidget()
        self._stack.setObjectName("pageStack")
        self._pages: dict[str, Page] = {}
        self._promised: dict[str, Callable[[], Page]] = {}
        self._wish: tuple[str, object] | None = None
        self._current = ""
        self.rail.chosen.connect(self.show_page)
        self.rail.datasets.hinted.connect(self.status.set_hint)
        self._theme = theme
        self.finder: ActionFinder | None = None
        self._keys: dict[str, QShortcut] = {}
        self._add_keys()
        self._arrange()
        theme.dress(self)

    def _add_keys(self) -> None:
        opening = QtGui.QKeySequence.StandardKey.Open
        self._open_keys = [
            named_key(self, opening, self.tr("Import…"), lambda: self.open_asked.emit(False)),
            named_key(self, "Ctrl+Shift+I", "", lambda: self.open_asked.emit(True)),
        ]
        self._finding = named_key(self, "Ctrl+K", "", self.find_action)
        self._listing = named_key(self, "F1", "", partial(self.find_action, keys=True))
        self._quitting = named_key(self, "Ctrl+Q", "", self.close)
        self.status.find_asked.connect(self.find_action)
        self._name_keys()

    def _name_keys(self) -> None:
        """In the language of the moment."""
        files, folder = self._open_keys
        name_key(files, self.tr("Import…"))
        name_key(folder, self.tr("Import a folder…"))
        name_key(self._finding, self.tr("Find an action"))
        name_key(self._listing, self.tr("Keyboard shortcuts"))
        self.status.name_finder(self.tr("Find an action"), told(self._finding.key()))
        name_key(self._quitting, self.tr("Quit Tunedesk"))

    def find_action(self, *, keys: bool = False) -> None:
        """Everything that can be done here, to be found by typing; with `keys`, every shortcut."""
        if self.finder is not None:
            return
        if keys and self._promised:  # keys are read from the pages, which are made one by one
            self.page(next(iter(self._promised)))
            QTimer.singleShot(0, lambda: self.find_action(keys=True))
            return
        from tunedesk.ui.shell.action_finder import ActionFinder  # after the first paint
        from tunedesk.ui.shell.found_actions import FoundActions

        found = FoundActions(self, self._pages.get(self._current))
        self.finder = ActionFinder(self, self._theme, found, keys=keys)
        self.finder.finished.connect(self._found)
        self.finder.open()

    def _found(self) -> None:
        self.finder = None

    def _arrange(self) -> None:
        from tunedesk.ui.shell.drop_overlay import DropOverlay

        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self._stack, 1)
        body = QWidget()
        box = QVBoxLayout(body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(middle, 1)
        box.addWidget(self.status)
        self.setCentralWidget(body)
        self.overlay = DropOverlay(self._stack, body)

    def add_rail_entry(
        self, page_id: str, title: str, icon: str, shortcut: str, *, lower: bool = False
    ) -> None:
        """A button in the rail and its key; the page itself comes with `set_page`."""
        made = self.rail.add(page_id, title, icon, lower=lower)
        set_tip(made, f"{title} ({shortcut})")
        self._keys[page_id] = named_key(self, shortcut, title, lambda: self.show_page(page_id))

    def name_rail_entry(self, page_id: str, title: str, shortcut: str) -> None:
        """The entry's name in another language."""
        made = self.rail.rename(page_id, title)
        set_tip(made, f"{title} ({shortcut})")
        name_key(self._keys[page_id], title)
        self._name_keys()

    def set_page(self, page_id: str, page: Page) -> None:
        """Put `page` under `page_id`; one that stood there is removed and deleted."""
        self.remove_page(page_id)
        self._pages[page_id] = page
        self._stack.addWidget(page)
        page.navigate.connect(self.show_page)
        page.rail_note.connect(lambda text: self.rail.set_note(page_id, text))
        page.status.connect(lambda text: self._page_status(page_id, text))
        page.saved.connect(self.status.set_saved)
        page.hint.connect(self.status.set_hint)
        self.rail.set_enabled(page_id, True)
        if self._wish is not None and self._wish[0] == page_id:
            self.show_page(*self._wish)

    def promise_page(self, page_id: str, make: Callable[[], Page]) -> None:
        """As `set_page` with what `make` gives, which is called when the page is first gone to."""
        self.remove_page(page_id)
        self._promised[page_id] = make
        self.rail.set_enabled(page_id, True)
        if self._wish is not None and self._wish[0] == page_id:
            wish, self._wish = self._wish, None
            self.show_page(*wish)

    def remove_page(self, page_id: str) -> None:
        """Delete the page under `page_id`, if there is one, and what it said around itself."""
        is_promised = self._promised.pop(page_id, None) is not None
        old = self._pages.pop(page_id, None)
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()
            self.status.saved.setText("")
        if old is not None or is_promised:
            self.rail.set_enabled(page_id, False)
            self.rail.set_note(page_id, "")

    def has_page(self, page_id: str) -> bool:
        """Whether it can be shown now."""
        return page_id in self._pages or page_id in self._promised

    def page(self, page_id: str) -> Page | None:
        """The page under `page_id`; one that is promised is made now."""
        if page_id in self._promised:
            made = self._promised[page_id]()
            del self._promised[page_id]  # what the rail says of it stays
            self.set_page(page_id, made)
        return self._pages.get(page_id)

    @property
    def current_page(self) -> str:
        return self._current

    def show_page(self, page_id: str, payload: object = None) -> None:
        """Show a page; one that is still being made is shown as soon as it is there, unless
        another was asked for meanwhile."""
        page = self.page(page_id)
        self._wish = (page_id, payload) if page is None else None
        if page is None:
            return
        page.finish()
        self._current = page_id
        self.rail.setVisible(page_id != "welcome")
        self.rail.select(_PART_OF.get(page_id, page_id))
        self._stack.setCurrentWidget(page)
        for key in self._open_keys:
            key.setEnabled(page_id != "data")  # it has its own: two of a kind would cancel out
        self.status.page.setText("")
        page.on_enter(payload)
        focus = page.first_focus()
        if focus is not None:
            focus.setFocus()
        self.page_shown.emit(page_id)

    def _page_status(self, page_id: str, text: str) -> None:
        if page_id == self._current:
            self.status.page.setText(text)

    def restore(self, geometry: bytes | None) -> None:
        """Take the remembered place and size, or a comfortable default."""
        if not geometry or not self.restoreGeometry(QByteArray(geometry)):
            room = self.screen().availableSize() - _FRAME
            self.resize(_COMFORTABLE.boundedTo(room))

    def come_forward(self) -> None:
        """To the front, also from the taskbar."""
        self.setWindowState(self.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
        self.show()
        self.activateWindow()

    def allow_close(self) -> None:
        """From now on closing the window really closes it (the shutdown has run)."""
        self._may_close = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not enter_presses(event, self):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Qt's own order is that in which parts were made."""
        return step_focus(self, forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.closing.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = dragged_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.overlay.come(len(paths), Path(paths[0]).name)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        paths = dragged_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)
