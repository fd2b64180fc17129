"""The rail on the left: the project's name and one button a page, in the order of the work."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from tunedesk.ui.shell.rail_datasets import RailDatasets
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.check_button import CheckButton
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip

RAIL_WIDTH = 208


class RailButton(CheckButton):
    """Icon, name, and a grey note at the right edge."""

    def __init__(
        self, title: str, icon_name: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self._icon_name = icon_name
        self._theme = theme
        self.setProperty("look", "rail")
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setIconSize(QSize(18, 18))
        self.note = PlainLabel("", "second", self)
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 10, 0)
        line.addStretch()
        line.addWidget(self.note)
        self.retint()

    def set_note(self, text: str) -> None:
        self.note.setText(text)
        self.setAccessibleDescription(text)

    def retint(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, "second"))


class DataButton(RailButton):
    """Takes an answer for the dataset that is open, as that one's own line below would."""

    def __init__(self, title: str, icon_name: str, theme: Theme, datasets: RailDatasets) -> None:
        super().__init__(title, icon_name, theme)
        self._datasets = datasets
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        line = self._datasets.current()
        if line is not None and line.takes_answer(event.mimeData()):
            line.dragEnterEvent(event)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if (line := self._datasets.current()) is not None:
            line.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if (line := self._datasets.current()) is not None:
            line.dropEvent(event)


class Rail(QFrame):
    """`chosen(page_id)` on a click; the project's name leads to "welcome"."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_WIDTH)
        self._theme = theme
        self._buttons: dict[str, RailButton] = {}
        self._project = ElidedLabel("", "heading")
        self._summary = ElidedLabel("", "second")
        self.datasets = RailDatasets(self)
        self._upper = QVBoxLayout()
        self._lower = QVBoxLayout()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 14, 10, 12)
        box.setSpacing(2)
        box.addWidget(self._head())
        box.addSpacing(12)
        box.addLayout(self._upper)
        box.addStretch()
        box.addLayout(self._lower)
        for part in (self._upper, self._lower):
            part.setSpacing(2)
        theme.changed.connect(self._retint)

    def _head(self) -> QWidget:
        head = QWidget()
        box = QVBoxLayout(head)
        box.setContentsMargins(6, 4, 4, 4)
        box.setSpacing(1)
        for label in (self._project, self._summary):
            label.setContentsMargins(4, 0, 0, 0)  # the link below has its focus frame to the left
        box.addWidget(self._project)
        box.addWidget(self._summary)
        self.switch = button(
            self.tr("All projects"), lambda: self.chosen.emit("welcome"), look="link"
        )
        self.switch.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.switch)
        line.addStretch()
        box.addLayout(line)
        return head

    def set_project(self, name: str, summary: str) -> None:
        self._project.setText(name)
        set_tip(self._project, name)
        self._summary.setText(summary)

    def add(self, page_id: str, title: str, icon_name: str, *, lower: bool = False) -> RailButton:
        made = (
            DataButton(title, icon_name, self._theme, self.datasets)
            if page_id == "data"
            else RailButton(title, icon_name, self._theme)
        )
        made.setEnabled(False)  # until there is a page to go to
        made.clicked.connect(lambda: self.chosen.emit(page_id))
        (self._lower if lower else self._upper).addWidget(made)
        self._buttons[page_id] = made
        if page_id == "data":
            self._upper.addWidget(self.datasets)
        return made

    def rename(self, page_id: str, title: str) -> RailButton:
        """Another name for a button, and the link above in the language of the moment."""
        made = self._buttons[page_id]
        made.setText(title)
        made.setAccessibleName(title)
        self.switch.setText(self.tr("All projects"))
        self.switch.setAccessibleName(self.tr("All projects"))
        return made

    def select(self, page_id: str) -> None:
        for known, made in self._buttons.items():
            made.setChecked(known == page_id)

    def set_enabled(self, page_id: str, enabled: bool) -> None:
        """Whether the page can be gone to; ids that are not in the rail are passed over."""
        if page_id in self._buttons:
            self._buttons[page_id].setEnabled(enabled)

    def set_note(self, page_id: str, text: str) -> None:
        if page_id in self._buttons:
            self._buttons[page_id].set_note(text)

    def _retint(self) -> None:
        for made in self._buttons.values():
            made.retint()
