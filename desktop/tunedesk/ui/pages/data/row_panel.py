"""The right side of the Data page: one row, as a conversation or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QStackedWidget, QVBoxLayout, QWidget

from tunedesk.core.issues import Issue, Severity
from tunedesk.core.rows import Format, RowError, detect_format, messages_of, with_messages
from tunedesk.ui.pages.data.conversation import Conversation
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.pages.data.json_view import JsonView
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import row, rule, scrolled
from tunedesk.ui.widgets.text import PlainLabel

_SAID_BY_THE_REPLY_CARD = ("no_assistant_message", "last_not_assistant")


class RowPanel(QFrame):
    """`row_edited(raw, what)` with the row's new bytes and a word for the undo menu."""

    row_edited = Signal(object, str)
    set_aside = Signal()
    duplicate = Signal()
    delete = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._raw = b""
        self._prefers_json = False
        self._words = IssueWords()
        self.title = PlainLabel("", "heading")
        self.chip = PlainLabel("", "chip-error")
        self.as_conversation = button(self.tr("Conversation"), look="quiet")
        self.as_json = button(self.tr("JSON"), look="quiet")
        self.problem = PlainLabel("", "error", wrap=True)
        self.conversation = Conversation(theme)
        self.json = JsonView()
        self._views = QStackedWidget()
        self._wire()
        self._arrange()
        self.clear()

    def _wire(self) -> None:
        group = QButtonGroup(self)
        for number, choice in enumerate((self.as_conversation, self.as_json)):
            choice.setCheckable(True)
            group.addButton(choice)
            choice.clicked.connect(lambda _=False, n=number: self._choose_view(n))
        self.conversation.edited.connect(
            lambda messages, what: self.row_edited.emit(with_messages(self._raw, messages), what)
        )
        self.json.edited.connect(lambda raw: self.row_edited.emit(raw, self.tr("edit JSON")))
        self.conversation.set_aside.connect(self.set_aside)
        self.conversation.duplicate.connect(self.duplicate)
        self.conversation.delete.connect(self.delete)

    def _arrange(self) -> None:
        head = QFrame()
        line = row(
            self.title, self.chip, None, self.as_conversation, self.as_json, margins=(14, 0, 8, 0)
        )
        head.setLayout(line)
        head.setFixedHeight(42)
        self.problem.setContentsMargins(14, 8, 14, 8)
        self._views.addWidget(scrolled(self.conversation))
        self._views.addWidget(self.json)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for part in (head, rule(), self.problem, self._views):
            box.addWidget(part)

    def clear(self) -> None:
        """No row is chosen."""
        self.title.setText(self.tr("No row chosen"))
        self.chip.hide()
        self.problem.hide()
        self._views.hide()
        for choice in (self.as_conversation, self.as_json):
            choice.setEnabled(False)

    def show_row(
        self, number: int, raw: bytes, issues: Sequence[Issue], tokens: Sequence[int] | None
    ) -> None:
        """Show row `number` (from 1). Rows without messages open as JSON."""
        self._raw = raw
        self._views.show()
        self.title.setText(self.tr("Row {n}").format(n=number))
        self._show_issues(issues)
        self.json.show_raw(raw)
        editable = self._show_conversation(raw, tokens)
        self.as_conversation.setEnabled(editable)
        self.as_json.setEnabled(True)
        self._show_view(0 if editable and not self._prefers_json else 1)

    def show_findings(self, issues: Sequence[Issue], tokens: Sequence[int] | None) -> None:
        """A check brought news of the row that is shown already."""
        self._show_issues(issues)
        self.conversation.show_tokens(tokens)

    def _show_conversation(self, raw: bytes, tokens: Sequence[int] | None) -> bool:
        if detect_format(raw) is not Format.CHAT:
            return False
        try:
            messages = messages_of(raw)
        except RowError:
            return False
        self.conversation.show_messages(messages)
        self.conversation.show_tokens(tokens)
        return True

    def _show_issues(self, issues: Sequence[Issue]) -> None:
        errors = [issue for issue in issues if issue.severity is Severity.ERROR]
        self.chip.setVisible(bool(issues))
        self.chip.set_look("chip-error" if errors else "chip-warning")
        self.chip.setText(self._count(len(errors), len(issues) - len(errors)))
        shown = [i for i in (errors or issues) if i.code not in _SAID_BY_THE_REPLY_CARD]
        self.problem.setVisible(bool(shown))
        self.problem.set_look("error" if errors else "second")
        lines = [f"{self._words.what(issue)} {self._words.fix(issue)}" for issue in shown[:3]]
        self.problem.setText("\n".join(lines))

    def _count(self, errors: int, warnings: int) -> str:
        if errors:
            return self.tr("{n} error(s)").format(n=errors) if errors > 1 else self.tr("1 error")
        if warnings > 1:
            return self.tr("{n} warnings").format(n=warnings)
        return self.tr("1 warning")

    def _choose_view(self, number: int) -> None:
        self._prefers_json = number == 1
        self._show_view(number)

    def _show_view(self, number: int) -> None:
        self._views.setCurrentIndex(number)
        (self.as_conversation, self.as_json)[number].setChecked(True)

    def commit(self) -> None:
        """Write down what is still being typed in the conversation."""
        self.conversation.commit()

    def focus_editor(self) -> None:
        if self._views.currentIndex() == 0:
            self.conversation.focus_first()
        else:
            self.json.text.setFocus()
