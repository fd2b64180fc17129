"""Findings where they belong, each with what can be done about it by one click."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.core.fixes import fixes_of
from tunedesk.core.issues import Issue, Severity
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel

_MOST = 5


class FindingsBox(QWidget):
    """`fix_asked(issue, fix)` when a button is pressed; hidden while there is nothing to say."""

    fix_asked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None, *, most: int = _MOST) -> None:
        super().__init__(parent)
        self._most = most
        self._words = IssueWords()
        self._issues: tuple[Issue, ...] = ()
        self._cards: list[Card] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 8, 0, 2)
        self._box.setSpacing(6)
        self._rest = PlainLabel("", "second", self, wrap=True)
        self.hide()

    def text(self) -> str:
        """Everything it says, a line each."""
        return "\n".join(self._line(issue) for issue in self._issues)

    def show_issues(self, issues: Sequence[Issue]) -> None:
        """Errors first; of many only the first, and how many there are more."""
        ordered = sorted(issues, key=lambda issue: issue.severity is not Severity.ERROR)
        if tuple(ordered) == self._issues:
            return
        news = [issue for issue in ordered if issue not in self._issues]
        self._issues = tuple(ordered)
        for card in self._cards:
            self._box.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = [self._card(issue) for issue in ordered[: self._most]]
        for card in self._cards:
            self._box.addWidget(card)
            card.show()  # at once: the layout would show it a turn later
        self._box.addWidget(self._rest)
        n_more = len(ordered) - len(self._cards)
        words = self.tr("{n} more in the list of problems.")
        self._rest.setText(words.format(n=n_more))
        self._rest.setVisible(n_more > 0)
        self.setVisible(bool(ordered))
        if news and news[0].severity is Severity.ERROR:
            announce(self, self._line(news[0]))

    def _line(self, issue: Issue) -> str:
        return f"{self._words.what(issue)} {self._words.fix(issue)}"

    def _card(self, issue: Issue) -> Card:
        is_error = issue.severity is Severity.ERROR
        card = Card(look="card-error" if is_error else "card-warning")
        card.body.setContentsMargins(12, 8, 12, 8)
        card.body.setSpacing(4)
        mark = "◆" if is_error else "▲"
        text = PlainLabel(f"{mark} {self._line(issue)}", "error" if is_error else "body", wrap=True)
        card.body.addWidget(text)
        buttons = [self._button(issue, fix) for fix in fixes_of(issue)]
        if buttons:
            card.body.addLayout(row(*buttons, None, spacing=4))
        return card

    def _button(self, issue: Issue, fix: object) -> QWidget:
        words = QCoreApplication.translate("Fix", getattr(fix, "words", ""))
        return button(words, partial(self.fix_asked.emit, issue, fix), look="link")
