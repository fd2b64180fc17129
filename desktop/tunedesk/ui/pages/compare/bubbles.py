"""The prompt above an answer: what the user said stands right, in a bubble."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from tunedesk.core.messages import role_of, text_of
from tunedesk.ui.pages.compare.prompts import Messages
from tunedesk.ui.widgets.text import PlainLabel

PAD_X, PAD_Y, GAP_PX = 12, 8, 10
WIDEST = 0.86
SHOWN_CHARS = 20_000


class Bubble(QFrame):
    """One message; a user's is grey and right, others plain and left."""

    def __init__(self, role: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_user = role == "user"
        self.label = PlainLabel(text, "body" if self.is_user else "second", wrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        pad_x = PAD_X if self.is_user else 0
        box.setContentsMargins(pad_x, PAD_Y if self.is_user else 0, pad_x, PAD_Y)
        box.addWidget(self.label)
        if self.is_user:
            self.setProperty("look", "bubble")

    def place(self, width: int, top: int) -> QRect:
        """Where this bubble lies in a column of `width`, its upper edge at `top`."""
        pad = 2 * PAD_X if self.is_user else 0
        widest = int(width * WIDEST) if self.is_user else width
        metrics = self.label.fontMetrics()
        flags = int(Qt.TextFlag.TextWordWrap)
        ink = metrics.boundingRect(QRect(0, 0, widest - pad, 1 << 22), flags, self.label.text())
        wide = min(widest, ink.width() + pad + 2)
        left = width - wide if self.is_user else 0
        high = self.label.heightForWidth(wide - pad) + PAD_Y * (2 if self.is_user else 1)
        return QRect(left, top, wide, high)


class PromptBubbles(QWidget):
    """The messages of a prompt, one under the other; its height follows its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._bubbles: list[Bubble] = []

    def set_messages(self, messages: Messages) -> None:
        """Show a prompt. What is not there is not drawn; an empty prompt has no height."""
        for bubble in self._bubbles:
            bubble.deleteLater()
        self._bubbles = []
        for message in messages:
            role, text = role_of(message), text_of(message)[:SHOWN_CHARS]
            self._bubbles.append(Bubble(role, self._words(role, text), self))
        for bubble in self._bubbles:
            bubble.show()
        self.setVisible(bool(self._bubbles))
        self._arrange()

    def _words(self, role: str, text: str) -> str:
        if role in ("system", "developer"):
            return self.tr("System prompt: {text}").format(text=text)
        return text

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return places[-1].bottom() + 1 if places else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        for bubble, place in zip(self._bubbles, self._places(self.width()), strict=True):
            bubble.setGeometry(place)

    def _places(self, width: int) -> list[QRect]:
        """Where each bubble lies in a column of `width`."""
        top, found = 0, []
        for bubble in self._bubbles:
            found.append(bubble.place(max(80, width), top))
            top = found[-1].bottom() + 1 + GAP_PX
        return found
