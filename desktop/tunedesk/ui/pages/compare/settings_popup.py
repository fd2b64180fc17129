"""How both models are asked: the same for both, and stored with each answer."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from tunedesk.services.compare.settings import CompareSettings
from tunedesk.ui.pages.compare.vote_bar import MOST_REASONS, REASONS
from tunedesk.ui.widgets.sampling_popup import SamplingPopup
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_MOST_OWN = MOST_REASONS - len(REASONS)
REASON_CHARS = 24


class SettingsPopup(SamplingPopup):
    """`changed(CompareSettings)` when it closes with other settings than it opened with."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = self.tr("Settings for both models")
        system = self.tr("System prompt before every prompt")
        self.call(name, system, self.tr("As each row has it"))
        self._known = CompareSettings()
        self.reasons = LineEdit()
        self.reasons.setAccessibleName(self.tr("Reasons of your own, with commas between them"))
        self.reasons.setPlaceholderText(self.tr("humour, brevity"))
        why = self.tr("The same for both models, and stored with each answer.")
        self.arrange(
            PlainLabel(name, "heading"),
            PlainLabel(why, "second", wrap=True),
            self.sampling,
            PlainLabel(self.tr("System prompt"), "second"),
            self.system,
            PlainLabel(self.tr("Reasons of your own, keys 6 to 9"), "second"),
            self.reasons,
        )

    def open_at(self, place: QPoint, settings: CompareSettings) -> None:
        """Its upper right corner at `place`."""
        self._known = settings
        self.reasons.setText(", ".join(settings.own_reasons))
        self.open_below(place, settings.chat, settings.system)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        wanted = self._wanted()
        if wanted != self._known:
            self._known = wanted
            self.changed.emit(wanted)

    def _wanted(self) -> CompareSettings:
        system = self.system_text(self._known.system)
        own = dict.fromkeys(word.strip() for word in self.reasons.text().split(","))
        reasons = [word[:REASON_CHARS] for word in own if word and word not in REASONS]
        chat = self.sampling.settings()
        return msgspec.structs.replace(
            self._known, chat=chat, system=system, own_reasons=reasons[:_MOST_OWN]
        )
