"""Paints a finding: its shape, where, what, and what can be done about it as links."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tunedesk.core.fixes import Fix, fixes_of
from tunedesk.core.issues import Issue
from tunedesk.ui.pages.data.problems_model import ProblemsModel
from tunedesk.ui.theme import Theme

LINE_HEIGHT = 28
_GAP = 14
_RIGHT = 12
_MOST_LINKS = 2
_Index = QModelIndex | QPersistentModelIndex


class ProblemsDelegate(QStyledItemDelegate):
    """`link_at` says which link stands at a place; links are at the right end of the line."""

    def __init__(self, theme: Theme, model: ProblemsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(80, LINE_HEIGHT)

    def links(self, index: _Index) -> list[tuple[str, Fix]]:
        """Words and what they do; of a kind, what is done to all of it."""
        issue, group = self._model.issue(index), self._model.group(index)
        words = self._model.words
        if issue is not None:
            return [(words.fix_words(fix), fix) for fix in fixes_of(issue)[:_MOST_LINKS]]
        if group.issues[0].row == 0 or len(group.issues) < 2:
            return []
        fix = next(fix for issue in group.issues for fix in fixes_of(issue))
        text = self.tr("{fix}: all {n}…").format(fix=words.fix_words(fix), n=f"{group.n_rows:,}")
        return [(text, fix)]

    def link_rects(
        self, rect: QRect, index: _Index, metrics: QFontMetrics
    ) -> list[tuple[QRect, str, Fix]]:
        """Where each link is drawn, from the left."""
        links = self.links(index)
        width = sum(metrics.horizontalAdvance(text) + _GAP for text, _ in links)
        left = rect.right() - _RIGHT - width + _GAP
        found = []
        for text, fix in links:
            advance = metrics.horizontalAdvance(text)
            found.append((QRect(left, rect.top(), advance, rect.height()), text, fix))
            left += advance + _GAP
        return found

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = self._theme.palette
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.color("accent_soft"))
        issue = self._model.issue(index)
        links = self.link_rects(rect, index, painter.fontMetrics())
        for link, text, _fix in links:
            painter.setPen(palette.color("accent"))
            painter.drawText(link, int(Qt.AlignmentFlag.AlignVCenter), text)
        right = links[0][0].left() - _GAP if links else rect.right() - _RIGHT
        room = QRect(rect.left() + 6, rect.top(), right - rect.left() - 6, rect.height())
        mark = ("◆", "error") if self._model.is_error(index) else ("▲", "warning_mark")
        self._paint_words(painter, room, [mark, *self._words(index, issue)])
        painter.restore()

    def _words(self, index: _Index, issue: Issue | None) -> list[tuple[str, str]]:
        """Text and colour."""
        words = self._model.words
        if issue is None:
            return [(self._model.kind_line(self._model.group(index)), "ink")]
        return [
            (words.place(issue), "second"),
            (words.what(issue), "ink"),
            (words.fix(issue), "second"),
        ]

    def _paint_words(self, painter: QPainter, room: QRect, words: list[tuple[str, str]]) -> None:
        metrics = painter.fontMetrics()
        for text, color in words:
            if room.width() < 24:
                break
            painter.setPen(self._theme.palette.color(color))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)
            room.setLeft(room.left() + metrics.horizontalAdvance(shown) + 10)
