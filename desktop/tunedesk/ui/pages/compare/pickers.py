"""Which two models stand against each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from tunedesk.services.comparison import Contender
from tunedesk.ui.widgets.text import PlainLabel

Pair = tuple[Contender, Contender]


class PairPicker(QWidget):
    """Two lists, "… against …". `changed` only when the person chose."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contenders: list[Contender] = []
        self.first = self._list(self.tr("First model"))
        self.second = self._list(self.tr("Second model"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(9)
        line.addWidget(self.first)
        line.addWidget(PlainLabel(self.tr("against"), "second"))
        line.addWidget(self.second)

    def _list(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(13)
        made.setMinimumWidth(96)
        made.activated.connect(lambda _index: self.changed.emit())
        return made

    def set_contenders(self, contenders: Sequence[Contender], wanted: Pair | None) -> None:
        """Fill both lists; select `wanted`, else what was selected, else base and newest tuned."""
        chosen = wanted or self.pair
        self._contenders = list(contenders)
        for combo in (self.first, self.second):
            combo.clear()
            for contender in contenders:
                combo.addItem(contender.label)
        default = default_pair(contenders)
        for place, combo in enumerate((self.first, self.second)):
            one = chosen[place] if chosen is not None else None
            fallback = default[place] if default is not None else None
            for candidate in (one, fallback):
                if candidate in self._contenders:
                    combo.setCurrentIndex(self._contenders.index(candidate))
                    break

    @property
    def pair(self) -> Pair | None:
        """The two chosen; None where there is no choice or it is twice the same."""
        places = (self.first.currentIndex(), self.second.currentIndex())
        if min(places) < 0 or places[0] == places[1]:
            return None
        return self._contenders[places[0]], self._contenders[places[1]]


def default_pair(contenders: Sequence[Contender]) -> Pair | None:
    """A base model and the newest tuned one (the list names the newest first), or None."""
    tuned = next((one for one in contenders if one.kind != "base"), None)
    base = next((one for one in contenders if one.kind == "base"), None)
    return (base, tuned) if base is not None and tuned is not None else None
