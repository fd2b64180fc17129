"""Version, licence, and whose work is inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from tunedesk import __version__
from tunedesk.services.work.background import Background
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

if TYPE_CHECKING:
    from tunedesk.services.project.contents import Part

_LIST_PX = 220


class AboutCard(Card):
    """Says what Tunedesk is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(f"Tunedesk {__version__}", parent=parent)
        told = self.tr(
            "Teach a chat model by example, and find out by your own judgement whether it got "
            "better. Free software under the Apache License 2.0. The sample model is "
            "SmolLM2-135M-Instruct by Hugging Face, also Apache 2.0. The window is made with Qt "
            "under the LGPL."
        )
        self.body.addWidget(PlainLabel(told, wrap=True))


def _parts() -> list[Part]:
    from tunedesk.services.project.contents import (
        parts,  # reads metadata, which a start does without
    )

    return parts()


class PartsCard(Card):
    """The libraries, with version and licence; looked up when the card is first seen."""

    def __init__(
        self, operations: Operations, background: Background, parent: QWidget | None = None
    ) -> None:
        super().__init__(self.tr("What is inside"), parent=parent)
        self._operations, self._background = operations, background
        self._is_asked = False
        self.list = PlainEdit()
        self.list.setReadOnly(True)
        self.list.setTabChangesFocus(True)
        self.list.setLineWrapMode(PlainEdit.LineWrapMode.NoWrap)
        self.list.setAccessibleName(self.tr("Libraries with version and licence"))
        self.list.setFixedHeight(_LIST_PX)
        self.body.addWidget(self.list)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_asked:
            self._is_asked = True
            self._operations.run(self._background.run(_parts), owner=self, done=self._show)

    def _show(self, found: Sequence[Part]) -> None:
        lines = [f"{part.name} {part.version} · {part.licence}" for part in found]
        self.list.setPlainText("\n".join(lines))
