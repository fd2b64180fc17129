"""What a test found out: a line for each of three questions, and the answers as they came."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from tunedesk.services.providers.setup import Answer
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import PlainEdit

_MARKS = {
    "works": ("●", "mark-ok"),
    "not_offered": ("○", "mark-busy"),
    "refused": ("◆", "mark-error"),
    "no_answer": ("◆", "mark-error"),
}
_RAW_HEIGHT_PX = 200


def _tr(text: str) -> str:
    return QCoreApplication.translate("AnswersView", text)


def verdict_words(verdict: str) -> str:
    """As a person reads it."""
    words = {
        "works": _tr("works"),
        "not_offered": _tr("not offered"),
        "refused": _tr("refused"),
        "no_answer": _tr("no answer"),
    }
    return words.get(verdict, verdict)


def question_words(what: str) -> str:
    """What was asked for."""
    words = {"models": _tr("Models"), "files": _tr("Files"), "jobs": _tr("Fine-tuning jobs")}
    return words.get(what, what)


class AnswersView(QWidget):
    """Hidden until there are answers. The raw answers open on demand, as plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = column(spacing=3)
        self.problem = PlainLabel("", "second", wrap=True)
        self.summary = PlainLabel("", "second", wrap=True)
        self.more = button(self.tr("Show the answers"), self._toggle, look="link")
        self.raw = PlainEdit()
        self.raw.setReadOnly(True)
        self.raw.setAccessibleName(self.tr("The answers as they came"))
        self.raw.setFixedHeight(_RAW_HEIGHT_PX)
        self.raw.setTabChangesFocus(True)
        self.raw.hide()
        self._parts: list[QWidget] = []
        more = row(self.more, None, margins=(-4, 0, 0, 0))
        self.setLayout(column(self._lines, self.problem, self.summary, more, self.raw, spacing=6))
        self.hide()

    def show_answers(self, answers: Sequence[Answer]) -> None:
        """Show these; none hides it."""
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []
        problems = [answer.problem for answer in answers]
        shared = len(answers) > 1 and len({str(problem) for problem in problems}) == 1
        for answer in answers:
            self._add_line(answer, with_problem=not shared)
        common = problems[0] if shared else None
        self.problem.setText(f"{common.title} {common.what} {common.next_step}" if common else "")
        self.problem.setVisible(common is not None)
        self.summary.setText(_summary(answers))
        self.summary.setVisible(bool(self.summary.text()))
        raw = [f"{question_words(a.what)} · {a.took_ms} ms\n{a.raw}" for a in answers if a.raw]
        self.raw.setPlainText("\n\n".join(raw))
        self.more.setVisible(bool(raw))
        if not raw:
            self.raw.hide()
        self.setVisible(bool(answers))

    def _add_line(self, answer: Answer, *, with_problem: bool) -> None:
        mark, look = _MARKS.get(answer.verdict, ("◆", "mark-error"))
        words = f"{question_words(answer.what)}: {verdict_words(answer.verdict)}"
        line = QWidget()
        marked = PlainLabel(mark, look)
        marked.setFixedWidth(16)
        inner = column(row(marked, PlainLabel(words), None, spacing=4), spacing=1)
        if with_problem and answer.problem is not None and answer.verdict != "not_offered":
            told = f"{answer.problem.title} {answer.problem.what} {answer.problem.next_step}"
            under = row(20, spacing=0)
            under.addWidget(PlainLabel(told, "second", wrap=True), 1)
            inner.addLayout(under)
        line.setLayout(inner)
        line.setAccessibleName(words)
        self._parts.append(line)
        self._lines.addWidget(line)

    def _toggle(self) -> None:
        self.raw.setVisible(self.raw.isHidden())
        shown = not self.raw.isHidden()
        self.more.setText(self.tr("Hide the answers") if shown else self.tr("Show the answers"))
        self.more.setAccessibleName(self.more.text())


def _summary(answers: Sequence[Answer]) -> str:
    verdicts = {answer.what: answer.verdict for answer in answers}
    if verdicts.get("models") != "works":
        return ""
    if verdicts.get("jobs") == "works":
        return _tr("Its models can be compared and asked for drafts, and fine-tuned.")
    if verdicts.get("jobs") == "not_offered":
        return _tr(
            "Its models can be compared and asked for drafts. It has no fine-tuning jobs, so "
            "training there is off."
        )
    return _tr("Its models can be compared and asked for drafts; fine-tuning is not open to you.")
