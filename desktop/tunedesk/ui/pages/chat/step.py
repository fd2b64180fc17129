"""Several transcripts that scroll as one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QScrollBar


class ScrollInStep(QObject):
    """While it is on, every bar goes where one is moved to, by its share of the way."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._bars: list[QScrollBar] = []
        self._is_on = False
        self._is_moving = False

    def follow(self, bars: Sequence[QScrollBar]) -> None:
        """These bars from now on."""
        for bar in bars:
            if bar not in self._bars:
                bar.valueChanged.connect(partial(self._moved, bar))
        self._bars = list(bars)

    def set_on(self, *, is_on: bool) -> None:
        """On: the others go where the first one is."""
        self._is_on = is_on
        if self._bars:
            self._moved(self._bars[0], self._bars[0].value())

    def _moved(self, bar: QScrollBar, value: int) -> None:
        if not self._is_on or self._is_moving or bar not in self._bars:
            return
        self._is_moving = True
        share = value / bar.maximum() if bar.maximum() else 0.0
        for other in self._bars:
            if other is not bar:
                other.setValue(round(share * other.maximum()))
        self._is_moving = False
