"""How far the look at the rows is, in a bar, and the way to stop it and to have it go on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel

_STEPS = 1000


class CheckStrip(QWidget):
    """There while the rows are looked at, and while that is stopped. `go_on_asked()` by its button.

    The figures stand in the card's lines.
    """

    go_on_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sessions: Sequence[DatasetSession] = ()
        self.words = PlainLabel("", "strong", wrap=True)
        self.bar = ProgressBar()
        self.bar.setAccessibleName(self.tr("Rows looked at"))
        self.stop = button(self.tr("Stop"), self._stop, name=self.tr("Stop the look at the rows"))
        self.go_on = button(
            self.tr("Check on"), self.go_on_asked.emit, name=self.tr("Go on looking at the rows")
        )
        line = row(self.bar, self.stop, self.go_on, spacing=10)
        line.setStretch(0, 1)
        body = column(self.words, spacing=6, margins=(0, 4, 0, 4))
        body.addLayout(line)
        self.setLayout(body)
        self.hide()

    def follow(self, sessions: Sequence[DatasetSession]) -> None:
        """Show what is so now with these datasets; nothing is stopped but one of them."""
        self._sessions = sessions
        state = next((one.check_state for one in sessions if one.check_state is not None), None)
        is_stopped = is_any_stopped(sessions)
        self.setVisible(state is not None or is_stopped)
        self.go_on.setVisible(is_stopped)
        self.stop.setVisible(not is_stopped)
        self.bar.setVisible(not is_stopped)
        if is_stopped:
            self.words.setText(self.tr("The look at the rows was stopped; it goes on from there."))
        elif state is not None:
            self.words.setText(self.tr("Looking at the rows"))
            self.bar.setRange(0, _STEPS if state.n_done else 0)
            self.bar.setValue(_STEPS * state.n_done // max(1, state.n_rows))

    def _stop(self) -> None:
        for session in self._sessions:
            session.stop_check()


def is_any_stopped(sessions: Sequence[DatasetSession]) -> bool:
    """Whether a person stopped the look at one of these, and nobody had it go on."""
    return any(one.is_check_stopped for one in sessions)
