"""One model of a conversation: which it is, how it is asked, what it said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QVBoxLayout, QWidget

from tunedesk.services.chat.conversation import Conversation
from tunedesk.services.compare.comparison import Contender
from tunedesk.ui.model_names import PlaceOf, model_names
from tunedesk.ui.pages.chat.transcript import Transcript
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import row, rule
from tunedesk.ui.widgets.text import PlainLabel

_ROOM_FOR_CHIP_PX = 320


class ChatPaneView(QFrame):
    """`model_chosen(pane id, Contender)`, `settings_wanted(pane id, place)`, `closed(pane id)`."""

    model_chosen = Signal(int, object)
    settings_wanted = Signal(int, QPoint)
    closed = Signal(int)

    def __init__(self, pane_id: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.pane_id = pane_id
        self._contenders: list[Contender] = []
        self.identity = PlainLabel("", "chip")
        self.model = ChoiceBox(theme, self.tr("Model of this pane"))
        self.model.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.model.setMinimumWidth(100)
        self.model.setMaximumWidth(280)
        self.model.setPlaceholderText(self.tr("Choose a model"))
        self.model.activated.connect(self._choose)
        self.settings = IconButton(
            theme, "settings", self.tr("How this model is asked"), self._want_settings
        )
        self.close_it = IconButton(
            theme, "close", self.tr("Take this pane away"), lambda: self.closed.emit(pane_id)
        )
        self.transcript = Transcript(theme)
        head = QFrame()
        head.setFixedHeight(46)
        line = row(margins=(18, 0, 14, 0))
        line.addWidget(self.identity)
        line.addWidget(self.model, 1)
        line.addStretch()
        line.addWidget(self.settings)
        line.addWidget(self.close_it)
        head.setLayout(line)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(head)
        box.addWidget(rule())
        box.addWidget(self.transcript, 1)

    def show_pane(
        self,
        chat: Conversation,
        contenders: Sequence[Contender],
        place_of: PlaceOf,
        *,
        is_alone: bool,
    ) -> None:
        """Show it as it stands."""
        pane = chat.pane(self.pane_id)
        self._fill(contenders, pane.contender, place_of)
        self._show_identity(pane.contender)
        self.close_it.setVisible(not is_alone)
        self.transcript.nothing.setText(
            self.tr("Nothing was said yet. One prompt below asks every model.")
            if pane.contender is not None
            else self.tr("Choose a model above.")
        )
        self.transcript.show_pane(chat, self.pane_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_chip()

    def _show_chip(self) -> None:
        """The colour's word goes where the model's name would have no room."""
        self.identity.setVisible(bool(self.identity.text()) and self.width() >= _ROOM_FOR_CHIP_PX)

    def _fill(
        self, contenders: Sequence[Contender], chosen: Contender | None, place_of: PlaceOf
    ) -> None:
        known = list(contenders)
        if chosen is not None and not any(_is_same(one, chosen) for one in known):
            known.append(chosen)  # nobody can be asked now, but this is who it was
        if known != self._contenders:
            self._contenders = known
            self.model.clear()
            self.model.addItems(model_names(known, place_of))
        places = [n for n, one in enumerate(known) if chosen and _is_same(one, chosen)]
        self.model.setCurrentIndex(places[0] if places else -1)

    def _show_identity(self, who: Contender | None) -> None:
        if who is not None:
            is_base = who.kind == "base"
            self.identity.set_look("chip-base" if is_base else "chip-tuned")
            self.identity.setText(self.tr("base") if is_base else self.tr("tuned"))
        self._show_chip()

    def _choose(self, place: int) -> None:
        self.model_chosen.emit(self.pane_id, self._contenders[place])

    def _want_settings(self) -> None:
        corner = self.settings.mapToGlobal(self.settings.rect().bottomRight())
        self.settings_wanted.emit(self.pane_id, corner)


def _is_same(one: Contender, other: Contender) -> bool:
    return (one.provider_id, one.model) == (other.provider_id, other.model)
