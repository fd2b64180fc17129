"""The last card: every vote, or only those the tuned model lost."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tunedesk.services.results import ResultsView
from tunedesk.ui.pages.results.votes_model import (
    BASE,
    PROMPT,
    TUNED,
    WHY,
    WINNER,
    WINNER_ROLE,
    VotesModel,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.plain_table import dress_table

ROW_PX = 34
PAD_PX = 9
_CHIP = {"tuned": ("tuned_soft", "tuned"), "base": ("base_soft", "base")}


class VoteDelegate(QStyledItemDelegate):
    """Draws a cell's text on one line, and the winner in a chip of its colour."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        palette = self._theme.palette
        cell = QRectF(option.rect)
        chosen = option.state & QStyle.StateFlag.State_Selected
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.fillRect(cell, palette.color("accent_soft"))
        painter.setPen(palette.color("line"))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        draw = self._draw_winner if index.column() == WINNER else self._draw_text
        draw(painter, cell, index)
        painter.restore()

    def _draw_text(
        self, painter: QPainter, cell: QRectF, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        font = ui_font(13)
        ink = "second" if index.column() in (BASE, WHY) else "ink"
        inside = cell.adjusted(PAD_PX, 0, -PAD_PX, 0)
        shown = QFontMetrics(font).elidedText(
            str(index.data(Qt.ItemDataRole.DisplayRole)),
            Qt.TextElideMode.ElideRight,
            int(inside.width()),
        )
        painter.setFont(font)
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _draw_winner(
        self, painter: QPainter, cell: QRectF, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        ground, ink = _CHIP.get(str(index.data(WINNER_ROLE)), ("chip", "second"))
        word = str(index.data(Qt.ItemDataRole.DisplayRole))
        font = ui_font(12)
        wide = QFontMetrics(font).horizontalAdvance(word) + 20
        box = QRectF(cell.left() + PAD_PX, cell.center().y() - 10, wide, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.color(ground))
        painter.drawRoundedRect(box, 10, 10)
        painter.setFont(font)
        painter.setPen(self._theme.palette.color(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(96, ROW_PX)


class VotesCard(Card):
    """A table under a heading with one filter."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Votes"), parent=parent)
        self.model = VotesModel(self)
        self.lost = button("", look="filter")
        self.lost.toggled.connect(self.model.set_only_lost)
        self.head.addWidget(self.lost)
        self.table = QTableView()
        self.table.setModel(self.model)
        self._dress(theme)
        self.body.setContentsMargins(1, 12, 1, 1)
        self.head.setContentsMargins(16, 0, 16, 0)
        self.body.addWidget(self.table, 1)
        theme.changed.connect(self.table.viewport().update)

    def _dress(self, theme: Theme) -> None:
        table = self.table
        dress_table(table, self.tr("Votes"), ROW_PX)
        table.setItemDelegate(VoteDelegate(theme, self))
        table.setMinimumHeight(150)
        across = table.horizontalHeader()
        for column in (PROMPT, BASE, TUNED):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column, width in ((WHY, 150), (WINNER, 96)):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            across.resizeSection(column, width)

    def show_votes(self, view: ResultsView) -> None:
        self.model.set_votes(view.votes)
        lost = self.model.n_lost
        self.lost.setText(self.tr("lost by tuned ({n})").format(n=f"{lost:,}"))
        self.lost.setAccessibleName(self.lost.text())
        self.lost.setEnabled(lost > 0 or self.lost.isChecked())
        if lost == 0:
            self.lost.setChecked(False)
