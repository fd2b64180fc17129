"""A one-line box for a text of a row: what it would change is shown and not edited (D5)."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF

from tunedesk.core.invisible import unseen_in
from tunedesk.ui.pages.data.special_text import survives_editing
from tunedesk.ui.pages.data.unseen_marks import unseen_words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.widgets.tips import set_tip

_FLAG_PX = 8.0


class HeldLine(LineEdit):
    """A flag in its corner and words in its tip say that the text has unseen characters (U3)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def show_held(self, text: str, tip: str = "") -> None:
        """Show `text`; the line counts as not modified then, unless it showed that already."""
        if self.text() != text:
            self.setText(text)
            self.setModified(False)
        self.hold(text, tip)

    def hold(self, text: str, tip: str = "") -> None:
        """Let the line be edited only if it gives `text` back unchanged; the tip says why not."""
        held = "\n" not in text and survives_editing(text)
        self.setReadOnly(not held)
        why = self.tr("Holds characters a text box would change; edit this row as JSON.")
        set_tip(self, (unseen_words(text) or tip) if held else why)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        unseen = unseen_in(self.text())
        if unseen:
            turns = any(found.turns for found in unseen)
            painter = QPainter(self)
            painter.setPen(self._theme.palette.color("error" if turns else "warning_mark"))
            painter.setBrush(painter.pen().color())
            corner = [QPointF(1, 1), QPointF(_FLAG_PX, 1), QPointF(1, _FLAG_PX)]
            painter.drawPolygon(QPolygonF(corner))
            painter.end()
