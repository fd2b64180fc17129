"""Words for a finding, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.fixes import Fix
from tunedesk.core.issues import WORD_PARAMS, Issue, Severity, filled

_KINDS = {
    "bom": "Byte order mark",
    "invalid_json": "Invalid JSON",
    "invalid_utf8": "Invalid UTF-8",
    "not_object": "No JSON object",
    "nul_byte": "NUL byte",
    "repeated_tool_call_id": "Repeated id of a tool call",
    "same_prompt_other_reply": "Same prompt, another reply",
    "unmatched_tool_call_id": "Answer to no tool call",
    "utf16": "UTF-16 text",
}
"""Codes that do not read well as words."""


class IssueWords:
    """A finding's templates go through Qt's translation by their English source."""

    def place(self, issue: Issue) -> str:
        if issue.row == 0:
            return _tr("whole file")
        return _tr("row {n}").format(n=issue.row)

    def what(self, issue: Issue) -> str:
        return _sentence(issue.template, issue)

    def fix(self, issue: Issue) -> str:
        return _sentence(issue.fix_template, issue)

    def kind(self, issue: Issue) -> str:
        """What findings of this code have in common."""
        plain = _KINDS.get(issue.code) or issue.code.replace("_", " ").capitalize()
        return QCoreApplication.translate("IssueKind", plain)

    def fix_words(self, fix: Fix) -> str:
        """A fix on a button."""
        return QCoreApplication.translate("Fix", fix.words)

    def severity(self, issue: Issue) -> str:
        return _tr("error") if issue.severity is Severity.ERROR else _tr("warning")

    def line(self, issue: Issue) -> str:
        return f"{self.place(issue)}  {self.what(issue)}  {self.fix(issue)}"


def _sentence(template: str, issue: Issue) -> str:
    """The template in the window's language, with params that are words in it, too."""
    words = {
        name: _translated(value) if name in WORD_PARAMS and isinstance(value, str) else value
        for name, value in issue.params.items()
    }
    return filled(_translated(template), words)


def _translated(text: str) -> str:
    return QCoreApplication.translate("Issue", text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("IssueWords", text)
