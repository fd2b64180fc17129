"""Two windows over a conversation: what two answers do not share, and the tools as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.text_diff import Range, differences
from tunedesk.services.chat.conversation import ChatTurn
from tunedesk.services.chat.messages import tools_of
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.text_marks import Mark, TextMarks
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import mono_font
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

_MOST_COMPARED_CHARS = 20_000


class DifferenceDialog(ToolDialog):
    """The last answers of two panes side by side; which two can be chosen."""

    def __init__(
        self, answers: Sequence[ChatTurn], theme: Theme, memory: Memory, parent: QWidget
    ) -> None:
        """`answers`: two or more."""
        title = parent.tr("What the answers do not share")
        super().__init__(parent, title, "chat-differences", memory, QSize(820, 480))
        self.finished.connect(self.deleteLater)
        self._answers = answers
        self.choices, self.texts, self._marks = [], [], []
        sides = []
        for place, name in enumerate((self.tr("Left answer"), self.tr("Right answer"))):
            choice = ChoiceBox(theme, name)
            choice.addItems([f"{n}. {turn.label}" for n, turn in enumerate(answers, 1)])
            choice.setCurrentIndex(place)
            choice.activated.connect(lambda _index: self._show())
            text = PlainEdit()
            text.setReadOnly(True)
            text.setAccessibleName(name)
            self.choices.append(choice)
            self.texts.append(text)
            self._marks.append(TextMarks(text.document(), theme))
            sides.append(column(choice, text))
        self.said = PlainLabel("", "second", wrap=True)
        close = default(button(self.tr("Close"), self.accept))
        self.arrange(row(*sides, spacing=12), self.said, buttons=[None, close])
        self._show()

    def _show(self) -> None:
        one, other = (self._answers[choice.currentIndex()].text for choice in self.choices)
        left: list[Range] = []
        right: list[Range] = []
        is_short = max(len(one), len(other)) <= _MOST_COMPARED_CHARS
        if is_short:
            left, right = differences(one, other)
        looks = ("removed", left, one), ("added", right, other)
        for text, marks, (look, ranges, content) in zip(
            self.texts, self._marks, looks, strict=True
        ):
            text.setPlainText(content[:_MOST_COMPARED_CHARS])
            marks.show_marks([Mark(start, end, look) for start, end in ranges], content)
        if one == other:
            self.said.setText(self.tr("The answers are the same."))
        elif is_short:
            self.said.setText(self.tr("Struck out: only left. Underlaid: only right."))
        else:
            words = self.tr(
                "Too long to mark what differs: the first {n} characters of each are shown."
            )
            self.said.setText(words.format(n=f"{_MOST_COMPARED_CHARS:,}"))


class ToolsDialog(ToolDialog):
    """`chosen` is the text, None when nothing was to be changed."""

    def __init__(self, text: str, theme: Theme, memory: Memory, parent: QWidget) -> None:
        super().__init__(
            parent, parent.tr("Tools for every model"), "chat-tools", memory, QSize(560, 420)
        )
        self.finished.connect(self.deleteLater)
        self.chosen: str | None = None
        self.edit = PlainEdit(text)
        self.edit.setFont(mono_font())
        self.edit.setAccessibleName(self.tr("Tools as JSON"))
        self.edit.setTabChangesFocus(True)
        self._marks = TextMarks(self.edit.document(), theme, json=True)
        why = self.tr(
            "A JSON list as the API takes it. Models are told of these tools; when one is called, "
            "you type what it answers. Empty: no tools."
        )
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.go = default(button(self.tr("Use these tools"), self._go, look="primary"))
        cancel = button(self.tr("Cancel"), self.reject)
        self.edit.textChanged.connect(self._look)
        self.arrange(
            PlainLabel(why, "second", wrap=True),
            self.edit,
            self.problem,
            buttons=[None, cancel, self.go],
        )
        self._look()

    def _look(self) -> None:
        try:
            tools_of(self.edit.toPlainText())
            self.problem.setText("")
        except TunedeskError as error:
            self.problem.setText(f"{error.what} {error.next_step}")
        self.problem.setVisible(bool(self.problem.text()))
        self.go.setEnabled(not self.problem.text())

    def _go(self) -> None:
        self.chosen = self.edit.toPlainText()
        self.accept()
