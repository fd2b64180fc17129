"""1 · Where: one card a provider that can train."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy

from tunedesk.core.speech import said
from tunedesk.services.train.training import ProviderChoice
from tunedesk.ui.pages.new_fine_tune.places import place_detail
from tunedesk.ui.widgets.card_button import CardButton
from tunedesk.ui.widgets.few_lines import FewLinesLabel
from tunedesk.ui.widgets.layout import Card, column
from tunedesk.ui.widgets.text import PlainLabel

_CARDS_A_ROW, _NARROW_CARDS_A_ROW, _NARROW_BELOW_PX = 3, 2, 520


class PlaceButton(CardButton):
    """Title and up to three lines; chosen like a radio button."""

    def __init__(self, choice: ProviderChoice) -> None:
        self.detail = FewLinesLabel(place_detail(choice), "second")
        words = column(
            PlainLabel(said(choice.name), "heading", wrap=True),
            self.detail,
            None,
            spacing=3,
            margins=(16, 11, 16, 11),
        )
        super().__init__(words, said(choice.name))
        # As high as its text at its width, and as the others beside it.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setCheckable(True)
        self.setAccessibleDescription(self.detail.text())


class WhereCard(Card):
    """`changed()` when another place is chosen."""

    changed = Signal()

    def __init__(self, choices: Sequence[ProviderChoice]) -> None:
        super().__init__(self.tr("1 · Where"))
        self._choices: tuple[ProviderChoice, ...] = ()
        self.buttons: list[PlaceButton] = []
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(lambda _n, is_on: self._chosen() if is_on else None)
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        self._n_columns = _CARDS_A_ROW
        self._soon = QTimer(self)  # once the cards have their width
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show_rest)
        self.body.addLayout(self._grid)
        self.rest = PlainLabel("", "second", wrap=True)
        self.body.addWidget(self.rest)
        self.keyless = PlainLabel("", "second", wrap=True)
        self.body.addWidget(self.keyless)
        self.show_keyless(())
        self.offer(choices)

    def show_keyless(self, names: Sequence[str]) -> None:
        """Why these providers are not to be chosen."""
        words = self.tr("{names}: no key is known. Enter it in Settings to train there.")
        self.keyless.setText(words.format(names=", ".join(names)))
        self.keyless.setVisible(bool(names))

    def offer(self, choices: Sequence[ProviderChoice]) -> None:
        """Other places to choose from; the choice stays where it can."""
        if tuple(choices) == self._choices:
            return
        chosen = self.choice.id if self._choices else ""
        for old in self.buttons:
            self._group.removeButton(old)
            old.hide()
            old.deleteLater()
        self._choices = tuple(choices)
        self.buttons = [PlaceButton(choice) for choice in self._choices]
        ids = [choice.id for choice in self._choices]
        at = ids.index(chosen) if chosen in ids else 0
        with QSignalBlocker(self._group):
            for n, made in enumerate(self.buttons):
                self._group.addButton(made, n)
            self._lay_out()
            self.buttons[at].setChecked(True)
        self._show_rest()
        if chosen and ids[at] != chosen:
            self.changed.emit()

    def _lay_out(self) -> None:
        for column_number in range(_CARDS_A_ROW):
            self._grid.setColumnStretch(column_number, int(column_number < self._n_columns))
        for n, made in enumerate(self.buttons):
            self._grid.addWidget(made, n // self._n_columns, n % self._n_columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < _NARROW_BELOW_PX
        n_columns = _NARROW_CARDS_A_ROW if is_narrow else _CARDS_A_ROW
        if n_columns != self._n_columns:
            self._n_columns = n_columns
            self._lay_out()
        self._soon.start()

    def _chosen(self) -> None:
        self._show_rest()
        self.changed.emit()

    def _show_rest(self) -> None:
        """Below the cards, what the chosen one has no room for."""
        detail = self.buttons[self._group.checkedId()].detail
        is_cut = detail.is_cut_at(detail.width())
        self.rest.setText(detail.text() if is_cut else "")
        self.rest.setVisible(is_cut)

    def choose(self, provider_id: str) -> None:
        """Choose a place by its id; one that is not offered leaves the choice as it is."""
        for made, choice in zip(self.buttons, self._choices, strict=True):
            if choice.id == provider_id:
                made.setChecked(True)

    @property
    def choice(self) -> ProviderChoice:
        return self._choices[self._group.checkedId()]
