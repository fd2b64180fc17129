"""Findings grouped by kind, as a tree of two levels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tunedesk.core.issues import Issue, Severity
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.widgets.tips import tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Group:
    """The findings of one kind, by row."""

    def __init__(self, code: str, issues: list[Issue]) -> None:
        self.code = code
        self.issues = issues
        self.is_error = any(issue.severity is Severity.ERROR for issue in issues)
        """Whether one of them is; the others may be warnings."""

    @property
    def n_rows(self) -> int:
        return len({issue.row for issue in self.issues})


class ProblemsModel(QAbstractItemModel):
    """Errors first, then the kinds with most findings."""

    def __init__(self, words: IssueWords, parent: QObject) -> None:
        super().__init__(parent)
        self.words = words
        self.issues: Sequence[Issue] = ()
        self.groups: list[Group] = []
        self._places: dict[int, tuple[int, int]] = {}

    def set_issues(self, issues: Sequence[Issue]) -> None:
        self.beginResetModel()
        self.issues = issues
        by_code: dict[str, list[Issue]] = {}
        for issue in issues:
            by_code.setdefault(issue.code, []).append(issue)
        self.groups = [Group(code, found) for code, found in by_code.items()]
        self.groups.sort(key=lambda group: (not group.is_error, -len(group.issues)))
        self._places = {
            id(issue): (number, at)
            for number, group in enumerate(self.groups)
            for at, issue in enumerate(group.issues)
        }
        self.endResetModel()

    def group(self, index: Index) -> Group:
        """The kind an index is, or belongs to."""
        return self.groups[index.row() if index.internalId() == 0 else index.internalId() - 1]

    def issue(self, index: Index) -> Issue | None:
        """The finding at an index, None for a kind."""
        if not index.isValid() or index.internalId() == 0:
            return None
        return self.group(index).issues[index.row()]

    def is_error(self, index: Index) -> bool:
        """Whether a finding is an error, or one of its kind where the index is of a kind."""
        issue = self.issue(index)
        return self.group(index).is_error if issue is None else issue.severity is Severity.ERROR

    def place_of(self, issue: Issue) -> QModelIndex:
        """Where one of `issues` stands."""
        group, at = self._places[id(issue)]
        return self.index(at, 0, self.index(group, 0))

    def find(self, wanted: Issue) -> Issue | None:
        """The finding that is the same as one of before, if it is still there."""
        group = next((g for g in self.groups if g.code == wanted.code), None)
        return next((i for i in group.issues if i == wanted), None) if group else None

    # -- what Qt asks ------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not parent.isValid():
            return self.createIndex(row, column, 0)
        return self.createIndex(row, column, parent.row() + 1)

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self.groups)
        return len(self.groups[parent.row()].issues) if parent.internalId() == 0 else 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        issue = self.issue(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.kind_line(self.group(index)) if issue is None else self.words.line(issue)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if issue is None:
                return self.kind_line(self.group(index))
            return f"{self.words.severity(issue)}, {self.words.line(issue)}"
        if role == Qt.ItemDataRole.ToolTipRole and issue is not None:
            return tip(f"{self.words.what(issue)} {self.words.fix(issue)}")
        return None

    def kind_line(self, group: Group) -> str:
        """A kind and how many there are of it."""
        return f"{self.words.kind(group.issues[0])} · {len(group.issues):,}"
