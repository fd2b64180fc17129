"""How one pane is asked, or all of them alike."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from tunedesk.services.chat.conversation import ChatPane
from tunedesk.ui.widgets.sampling_popup import SamplingPopup
from tunedesk.ui.widgets.text import PlainLabel


class PaneSettings(SamplingPopup):
    """`changed(pane, is_for_all)` when it closes with other settings than it opened with."""

    changed = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        system = self.tr("System prompt")
        self.call(self.tr("Settings of this model"), system, self.tr("None"))
        self._pane = ChatPane(id=0)
        self._was_for_all = False
        self.for_all = QCheckBox(self.tr("The same for every model"))
        self.arrange(
            PlainLabel(self.tr("How this model is asked"), "heading"),
            PlainLabel(self.tr("From the next prompt on."), "second"),
            self.sampling,
            PlainLabel(system, "second"),
            self.system,
            self.for_all,
        )

    def open_at(self, place: QPoint, pane: ChatPane, *, are_alike: bool) -> None:
        """Its upper right corner at `place`; `are_alike`: all panes are asked as this one is."""
        self._pane = pane
        self.for_all.setChecked(are_alike)
        self._was_for_all = are_alike
        self.open_below(place, pane.settings, pane.system)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        wanted = msgspec.structs.replace(
            self._pane,
            settings=self.sampling.settings(),
            system=self.system_text(self._pane.system),
        )
        is_for_all = self.for_all.isChecked()
        if wanted != self._pane or (is_for_all and not self._was_for_all):
            self._pane = wanted
            self.changed.emit(wanted, is_for_all)
