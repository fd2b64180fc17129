"""One common question and its answer, in a few short parts, each with what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.ui.pages.guide.articles import Article, Part, deed_words
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row, rule
from tunedesk.ui.widgets.text import PlainLabel


class ArticleView(QWidget):
    """`deed_wanted(deed)`: a part's button was pressed. `here` says where the project stands."""

    deed_wanted = Signal(str)

    def __init__(self, shown: Article, here: str) -> None:
        super().__init__()
        card = Card()
        card.body.setSpacing(0)
        card.body.setContentsMargins(1, 1, 1, 1)
        if here:
            words = PlainLabel(self.tr("In this project: {words}").format(words=here), wrap=True)
            words.setContentsMargins(18, 12, 18, 12)
            card.body.addWidget(words)
            card.body.addWidget(rule())
        for number, part in enumerate(shown.parts):
            if number:
                card.body.addWidget(rule())
            card.body.addWidget(self._line(part))
        self.setLayout(column(card, None, spacing=0))

    def _line(self, part: Part) -> QWidget:
        words = column(
            PlainLabel(part.heading, "heading"), PlainLabel(part.text, wrap=True), spacing=3
        )
        line = row(spacing=14, margins=(18, 12, 18, 12))
        line.addLayout(words, 1)
        if part.deed:
            name = deed_words(part.deed)
            made = button(
                name,
                lambda: self.deed_wanted.emit(part.deed),
                name=f"{name.replace('…', '')}: {part.heading}",
            )
            line.addWidget(made)
        made_line = QWidget()
        made_line.setLayout(line)
        return made_line
