"""How both models are asked: the same for both, and stored with each answer."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QWidget

from tunedesk.core.chat import ChatSettings
from tunedesk.services.compare_settings import CompareSettings
from tunedesk.ui.pages.compare.vote_bar import MOST_REASONS, REASONS
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.number_box import DecimalBox, NumberBox
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit, PlainEdit

_MOST_TOKENS = 32_000
_MOST_SEED = 2**31 - 1
_NO_SEED = -1
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
        self.temperature = DecimalBox(self.tr("Temperature"), 0.0, 2.0)
        self.top_p = DecimalBox(self.tr("Top p"), 0.01, 1.0)
        self.max_tokens = NumberBox(self.tr("Longest answer in tokens"), 1, _MOST_TOKENS)
        self.seed = NumberBox(self.tr("Seed of sampling"), _NO_SEED, _MOST_SEED)
        self.seed.setSpecialValueText(self.tr("none"))
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
        lines = (
            (self.tr("Temperature"), self.temperature),
            (self.tr("Top p"), self.top_p),
            (self.tr("Longest answer, tokens"), self.max_tokens),
            (self.tr("Seed"), self.seed),
        )
        made = []
        for word, box in lines:
            box.setFixedWidth(120)
            made.append(row(PlainLabel(word, "second"), None, box))
        why = self.tr("The same for both models, and stored with each answer.")
        parts = column(
            PlainLabel(self.tr("Settings for both models"), "heading"),
            PlainLabel(why, "second", wrap=True),
            *made,
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
        chat = settings.chat
        self.temperature.setValue(chat.temperature)
        self.top_p.setValue(chat.top_p)
        self.max_tokens.setValue(chat.max_tokens)
        self.seed.setValue(chat.seed if chat.seed is not None else _NO_SEED)
        self.system.setPlainText(settings.system)
        self.reasons.setText(", ".join(settings.own_reasons))
        self.adjustSize()
        self.move(place - QPoint(self.width(), -4))
        self.show()
        self.temperature.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        wanted = self._wanted()
        if wanted != self._known:
            self._known = wanted
            self.changed.emit(wanted)

    def _wanted(self) -> CompareSettings:
        seed = self.seed.value()
        chat = ChatSettings(
            temperature=round(self.temperature.value(), 2),
            top_p=round(self.top_p.value(), 2),
            max_tokens=self.max_tokens.value(),
            seed=None if seed == _NO_SEED else seed,
        )
        is_same = not self.system.document().isModified()
        system = self._known.system if is_same else self.system.toPlainText()
        own = dict.fromkeys(word.strip() for word in self.reasons.text().split(","))
        reasons = [word[:REASON_CHARS] for word in own if word and word not in REASONS]
        return msgspec.structs.replace(
            self._known, chat=chat, system=system, own_reasons=reasons[:_MOST_OWN]
        )
