"""How a curve is looked at, what stands beside it, and where it can be saved."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QMenu, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.tips import set_tip

_BESIDE_WIDTH = 150


class SaveKind(StrEnum):
    PNG = "png"
    SVG = "svg"
    CSV = "csv"
    RESULT = "result"


class CurveTools(QWidget):
    """One line. `beside_chosen(local id)`: another job's curve is wanted, or "" for none;
    `save_asked(SaveKind)`."""

    beside_chosen = Signal(str)
    save_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.smooth = button(self.tr("Smooth"), look="filter")
        told = self.tr(
            "Draws the moving average of the train curve over it: weight 0.9, about ten steps."
        )
        set_tip(self.smooth, told)
        self.smooth.setAccessibleDescription(told)
        self.log = button(self.tr("Log scale"), look="filter")
        set_tip(self.log, self.tr("Losses by their powers of ten."))
        self.whole = button(self.tr("Show all"), look="quiet")
        set_tip(self.whole, self.tr("Every step again (0, or a double click)"))
        self.beside = ChoiceBox(theme, self.tr("Curve of another job beside this one"))
        self.beside.setFixedWidth(_BESIDE_WIDTH)
        self.beside.view().setMinimumWidth(2 * _BESIDE_WIDTH)
        self.beside.activated.connect(lambda n: self.beside_chosen.emit(self.beside.itemData(n)))
        self.save = button(self.tr("Save"), name=self.tr("Save the curve"))
        self._offer_saving()
        self._others: tuple[tuple[str, str], ...] | None = None
        self.setLayout(row(self.smooth, self.log, self.whole, None, self.beside, self.save))
        self.show_others(())

    def _offer_saving(self) -> None:
        menu = QMenu(self.save)
        texts = {
            SaveKind.PNG: self.tr("Picture (PNG)…"),
            SaveKind.SVG: self.tr("Drawing (SVG)…"),
            SaveKind.CSV: self.tr("Table (CSV)…"),
            SaveKind.RESULT: self.tr("Result file of the provider…"),
        }
        self.actions_by_kind = {
            kind: menu.addAction(text, partial(self.save_asked.emit, kind))
            for kind, text in texts.items()
        }
        self.save.setMenu(menu)

    def show_others(self, others: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Offer these (local id, name); hidden where there is no other job."""
        if tuple(others) != self._others:
            self._others = tuple(others)
            with QSignalBlocker(self.beside):
                self.beside.clear()
                self.beside.addItem(self.tr("beside: none"), "")
                for local_id, name in others:
                    self.beside.addItem(self.tr("beside: {name}").format(name=name), local_id)
        with QSignalBlocker(self.beside):
            self.beside.setCurrentIndex(max(0, self.beside.findData(chosen)))
        self.beside.setVisible(bool(others))

    def allow(self, *, has_curve: bool, has_loss: bool, is_zoomed: bool, has_result: bool) -> None:
        """What can be done with the curve as it is."""
        self.smooth.setEnabled(has_curve)
        self.log.setEnabled(has_curve and has_loss)
        self.log.setVisible(has_loss)  # else it looks chosen for an accuracy that is drawn plainly
        self.whole.setVisible(is_zoomed)
        for kind, action in self.actions_by_kind.items():
            action.setEnabled(has_result if kind is SaveKind.RESULT else has_curve)
        self.save.setEnabled(has_curve or has_result)
