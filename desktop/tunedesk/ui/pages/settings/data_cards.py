"""What leaves this computer, and where things are on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tunedesk.services.project.places import Places
from tunedesk.ui.files.folders import open_place
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.text import PlainLabel


class LeavesCard(Card):
    """Says what is sent, to whom, and when: true with providers and without."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What leaves this computer"), parent=parent)
        told = self.tr(
            "Nothing by itself: Tunedesk sends no telemetry and looks for no updates. Rows go to a "
            "provider of yours when you train there, prompts when you compare or draft with its "
            "models; its key goes to its own address only."
        )
        self.body.addWidget(PlainLabel(told, wrap=True))


class FoldersCard(Card):
    """The folders, each with a button that shows it."""

    def __init__(self, places: Places, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Where things are"), parent=parent)
        self._ask = ask
        self._add(self.tr("Projects"), places.projects)
        self._add(self.tr("Models and jobs of the engine"), places.engine)
        self._add(self.tr("Settings"), places.config)

    def _add(self, words: str, folder: Path) -> None:
        path = PlainLabel(str(folder), "second", wrap=True)
        path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        show = button(
            self.tr("Show"),
            partial(open_place, folder, self._ask),
            name=self.tr("Show folder {name}").format(name=words),
        )
        line: QHBoxLayout = row(column(PlainLabel(words, "strong"), path, spacing=1), show)
        line.setStretch(0, 1)
        self.body.addLayout(line)
