"""Words for a finding, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.issues import Issue, Severity


class IssueWords:
    """A finding's texts go through Qt's translation by their English source."""

    def place(self, issue: Issue) -> str:
        if issue.row == 0:
            return _tr("whole file")
        return _tr("row {n}").format(n=issue.row)

    def what(self, issue: Issue) -> str:
        return QCoreApplication.translate("Issue", issue.message)

    def fix(self, issue: Issue) -> str:
        return QCoreApplication.translate("Issue", issue.fix)

    def severity(self, issue: Issue) -> str:
        return _tr("error") if issue.severity is Severity.ERROR else _tr("warning")

    def line(self, issue: Issue) -> str:
        return f"{self.place(issue)}  {self.what(issue)}  {self.fix(issue)}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("IssueWords", text)
