"""What is wrong, like an IDE's list: click or F8 jumps to the row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from tunedesk.core.issues import Issue, Severity
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.text import PlainLabel, key_cap
from tunedesk.ui.widgets.tips import tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LINE_HEIGHT = 28


class _Model(QAbstractListModel):
    def __init__(self, words: IssueWords, parent: QObject) -> None:
        super().__init__(parent)
        self.words = words
        self.issues: Sequence[Issue] = ()

    def set_issues(self, issues: Sequence[Issue]) -> None:
        self.beginResetModel()
        self.issues = issues
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.issues)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        issue = self.issues[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words.line(issue)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.words.severity(issue)}, {self.words.line(issue)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(f"{self.words.what(issue)} {self.words.fix(issue)}")
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: _Model, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, _LINE_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        issue = self._model.issues[index.row()]
        palette, words = self._theme.palette, self._model.words
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, palette.color("accent_soft"))
        is_error = issue.severity is Severity.ERROR
        pen = rect.adjusted(16, 0, -12, 0)
        for text, color, gap in (
            ("◆" if is_error else "▲", "error" if is_error else "warning_mark", 8),
            (words.place(issue), "second", 12),
            (words.what(issue), "ink", 12),
            (words.fix(issue), "second", 0),
        ):
            painter.setPen(palette.color(color))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, pen.width())
            painter.drawText(pen, int(Qt.AlignmentFlag.AlignVCenter), shown)
            pen.setLeft(pen.left() + painter.fontMetrics().horizontalAdvance(shown) + gap)
            if pen.width() < 24:
                break
        painter.restore()


class Problems(QWidget):
    """`row_chosen(dataset index)` when an entry is chosen by mouse or key."""

    row_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(IssueWords(), self)
        self.summary = PlainLabel("", "second")
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Problems"))
        self.list.setUniformItemSizes(True)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(theme, self._model, self.list))
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        head = row(
            PlainLabel(self.tr("Problems"), "heading"),
            self.summary,
            key_cap("F8"),
            PlainLabel(self.tr("next"), "second"),
            None,
            margins=(14, 8, 14, 6),
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self.list)
        theme.changed.connect(self.list.viewport().update)

    def set_issues(self, issues: Sequence[Issue]) -> None:
        chosen = self.list.currentIndex().row()
        self._model.set_issues(issues)
        kinds = len({issue.code for issue in issues})
        text = self.tr("{n} in {kinds} kinds · click to jump ·").format(n=len(issues), kinds=kinds)
        self.summary.setText(text)
        if 0 <= chosen < len(issues):
            self.list.setCurrentIndex(self._model.index(chosen, 0))

    def step(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) problem, around the end."""
        count = self._model.rowCount()
        if not count:
            return
        now = self.list.currentIndex().row()
        start = now if now >= 0 else (-1 if direction > 0 else 0)
        index = self._model.index((start + direction) % count, 0)
        self.list.setCurrentIndex(index)
        self._choose(index)

    def _choose(self, index: QModelIndex) -> None:
        issue = self._model.issues[index.row()]
        if issue.row > 0:
            self.row_chosen.emit(issue.row - 1)
