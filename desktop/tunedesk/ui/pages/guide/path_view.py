"""The way, step by step, with what comes next and common questions beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from tunedesk.core.guide.facts import GuideFacts
from tunedesk.core.guide.path import Step, StepId, next_of, thin_topics
from tunedesk.ui.pages.guide import articles
from tunedesk.ui.pages.guide.words import (
    all_done,
    deed_of,
    sentence_of,
    thin_words,
    title_of,
)
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row, rule
from tunedesk.ui.widgets.side_by_side import SideBySide
from tunedesk.ui.widgets.text import PlainLabel

_NARROW_PX = 700  # beside each other in the smallest window that is promised
STEP_IDS: tuple[StepId, ...] = ("should", "data", "split", "base", "train", "compare", "improve")


class StepLine(QWidget):
    """A number or a tick, the step's name, where it stands, and a button that does it."""

    def __init__(self, number: int, step_id: StepId) -> None:
        super().__init__()
        self._number = number
        self.mark = PlainLabel(str(number), "step")
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.mark.setFixedSize(26, 26)
        self.sentence = PlainLabel("", "second", wrap=True)
        self.act = button("")
        self.act.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words = column(PlainLabel(title_of(step_id), "heading"), self.sentence, spacing=3)
        line = row(spacing=14, margins=(18, 13, 18, 13))
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self.act, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(line)
        self.title = title_of(step_id)

    def show_step(self, step: Step) -> None:
        self.mark.setText("✓" if step.is_done else str(self._number))
        self.mark.set_look("step-done" if step.is_done else "step")
        done = self.tr("done") if step.is_done else self.tr("not done yet")
        self.mark.setAccessibleName(f"{self.title}: {done}")
        self.sentence.setText(sentence_of(step))
        self.act.setText(deed_of(step))
        self.act.setAccessibleName(f"{deed_of(step).replace('…', '')}: {self.title}")
        self.act.setAccessibleDescription(f"{done}. {sentence_of(step)}")


class PathView(QWidget):
    """`step_wanted(step)`: its button was pressed. `article_wanted(name)`: a question was.
    `advice_wanted()`: what was silenced is to be said again."""

    step_wanted = Signal(object)
    article_wanted = Signal(str)
    advice_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[StepId, StepLine] = {}
        self.questions = [
            button(articles.title_of(name), partial(self.article_wanted.emit, name), look="link")
            for name in articles.ARTICLES
        ]
        self._steps: dict[StepId, Step] = {}
        self.next_title = PlainLabel("", "strong", wrap=True)
        self.next_words = PlainLabel("", wrap=True)
        self.next = button("", self._do_next, look="primary")
        parts = SideBySide(self._way(), self._beside(), (70, 30), _NARROW_PX)
        self.setLayout(column(parts, None, spacing=0, margins=(24, 20, 24, 20)))

    def _way(self) -> QFrame:
        card = QFrame()
        card.setProperty("look", "card")
        box = QVBoxLayout(card)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        for number, step_id in enumerate(STEP_IDS, 1):
            line = self.lines[step_id] = StepLine(number, step_id)
            line.act.clicked.connect(lambda _=False, one=step_id: self._want(one))
            if number > 1:
                box.addWidget(rule())
            box.addWidget(line)
        box.addStretch()
        return card

    def _beside(self) -> QWidget:
        coming = Card(self.tr("Your next step"))
        coming.body.addLayout(column(self.next_title, self.next_words, spacing=3))
        coming.body.addLayout(row(self.next, None))
        asked = Card(self.tr("Common questions"))
        asked.body.setSpacing(4)
        for made in self.questions:
            asked.body.addLayout(row(made, None))
        self.advice = Card(self.tr("Advice"))
        self.n_silenced = PlainLabel("", "second", wrap=True)
        again = button(self.tr("Say it again"), self.advice_wanted.emit, look="link")
        again.setAccessibleDescription(self.tr("What was silenced in this project is said again"))
        self.advice.body.addWidget(self.n_silenced)
        self.advice.body.addLayout(row(again, None))
        self.advice.hide()
        side = QWidget()
        side.setLayout(column(coming, asked, self.advice, None, spacing=14))
        return side

    def show_steps(self, steps: Sequence[Step], facts: GuideFacts) -> None:
        self._steps = {step.id: step for step in steps}
        for step in steps:
            self.lines[step.id].show_step(step)
        coming = next_of(steps)
        self.next.setVisible(coming is not None)
        self.next_title.setVisible(coming is not None)
        if coming is None:
            self.next_words.setText(all_done())
            return
        self.next_title.setText(title_of(coming.id))
        words = [sentence_of(coming)]
        data = facts.data
        if coming.id == "data" and data is not None and "missing" in coming.args:
            words.append(thin_words(thin_topics(data), int(coming.args["missing"])))
        self.next_words.setText(" ".join(word for word in words if word))
        self.next.setText(deed_of(coming))
        self.next.setAccessibleName(deed_of(coming).replace("…", ""))

    def show_silenced(self, n: int) -> None:
        """How many kinds of advice are not given in this project."""
        self.advice.setVisible(n > 0)
        self.n_silenced.setText(self.tr("Not said any more in this project: {n}").format(n=n))

    def _want(self, step_id: StepId) -> None:
        if step_id in self._steps:
            self.step_wanted.emit(self._steps[step_id])

    def _do_next(self) -> None:
        coming = next_of(list(self._steps.values()))
        if coming is not None:
            self.step_wanted.emit(coming)
