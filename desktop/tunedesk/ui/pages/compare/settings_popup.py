"""How both models are asked: the same for both, and stored with each answer."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.services.compare.settings import CompareSettings
from tunedesk.ui.pages.compare.vote_bar import MOST_REASONS, REASONS
from tunedesk.ui.widgets.layout import column
from tunedesk.ui.widgets.sampling_fields import SamplingFields
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit, PlainEdit

_MOST_OWN = MOST_REASONS - len(REASONS)
REASON_CHARS = 24


class SettingsPopup(QFrame):
    """`changed(CompareSettings)` when it closes with other settings than it opened with."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("look", "card")
        self.setAccessibleName(self.tr("Settings for both models"))
        self._known = CompareSettings()
        self.sampling = SamplingFields()
        self.system = PlainEdit()
        self.system.setAccessibleName(self.tr("System prompt before every prompt"))
        self.system.setPlaceholderText(self.tr("As each row has it"))
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(84)
        self.reasons = LineEdit()
        self.reasons.setAccessibleName(self.tr("Reasons of your own, with commas between them"))
        self.reasons.setPlaceholderText(self.tr("humour, brevity"))
        self._arrange()

    def _arrange(self) -> None:
        why = self.tr("The same for both models, and stored with each answer.")
        parts = column(
            PlainLabel(self.tr("Settings for both models"), "heading"),
            PlainLabel(why, "second", wrap=True),
            self.sampling,
            PlainLabel(self.tr("System prompt"), "second"),
            self.system,
            PlainLabel(self.tr("Reasons of your own, keys 6 to 9"), "second"),
            self.reasons,
            margins=(16, 14, 16, 14),
        )
        self.setLayout(parts)
        self.setFixedWidth(330)

    def open_at(self, place: QPoint, settings: CompareSettings) -> None:
        """Its upper right corner at `place`."""
        self._known = settings
        self.sampling.show_settings(settings.chat)
        self.system.setPlainText(settings.system)
        self.reasons.setText(", ".join(settings.own_reasons))
        self.adjustSize()
        self.move(place - QPoint(self.width(), -4))
        self.show()
        self.sampling.temperature.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        wanted = self._wanted()
        if wanted != self._known:
            self._known = wanted
            self.changed.emit(wanted)

    def _wanted(self) -> CompareSettings:
        is_same = not self.system.document().isModified()
        system = self._known.system if is_same else self.system.toPlainText()
        own = dict.fromkeys(word.strip() for word in self.reasons.text().split(","))
        reasons = [word[:REASON_CHARS] for word in own if word and word not in REASONS]
        chat = self.sampling.settings()
        return msgspec.structs.replace(
            self._known, chat=chat, system=system, own_reasons=reasons[:_MOST_OWN]
        )
