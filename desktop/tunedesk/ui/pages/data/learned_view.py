"""What a row teaches: taught text highlighted, the cut line drawn, what it costs struck out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.core.learned import Learned
from tunedesk.services.dataset.row_help import RowLesson
from tunedesk.ui.pages.data.special_text import shown_safely
from tunedesk.ui.pages.data.text_marks import Mark, TextMarks, units
from tunedesk.ui.pages.data.unseen_marks import visible_text
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit


class LearnedView(QWidget):
    """Read-only. `tell` while an answer is awaited, `show_lesson` when it is there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", "second", wrap=True)
        self.readings = [_Reading(theme), _Reading(theme)]
        legend = row(
            PlainLabel(self.tr("taught"), "chip-ok"),
            PlainLabel(self.tr("lost behind the limit"), "chip-error"),
            PlainLabel(self.tr("only read"), "second"),
            None,
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 10)
        box.setSpacing(8)
        box.addLayout(legend)
        box.addWidget(self.words)
        for reading in self.readings:
            box.addWidget(reading, 1)

    def tell(self, words: str) -> None:
        self.words.setText(words)
        for reading in self.readings:
            reading.hide()

    def show_lesson(self, lesson: RowLesson) -> None:
        self.words.setText(self._who(lesson))
        shown = list(lesson.readings)[:2]
        for index, reading in enumerate(self.readings):
            reading.setVisible(index < len(shown))
            if index < len(shown):
                reading.show_learned(shown[index])

    def _who(self, lesson: RowLesson) -> str:
        if lesson.by_model:
            return self.tr("As {model} reads this row, with its own template.").format(
                model=lesson.by_model
            )
        if not lesson.readings:
            return self.tr("This row cannot be read, so nothing is learned from it.")
        why = {
            "engine_off": self.tr("The engine on this computer is off."),
            "engine_starting": self.tr("The engine on this computer is still starting."),
        }.get(lesson.why, lesson.why)
        rule = self.tr("By rule: assistant texts are taught. An estimate without a template.")
        return f"{rule} {why}"


class _Reading(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title = PlainLabel("", "heading")
        self.counts = PlainLabel("", "body", wrap=True)
        self.text = _MarkedText(theme)
        self.text.setAccessibleName(self.tr("What is learned"))
        self.marks = TextMarks(self.text.document(), theme)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for part in (self.title, self.counts, self.text):
            box.addWidget(part)

    def show_learned(self, learned: Learned) -> None:
        names = {
            "preferred": self.tr("Preferred answer"),
            "non_preferred": self.tr("Answer not preferred"),
        }
        self.title.setText(names.get(learned.name, ""))
        self.title.setVisible(bool(self.title.text()))
        self.counts.setText(self._counts(learned))
        text, marks = "", []
        cut_at = -1
        for piece in learned.pieces:
            shown = visible_text(shown_safely(piece.text))
            if piece.is_lost and cut_at < 0:
                cut_at = len(text)
            look = "lost" if piece.is_lost else "taught" if piece.is_taught else "context"
            marks.append(Mark(len(text), len(text) + len(shown), look))
            text += shown
        if self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self.text.show_cut(units(text, cut_at) if cut_at >= 0 else None)
        self.marks.show_marks(marks, text)

    def _counts(self, learned: Learned) -> str:
        words = self.tr("{taught} of {all} tokens are taught.").format(
            taught=f"{learned.n_taught_tokens:,}", all=f"{learned.n_tokens:,}"
        )
        if learned.is_cut and learned.limit_tokens is not None:
            words += " " + self.tr(
                "The row is cut at {limit} tokens: {lost} taught tokens behind the line are lost."
            ).format(limit=f"{learned.limit_tokens:,}", lost=f"{learned.n_lost_tokens:,}")
        elif learned.limit_tokens is not None:
            words += " " + self.tr("It fits into {limit} tokens.").format(
                limit=f"{learned.limit_tokens:,}"
            )
        if learned.is_shortened:
            words += " " + self.tr("Only its beginning is shown.")
        return words


class _MarkedText(PlainEdit):
    """Draws the cut line through the line of text where the limit is reached."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cut_at: int | None = None
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_cut(self, at: int | None) -> None:
        """`at` counts Qt's units of text; None where nothing is cut."""
        self._cut_at = at
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._cut_at is None:
            return
        cursor = self.textCursor()
        cursor.setPosition(min(self._cut_at, self.document().characterCount() - 1))
        place = self.cursorRect(cursor)
        painter = QPainter(self.viewport())
        pen = QPen(self._theme.palette.color("error"))
        pen.setWidthF(1.5)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(0, place.bottom() + 1, place.left(), place.bottom() + 1)
        painter.drawLine(place.left(), place.top(), place.left(), place.bottom() + 1)
        painter.drawLine(place.left(), place.top(), self.viewport().width(), place.top())
        painter.end()
