"""How a model is asked: temperature, top p, the longest answer, the seed."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tunedesk.core.chat import MOST_TOKENS, ChatSettings
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.number_box import DecimalBox, NumberBox
from tunedesk.ui.widgets.text import PlainLabel

_MOST_SEED = 2**31 - 1
_NO_SEED = -1


class SamplingFields(QWidget):
    """A line for each, its name left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.temperature = DecimalBox(self.tr("Temperature"), 0.0, 2.0)
        self.top_p = DecimalBox(self.tr("Top p"), 0.01, 1.0)
        self.max_tokens = NumberBox(self.tr("Longest answer in tokens"), 1, MOST_TOKENS)
        self.seed = NumberBox(self.tr("Seed of sampling"), _NO_SEED, _MOST_SEED)
        self.seed.setSpecialValueText(self.tr("none"))
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
        self.setLayout(column(*made))

    def show_settings(self, settings: ChatSettings) -> None:
        """Fill in the lines."""
        self.temperature.setValue(settings.temperature)
        self.top_p.setValue(settings.top_p)
        self.max_tokens.setValue(settings.max_tokens)
        self.seed.setValue(settings.seed if settings.seed is not None else _NO_SEED)

    def settings(self) -> ChatSettings:
        """What is filled in."""
        seed = self.seed.value()
        return ChatSettings(
            temperature=round(self.temperature.value(), 2),
            top_p=round(self.top_p.value(), 2),
            max_tokens=self.max_tokens.value(),
            seed=None if seed == _NO_SEED else seed,
        )
