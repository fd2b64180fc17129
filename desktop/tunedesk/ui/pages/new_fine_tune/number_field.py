"""A number that may be left to Tunedesk: the field shows "auto (3)" or what was typed."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy

from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit


class Bounds:
    """What a field accepts. `low` itself is excluded where `above_low` is set."""

    def __init__(
        self,
        low: float,
        high: float,
        *,
        whole: bool = True,
        above_low: bool = False,
        may_be_auto: bool = True,
    ) -> None:
        self.low, self.high = low, high
        self.whole, self.above_low, self.may_be_auto = whole, above_low, may_be_auto

    def parse(self, text: str) -> float | None:
        """The number in `text`, None for "auto" or nothing. Raises ValueError for anything else."""
        folded = text.strip().casefold()
        if self.may_be_auto and (not folded or folded.startswith("auto")):
            return None
        number = int(folded) if self.whole else float(folded.replace(",", "."))
        too_low = number <= self.low if self.above_low else number < self.low
        if too_low or number > self.high or not math.isfinite(number):
            raise ValueError(text)
        return number


class _AutoEdit(LineEdit):
    """Selects its text when it is entered, so that typing replaces "auto (3)"."""

    entered = Signal()
    left = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()
        self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self.isModified() and not self.hasSelectedText():
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class NumberField(QObject):
    """The field `edit`, and the label `hint` beside it: its meaning, or why the entry is refused.

    `changed()` follows every edit. Emptying the field means auto, where the bounds allow that.
    """

    changed = Signal()

    def __init__(
        self,
        label: str,
        meaning: str,
        bounds: Bounds,
        *,
        value: float | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.label = label
        self._meaning, self._bounds = meaning, bounds
        self._resolved: float | None = None
        self._value = value
        self.problem = ""
        self.edit = _AutoEdit()
        self.edit.setFixedWidth(124)
        self.edit.setAccessibleName(label)
        self.hint = PlainLabel("", "second", wrap=True)
        self.hint.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.edit.textChanged.connect(self._edited)  # a screen reader writes without a key
        self.edit.left.connect(self._show_value)
        self._show_problem()
        self._show_value()

    def restate(self, label: str, meaning: str, bounds: Bounds) -> None:
        """Ask for another number from now on; what was typed meant the one before."""
        self.label, self._meaning, self._bounds = label, meaning, bounds
        self._value, self._resolved, self.problem = None, None, ""
        self.edit.setAccessibleName(label)
        self._show_problem()
        self._show_value()

    def explain(self, meaning: str) -> None:
        """Another meaning of the same number."""
        self._meaning = meaning
        self._show_problem()

    def fill(self, value: float | None) -> None:
        """As if it had been typed; None is auto."""
        self._value, self.problem = value, ""
        self._show_problem()
        self._show_value()
        self.changed.emit()

    @property
    def value(self) -> float | None:
        """The number, or None for auto; meaningless while `problem` is set."""
        return self._value

    def show_resolved(self, resolved: float | None) -> None:
        """Say what auto stands for just now; what is being typed is left alone."""
        self._resolved = resolved
        if not self.edit.hasFocus() or not self.edit.isModified():
            self._show_value()

    def _show_value(self) -> None:
        if self.problem:
            return
        self.edit.setModified(False)
        text = self._text()
        if text != self.edit.text():
            with QSignalBlocker(self.edit):
                self.edit.setText(text)
            if self.edit.hasFocus():
                self.edit.selectAll()

    def _text(self) -> str:
        if self._value is not None:
            return _number_text(self._value)
        if self._resolved is None:
            return self.tr("auto")
        return self.tr("auto ({value})").format(value=_number_text(self._resolved))

    def _edited(self, text: str) -> None:
        self.edit.setModified(True)
        try:
            self._value = self._bounds.parse(text)
            self.problem = ""
        except (ValueError, OverflowError):
            self.problem = self._refusal()
        self._show_problem()
        self.changed.emit()

    def _refusal(self) -> str:
        bounds = self._bounds
        if bounds.above_low:
            text = self.tr("A number above {low}, up to {high}.")
        elif bounds.whole:
            text = self.tr("A whole number from {low} to {high}.")
        else:
            text = self.tr("A number from {low} to {high}.")
        if bounds.may_be_auto:
            text += " " + self.tr("Empty is auto.")
        return text.format(low=f"{bounds.low:g}", high=_bound_text(bounds.high))

    def _range(self) -> str:
        bounds = self._bounds
        text = self.tr("{low} to {high}.")
        if bounds.above_low:
            text = self.tr("Above {low}, up to {high}.")
        return text.format(low=f"{bounds.low:g}", high=_bound_text(bounds.high))

    def _show_problem(self) -> None:
        self.hint.set_look("second-error" if self.problem else "second")
        told = self.problem or f"{self._meaning} {self._range()}"
        self.hint.setText(f"◆ {told}" if self.problem else told)
        self.edit.setAccessibleDescription(told)
        look = "invalid" if self.problem else ""
        if self.edit.property("look") != look:
            self.edit.setProperty("look", look)
            self.edit.style().unpolish(self.edit)
            self.edit.style().polish(self.edit)


def _bound_text(bound: float) -> str:
    return f"{bound:,.0f}" if bound >= 1 else f"{bound:g}"


def _number_text(value: float) -> str:
    return str(value) if isinstance(value, int) or value % 1 else f"{value:.1f}"
