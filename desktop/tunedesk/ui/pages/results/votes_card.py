"""The last card: every vote, or only those the tuned model lost."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tunedesk.services.compare.results_types import ResultsView
from tunedesk.ui.pages.results.groups_card import reason_word
from tunedesk.ui.pages.results.votes_model import (
    BASE,
    PROMPT,
    TUNED,
    WHY,
    WINNER,
    WINNER_ROLE,
    VotesModel,
    has,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import ui_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card
from tunedesk.ui.widgets.plain_table import dress_table
from tunedesk.ui.widgets.tips import set_tip

ROW_PX = 34
PAD_PX = 9
_CHIP = {"tuned": ("tuned_soft", "tuned_ink"), "base": ("base_soft", "base_ink")}


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
    """A table under a heading with filters; `rows_wanted(digests)` asks to see rows in Data,
    `vote_wanted(VoteRow)` a vote with all it was about."""

    rows_wanted = Signal(object)
    vote_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Votes"), parent=parent)
        self._of_row = ""
        self.model = VotesModel(self)
        self.lost = button("", look="filter")
        self.lost.toggled.connect(self.model.set_only_lost)
        self.pick = ChoiceBox(theme, self.tr("Which votes"))
        self.pick.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.pick.setMaximumWidth(220)
        self.pick.activated.connect(lambda _at: self.model.set_pick(self.pick.currentData()))
        self.show_rows = button("", self._ask_for_rows, look="link")
        for part in (self.show_rows, self.pick, self.lost):
            self.head.addWidget(part)
        self.table = QTableView()
        self.table.setModel(self.model)
        self._dress(theme)
        self.body.setContentsMargins(1, 12, 1, 1)
        self.head.setContentsMargins(16, 0, 16, 0)
        self.body.addWidget(self.table, 1)
        self.model.modelReset.connect(self._count_rows)
        theme.changed.connect(self.table.viewport().update)

    def _dress(self, theme: Theme) -> None:
        table = self.table
        dress_table(table, self.tr("Votes"), ROW_PX)
        table.setItemDelegate(VoteDelegate(theme, self))
        table.activated.connect(lambda index: self.vote_wanted.emit(self.model.shown[index.row()]))
        set_tip(table, self.tr("Enter or a double click opens a vote, with its proof"))
        table.setMinimumHeight(240)
        across = table.horizontalHeader()
        for column in (PROMPT, BASE, TUNED):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column, width in ((WHY, 150), (WINNER, 96)):
            across.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            across.resizeSection(column, width)

    def show_view(self, view: ResultsView) -> None:
        self.model.set_votes(view.votes)
        lost = self.model.n_lost
        self.lost.setText(self.tr("lost by tuned ({n})").format(n=f"{lost:,}"))
        self.lost.setAccessibleName(self.lost.text())
        self.lost.setEnabled(lost > 0 or self.lost.isChecked())
        if lost == 0:
            self.lost.setChecked(False)
        self._fill_pick(view)

    def choose_rounds(self, round_ids: Sequence[str], view: ResultsView) -> None:
        """Leave the votes of these rounds, those on one row of Data."""
        self._of_row = "rounds:" + ",".join(round_ids)
        self.lost.setChecked(False)
        self._fill_pick(view, self._of_row)

    def _fill_pick(self, view: ResultsView, wanted: str = "") -> None:
        """The same choice again where it is still there, else all votes."""
        chosen = wanted or self.pick.currentData()
        self.pick.clear()
        for pick, words in self._picks(view):
            n_votes = sum(has(vote, pick) for vote in view.votes)
            if n_votes or not pick:
                self.pick.addItem(f"{words} ({n_votes:,})", pick)
        self.pick.setCurrentIndex(max(0, self.pick.findData(chosen)))
        self.model.set_pick(self.pick.currentData())

    def _picks(self, view: ResultsView) -> list[tuple[str, str]]:
        fixed = [
            ("", self.tr("all votes")),
            ("won", self.tr("won by tuned")),
            ("tie", self.tr("ties")),
            ("both_bad", self.tr("both bad")),
            ("repeat", self.tr("shown again")),
        ]
        if self._of_row:
            fixed.append((self._of_row, self.tr("on one row of Data")))
        reason, tag = self.tr("reason: {name}"), self.tr("tag: {name}")
        return [
            *fixed,
            *((f"reason:{one.name}", reason.format(name=reason_word(one.name)))
              for one in view.by_reason),
            *((f"tag:{one.name}", tag.format(name=one.name)) for one in view.by_tag),
        ]  # fmt: skip

    def _digests(self) -> list[str]:
        found = (vote.prompt_digest for vote in self.model.shown)
        return list(dict.fromkeys(digest for digest in found if digest))

    def _count_rows(self) -> None:
        n_rows = len(self._digests())
        self.show_rows.setText(self.tr("Show rows in Data ({n})").format(n=f"{n_rows:,}"))
        self.show_rows.setAccessibleName(self.show_rows.text())
        self.show_rows.setVisible(n_rows > 0)

    def _ask_for_rows(self) -> None:
        self.rows_wanted.emit(self._digests())
