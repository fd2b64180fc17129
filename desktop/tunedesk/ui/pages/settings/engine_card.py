"""The engine on this computer: how it is, and a button for when it is not well."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tunedesk.services.local_engine import EngineStatus, LocalEngine
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel

_STATE_LOOKS = {"ready": "chip-ok", "starting": "chip", "stopped": "chip"}


class EngineCard(Card):
    """Follows the engine's state as long as it lives."""

    def __init__(
        self, engine: LocalEngine, operations: Operations, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent=parent)
        self._engine, self._operations = engine, operations
        self.state = PlainLabel("", "chip")
        self.detail = PlainLabel("", "second", wrap=True)
        self.again = button(self.tr("Start again"), self._start_again)
        name = PlainLabel(self.tr("On this computer"), "heading")
        self.body.addLayout(row(name, self.state, None, self.again))
        self.body.addWidget(self.detail)
        self.body.addWidget(
            PlainLabel(
                self.tr(
                    "Trains and answers here, without a key and without a network. It listens on "
                    "a private socket that only you can open, with a new password at each start."
                ),
                "second",
                wrap=True,
            )
        )
        self.destroyed.connect(engine.subscribe(self._show))
        self._show(engine.status)

    def _show(self, status: EngineStatus) -> None:
        words = {
            "starting": self.tr("starting"),
            "ready": self.tr("running"),
            "missing": self.tr("not installed"),
            "failed": self.tr("stopped by an error"),
            "stopped": self.tr("stopped"),
        }
        self.state.setText(words.get(status.state, status.state))
        self.state.set_look(_STATE_LOOKS.get(status.state, "chip-error"))
        self.detail.setText(status.detail)
        self.detail.setVisible(bool(status.detail))
        self.again.setVisible(status.state in ("failed", "stopped", "missing"))

    def _start_again(self) -> None:
        self._operations.run(self._engine.start(), owner=self)
