"""What was said in one pane, from the first prompt to the answer that is being written."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from tunedesk.services.chat.conversation import ChatTurn, Conversation
from tunedesk.services.chat.export import row_of
from tunedesk.ui.pages.chat.turn_views import AnswerTurn, PromptTurn
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.answer_drag import DraggedAnswer
from tunedesk.ui.widgets.text import PlainLabel

_WATCH_MS = 33
_NEAR_END_PX = 40


class Transcript(QScrollArea):
    """A widget for each turn that is shown; those that stay are kept. It follows what is written
    while its end is in sight. `edited(turn, text)`, `again(turn)`, `shown(turn)`,
    `row_wanted(turn)`, `link_activated(target)`, `scrolled(share)` by hand."""

    edited = Signal(object, str)
    again = Signal(object)
    shown = Signal(object)
    row_wanted = Signal(object)
    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chat: Conversation | None = None
        self._pane_id = 0
        self._views: dict[int, PromptTurn | AnswerTurn] = {}
        self._follows = True
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("scrollBody")
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(18, 14, 18, 14)
        self._lines.setSpacing(12)
        self.nothing = PlainLabel("", "second", wrap=True)
        self._lines.addWidget(self.nothing)
        self._lines.addStretch()
        self.setWidget(body)
        self.viewport().setAutoFillBackground(False)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._look_where)
        bar.rangeChanged.connect(self._follow)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self._show_writing)

    def show_pane(self, chat: Conversation, pane_id: int) -> None:
        """Show a pane as it stands now."""
        if chat is not self._chat or pane_id != self._pane_id:
            self._chat, self._pane_id = chat, pane_id
            self._drop(set())
            self._follows = True
        way = chat.way(pane_id)
        self._drop({turn.id for turn in way})
        for place, turn in enumerate(way):
            self._put(place, turn)
        self.nothing.setVisible(not way)
        if chat.is_writing(pane_id):
            self._watch.start()
        else:
            self._watch.stop()

    def _drop(self, kept: set[int]) -> None:
        for turn_id in [one for one in self._views if one not in kept]:
            view = self._views.pop(turn_id)
            self._lines.removeWidget(view)
            view.hide()
            view.deleteLater()

    def _put(self, place: int, turn: ChatTurn) -> None:
        view = self._views.get(turn.id)
        if view is None:
            view = self._views[turn.id] = self._made(turn)
            self._lines.insertWidget(place, view)
        assert self._chat is not None
        writing = self._chat.writing.get(turn.id)
        turns = self._chat.siblings(turn)
        if isinstance(view, PromptTurn):
            view.branch.show_among(turn, turns)
        elif writing is not None:
            view.show_writing(writing.text)
        else:
            view.show_turn(turn, turns)

    def _made(self, turn: ChatTurn) -> PromptTurn | AnswerTurn:
        if turn.role != "assistant":
            prompt = PromptTurn(turn, self._theme)
            prompt.edited.connect(self.edited)
            prompt.opened.connect(self._keep_in_sight)
            prompt.shown.connect(self.shown)
            return prompt
        answer = AnswerTurn(turn, self._theme, lambda: self._dragged(answer.turn))
        answer.again.connect(self.again)
        answer.shown.connect(self.shown)
        answer.row_wanted.connect(self.row_wanted)
        answer.link_activated.connect(self.link_activated)
        return answer

    def _dragged(self, turn: ChatTurn) -> DraggedAnswer | None:
        if self._chat is None or turn.answer is None:
            return None
        return DraggedAnswer(row=row_of(self._chat, turn).decode())

    def _show_writing(self) -> None:
        assert self._chat is not None
        for turn_id, writing in self._chat.writing.items():
            view = self._views.get(turn_id)
            if isinstance(view, AnswerTurn):
                view.show_writing(writing.text)

    def _look_where(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _NEAR_END_PX

    def _keep_in_sight(self, prompt: PromptTurn) -> None:
        self._follows = False
        QTimer.singleShot(0, prompt, lambda: self.ensureWidgetVisible(prompt, 0, 14))

    def _follow(self, _least: int, most: int) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(most)
