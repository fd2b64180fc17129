"""Five questions, and which base models suit the answers, with the reasons for each."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from tunedesk.core.speech import said
from tunedesk.services.train.base_choosing import Answers, BaseTable, Suggestion, rank
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.models.choosing_words import reason_words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, column, row, scrolled
from tunedesk.ui.widgets.number_box import NumberBox
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import date_words

_SIZE = QSize(720, 660)
_MOST_ROWS = 10_000_000


class ChoosingDialog(ToolDialog):
    """The list below follows each answer at once. `n_rows` is the open dataset's, 0 for none."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        memory: Memory,
        table: BaseTable,
        today: date,
        n_rows: int,
    ) -> None:
        super().__init__(parent, self.tr("Choosing a base model"), "choosing", memory, _SIZE)
        self._table, self._today = table, today
        self._boxes: dict[str, ChoiceBox] = {}
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(1, 1)
        self.rows = NumberBox(self.tr("Number of rows to learn from"), 0, _MOST_ROWS)
        self._ask(theme, n_rows)
        self._list = QWidget()
        self._lines = column(spacing=10)
        self._list.setLayout(self._lines)
        self.area: QScrollArea = scrolled(self._list)
        foot = self.tr("Models as of {day}. Strengths are a judgement; try before you pay.")
        self.arrange(
            PlainLabel(self.tr("What do you want?"), "title"),
            self._grid,
            self.area,
            PlainLabel(foot.format(day=date_words(table.as_of)), "second", wrap=True),
            buttons=[None, default(button(self.tr("Close"), self.accept))],
        )
        self._show()

    def _ask(self, theme: Theme, n_rows: int) -> None:
        self._question(theme, "task", self.tr("The model should learn"), {
            "style": self.tr("a style or a tone"),
            "format": self.tr("to answer reliably in one form"),
            "instructions": self.tr("to follow many instructions at once"),
            "knowledge": self.tr("a hard task with much to know"),
        })  # fmt: skip
        self._question(theme, "language", self.tr("In"), {
            "english": self.tr("English"),
            "other": self.tr("another language, Thai for instance"),
        })  # fmt: skip
        self.rows.setValue(n_rows)
        self.rows.valueChanged.connect(lambda _n: self._show())
        self._line(self.tr("From"), row(self.rows, PlainLabel(self.tr("rows"), "second"), None))
        self._question(theme, "quality", self.tr("For"), {
            "try": self.tr("trying it out"),
            "good": self.tr("everyday use"),
            "best": self.tr("the best answers there are"),
        })  # fmt: skip
        self._question(theme, "budget", self.tr("Spending"), {
            "none": self.tr("nothing"),
            "small": self.tr("a few dollars"),
            "any": self.tr("what it takes"),
        })  # fmt: skip
        self._question(theme, "privacy", self.tr("The rows"), {
            "here": self.tr("must stay on my own computers"),
            "anywhere": self.tr("may be sent to a provider"),
        })  # fmt: skip

    def _question(self, theme: Theme, key: str, words: str, answers: dict[str, str]) -> None:
        box = self._boxes[key] = ChoiceBox(theme, words)
        for value, shown in answers.items():
            box.addItem(shown, value)
        box.setCurrentIndex(max(0, box.findData(getattr(Answers(), key))))
        box.currentIndexChanged.connect(lambda _n: self._show())
        self._line(words, row(box, None))

    def _line(self, words: str, answer: Any) -> None:
        line = self._grid.rowCount()
        self._grid.addWidget(PlainLabel(words, "second"), line, 0)
        self._grid.addLayout(answer, line, 1)

    @property
    def answers(self) -> Answers:
        chosen: dict[str, Any] = {key: box.currentData() for key, box in self._boxes.items()}
        return Answers(n_rows=self.rows.value(), **chosen)

    def _show(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for place, found in enumerate(rank(self.answers, self._table.models, self._today), 1):
            self._lines.addWidget(_SuggestionCard(place, found))
        self._lines.addStretch()


class _SuggestionCard(Card):
    """One model: its place, its name, and what speaks for and against it."""

    def __init__(self, place: int, found: Suggestion) -> None:
        super().__init__(look="card" if found.is_possible else "card-sunken")
        self.body.setContentsMargins(14, 10, 14, 10)
        self.body.setSpacing(4)
        name = said(found.candidate.label)
        self.setAccessibleName(name)
        self.body.addWidget(
            PlainLabel(f"{place}. {name}" if found.is_possible else name, "heading")
        )
        for reason in found.reasons:
            sign = "+" if reason.is_for else "−"
            look = "second" if reason.is_for or found.is_possible else "second-error"
            self.body.addWidget(PlainLabel(f"{sign} {reason_words(reason)}", look, wrap=True))
