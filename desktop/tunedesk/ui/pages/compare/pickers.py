"""Which two models stand against each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from tunedesk.services.compare.comparison import Contender
from tunedesk.ui.model_names import PlaceOf, model_names
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.text import PlainLabel

Pair = tuple[Contender, Contender]
WantedPair = tuple[Contender | None, Contender | None]


class PairPicker(QWidget):
    """Two lists, "… against …". `changed` only when the person chose."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
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
        made = ChoiceBox(self._theme, name)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        made.setMinimumWidth(96)
        made.setMaximumWidth(240)
        made.activated.connect(lambda _index: self.changed.emit())
        return made

    def set_contenders(
        self, contenders: Sequence[Contender], place_of: PlaceOf, wanted: WantedPair = (None, None)
    ) -> None:
        """Fill both lists; select what is wanted, else what was selected, else the default."""
        wishes = (wanted, self.pair, default_pair(contenders))
        self._contenders = list(contenders)
        names = model_names(contenders, place_of)
        places = {_key(one): place for place, one in enumerate(contenders)}
        for place, combo in enumerate((self.first, self.second)):
            combo.clear()
            combo.addItems(names)
            found = (wish[place] for wish in wishes if wish is not None)
            known = (places[key] for one in found if one and (key := _key(one)) in places)
            combo.setCurrentIndex(next(known, -1))
        if wanted[1] is not None and _key(wanted[1]) not in places:
            self.second.setCurrentIndex(-1)  # not another one unasked

    @property
    def pair(self) -> Pair | None:
        """The two chosen; None where there is no choice or it is twice the same."""
        places = (self.first.currentIndex(), self.second.currentIndex())
        if min(places) < 0 or places[0] == places[1]:
            return None
        return self._contenders[places[0]], self._contenders[places[1]]


def _key(contender: Contender) -> tuple[str, str]:
    """A model is the same one under whatever label a page knows it."""
    return contender.provider_id, contender.model


def default_pair(contenders: Sequence[Contender]) -> Pair | None:
    """A base model and the newest tuned one (the list names the newest first), or None.

    Without a base model that can be asked, two that are kept answers: they cost nothing.
    """
    tuned = next((one for one in contenders if one.kind != "base"), None)
    base = next((one for one in contenders if one.kind == "base"), None)
    frozen = [one for one in contenders if one.is_frozen]
    if base is None and len(frozen) > 1:
        return frozen[0], frozen[1]
    return (base, tuned) if base is not None and tuned is not None else None
