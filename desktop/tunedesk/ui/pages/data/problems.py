"""What is wrong, like an IDE's list: by kind, with jumps (F8) and fixes that take one click."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QTreeView, QVBoxLayout, QWidget

from tunedesk.core.fixes import Fix, fixes_for, fixes_of
from tunedesk.core.issues import Issue
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.pages.data.problems_delegate import ProblemsDelegate
from tunedesk.ui.pages.data.problems_model import ProblemsModel
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.named_keys import InnerKey
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel, key_cap
from tunedesk.ui.words import counted

_EXPANDED_UP_TO = 30
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ProblemsTree(QTreeView):
    """`chosen(index)` by click or key, `opened(index)` by double click or Enter; `link(index, fix)`
    where a fix was clicked."""

    chosen = Signal(QModelIndex)
    opened = Signal(QModelIndex)
    link = Signal(QModelIndex, object)
    menu_asked = Signal(QModelIndex, object)

    def __init__(self, theme: Theme, model: ProblemsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Problems"))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setExpandsOnDoubleClick(False)
        self.setMouseTracking(True)
        self.setModel(model)
        self.links = ProblemsDelegate(theme, model, self)
        self.setItemDelegate(self.links)
        theme.changed.connect(self.viewport().update)

    def fix_at(self, place: QPoint) -> Fix | None:
        """The link at a place of the viewport."""
        index = self.indexAt(place)
        if not index.isValid():
            return None
        rects = self.links.link_rects(self.visualRect(index), index, self.fontMetrics())
        return next((fix for rect, _, fix in rects if rect.contains(place)), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index, fix = self.indexAt(place), self.fix_at(place)
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return
        if fix is not None:
            self.link.emit(index, fix)
        else:
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        is_link = self.fix_at(event.position().toPoint()) is not None
        shape = Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        place = event.position().toPoint()
        if self.indexAt(place).isValid() and self.fix_at(place) is None:
            self.opened.emit(self.indexAt(place))

    def inner_keys(self) -> list[InnerKey]:
        return [InnerKey("Enter", self.tr("Go to the problem's place"))]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in _ENTER and index.isValid():
            self.opened.emit(index)
        else:
            super().keyPressEvent(event)
            if self.currentIndex() != index:
                self.chosen.emit(self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.currentIndex()
        if event.reason() != QContextMenuEvent.Reason.Keyboard:
            index = self.indexAt(event.pos())
        if index.isValid():
            self.menu_asked.emit(index, event.globalPos())


class Problems(QWidget):
    """`row_chosen(dataset index)`; `issue_opened(Issue)` by double click or Enter;
    `fix_asked(Issue, Fix)`; `fix_all_asked(code, Fix)`."""

    row_chosen = Signal(int)
    issue_opened = Signal(object)
    fix_asked = Signal(object, object)
    fix_all_asked = Signal(str, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = IssueWords()
        self._mended_row = -1
        self._model = ProblemsModel(self.words, self)
        self.summary = ElidedLabel("", "second")
        self.list = ProblemsTree(theme, self._model)
        self.list.chosen.connect(self._choose)
        self.list.opened.connect(self._open)
        self.list.link.connect(self._link)
        self.list.menu_asked.connect(lambda index, place: self.menu(index).popup(place))
        previous = button(self.tr("previous"), lambda: self.step(-1), look="link")
        following = button(self.tr("next"), lambda: self.step(1), look="link")
        head = row(PlainLabel(self.tr("Problems"), "heading"), margins=(14, 6, 14, 4))
        head.addWidget(self.summary, 1)
        for part in (key_cap("F8"), following, previous):
            head.addWidget(part)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self.list)

    def set_issues(self, issues: Sequence[Issue], n_rows: int = 0) -> None:
        """Show these; what was open and chosen stays so. `n_rows` have problems, which may be more
        than are listed."""
        if issues is self._model.issues:
            return
        chosen = self._model.issue(self.list.currentIndex())
        closed = self._closed_kinds()
        self._model.set_issues(issues)
        kinds = counted(len(self._model.groups), self.tr("1 kind"), self.tr("{n} kinds"))
        text = self.tr("{n} in {kinds} · click to jump")
        if n_rows > len(issues):
            text = self.tr("the first {n} in {kinds}, of {rows} rows with problems")
        said = text.format(n=f"{len(issues):,}", kinds=kinds, rows=f"{n_rows:,}")
        self.summary.setText(said)
        for number, group in enumerate(self._model.groups):
            is_open = closed.get(group.code, len(issues) > _EXPANDED_UP_TO) is False
            self.list.setExpanded(self._model.index(number, 0), is_open)
        if chosen is None:
            return
        again = self._model.find(chosen)
        self._mended_row = chosen.row if again is None else -1
        if again is not None:
            self.list.setCurrentIndex(self._model.place_of(again))

    @property
    def n_listed(self) -> int:
        """How many are shown."""
        return len(self._model.issues)

    def step(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) problem by row, around the end."""
        issues = self._model.issues
        if not issues:
            return
        at = (self._now(direction) + direction) % len(issues)
        index = self._model.place_of(issues[at])
        self._mended_row = -1
        self.list.expand(index.parent())
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        self._choose(index)

    def _now(self, direction: int) -> int:
        """The place of the chosen problem; where it was mended, the one before the next in line."""
        issues = self._model.issues
        chosen = self._model.issue(self.list.currentIndex())
        if chosen is not None:
            return issues.index(chosen)
        if self._mended_row < 0:
            return -1 if direction > 0 else 0
        at = bisect_left(issues, self._mended_row, key=lambda issue: issue.row)
        return at - 1 if direction > 0 else at

    def menu(self, index: QModelIndex) -> QMenu:
        """Every fix of a finding, and of all of its kind."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        issue, group = self._model.issue(index), self._model.group(index)
        for fix in fixes_of(issue) if issue is not None else ():
            act = made.addAction(self.words.fix_words(fix))
            act.triggered.connect(lambda _=False, f=fix: self.fix_asked.emit(issue, f))
        if group.issues[0].row > 0:
            made.addSeparator()
            for fix in fixes_for(group.code):
                words = self.tr("{fix}: all {n}…")
                named = words.format(fix=self.words.fix_words(fix), n=f"{group.n_rows:,}")
                act = made.addAction(named)
                act.triggered.connect(lambda _=False, f=fix: self.fix_all_asked.emit(group.code, f))
        return made

    def offered_menu(self) -> QMenu | None:
        index = self.list.currentIndex()
        return self.menu(index) if index.isValid() else None

    def open_menu(self) -> None:
        """The fixes of the chosen finding, by key."""
        index = self.list.currentIndex()
        if index.isValid():
            place = self.list.visualRect(index).bottomLeft()
            self.menu(index).popup(self.list.viewport().mapToGlobal(place))

    def issues_of(self, code: str) -> list[Issue]:
        """All listed findings of a kind."""
        return next((g.issues for g in self._model.groups if g.code == code), [])

    def _closed_kinds(self) -> dict[str, bool]:
        return {
            group.code: not self.list.isExpanded(self._model.index(number, 0))
            for number, group in enumerate(self._model.groups)
        }

    def _choose(self, index: QModelIndex) -> None:
        issue = self._model.issue(index)
        if issue is not None and issue.row > 0:
            self.row_chosen.emit(issue.row - 1)

    def _open(self, index: QModelIndex) -> None:
        issue = self._model.issue(index)
        if issue is None:
            self.list.setExpanded(index, not self.list.isExpanded(index))
        else:
            self._choose(index)
            self.issue_opened.emit(issue)

    def _link(self, index: QModelIndex, fix: Fix) -> None:
        issue = self._model.issue(index)
        if issue is not None:
            self.fix_asked.emit(issue, fix)
        else:
            self.fix_all_asked.emit(self._model.group(index).code, fix)
