"""How one pane is asked, or all of them alike."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QWidget

from tunedesk.services.chat.conversation import ChatPane
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.sampling_fields import SamplingFields
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit


class PaneSettings(QFrame):
    """`changed(pane, is_for_all)` when it closes with other settings than it opened with."""

    changed = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("look", "card")
        self.setAccessibleName(self.tr("Settings of this model"))
        self._pane = ChatPane(id=0)
        self.sampling = SamplingFields()
        self.system = PlainEdit()
        self.system.setAccessibleName(self.tr("System prompt"))
        self.system.setPlaceholderText(self.tr("None"))
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(84)
        self.for_all = QCheckBox(self.tr("The same for every model"))
        self.setLayout(
            column(
                PlainLabel(self.tr("How this model is asked"), "heading"),
                PlainLabel(self.tr("From the next prompt on."), "second"),
                self.sampling,
                PlainLabel(self.tr("System prompt"), "second"),
                self.system,
                self.for_all,
                margins=(16, 14, 16, 14),
            )
        )
        self.setFixedWidth(330)

    def open_at(self, place: QPoint, pane: ChatPane, *, are_alike: bool) -> None:
        """Its upper right corner at `place`; `are_alike`: all panes are asked as this one is."""
        self._pane = pane
        self.sampling.show_settings(pane.settings)
        self.system.setPlainText(pane.system)
        self.for_all.setChecked(are_alike)
        self._was_for_all = are_alike
        self.adjustSize()
        self.move(place - QPoint(self.width(), -4))
        self.show()
        self.sampling.temperature.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        is_same = not self.system.document().isModified()
        wanted = msgspec.structs.replace(
            self._pane,
            settings=self.sampling.settings(),
            system=self._pane.system if is_same else self.system.toPlainText(),
        )
        is_for_all = self.for_all.isChecked()
        if wanted != self._pane or (is_for_all and not self._was_for_all):
            self._pane = wanted
            self.changed.emit(wanted, is_for_all)
