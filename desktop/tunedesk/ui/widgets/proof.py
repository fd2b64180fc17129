"""Who gave an answer, and how it was asked: everything that is stored to prove it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.text import PlainLabel

Line = tuple[str, str]

_VALUE_PX, _BELOW_PX, _DIGEST_HALF = 360, 4, 32


def _tr(text: str) -> str:
    return QCoreApplication.translate("Proof", text)


def proof_lines(answer: Answer) -> list[Line]:
    """Each as a name and a value; what is not known says so."""
    unknown = _tr("not known")
    seconds = _tr("{s} s").format(s=f"{answer.elapsed_ms / 1000:.1f}")
    tokens = answer.completion_tokens
    return [
        (_tr("Provider"), answer.provider_id),
        (_tr("Model"), answer.model),
        (_tr("Adapter, sha256"), answer.model_digest or _tr("none, or not told by the provider")),
        (_tr("Settings"), _settings(answer.settings)),
        (_tr("Prompt, sha256"), answer.prompt_digest or unknown),
        (_tr("Finish reason"), answer.finish_reason or _tr("none: cut off before its end")),
        (_tr("Asked at"), _when(answer.at_ms) if answer.at_ms else unknown),
        (_tr("Time"), seconds),
        (_tr("Tokens"), f"{tokens:,}" if tokens is not None else unknown),
    ]


def _settings(settings: ChatSettings) -> str:
    parts = [
        _tr("temperature {n}").format(n=f"{settings.temperature:g}"),
        _tr("top_p {n}").format(n=f"{settings.top_p:g}"),
        _tr("at most {n} tokens").format(n=f"{settings.max_tokens:,}"),
        _tr("no seed") if settings.seed is None else _tr("seed {n}").format(n=settings.seed),
    ]
    return " · ".join(parts)


def _when(at_ms: int) -> str:
    return QLocale().toString(QDateTime.fromMSecsSinceEpoch(at_ms), QLocale.FormatType.ShortFormat)


class ProofLines(QWidget):
    """The lines of one answer, to be read and selected."""

    def __init__(self, answer: Answer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = proof_lines(answer)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for at, (name, value) in enumerate(self.lines):
            shown = PlainLabel(_broken(value), wrap=True)
            shown.setAccessibleName(f"{name}: {value}")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(PlainLabel(name, "second"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(shown, at, 1)


def _broken(value: str) -> str:
    """A digest on two lines: it has no place to break by itself."""
    is_digest = len(value) == 2 * _DIGEST_HALF and value.isalnum()
    return f"{value[:_DIGEST_HALF]}\n{value[_DIGEST_HALF:]}" if is_digest else value


class ProofPopup(QFrame):
    """The proof of one answer below a button; deleted when it closes."""

    def __init__(self, answer: Answer, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("look", "card")
        title = _tr("Proof of this answer")
        self.setAccessibleName(title)
        self.proof = ProofLines(answer)
        self.copy = button(_tr("Copy"), self._copy)
        self.setLayout(
            column(
                row(PlainLabel(title, "heading"), None, self.copy),
                self.proof,
                spacing=10,
                margins=(16, 14, 16, 14),
            )
        )
        self.setMinimumWidth(_VALUE_PX)

    def open_below(self, place: QPoint) -> None:
        """Its upper right corner at `place`."""
        self.adjustSize()
        self.move(place - QPoint(self.width(), -_BELOW_PX))
        self.show()
        self.copy.setFocus()

    def _copy(self) -> None:
        text = "\n".join(f"{name}: {value}" for name, value in self.proof.lines)
        QGuiApplication.clipboard().setText(text)
        self.close()


class ProofButton(IconButton):
    """Opens the proof of the answer it was given; hidden while there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "more", _tr("Proof of this answer"), self._open)
        self._answer: Answer | None = None
        self.hide()

    def show_answer(self, answer: Answer | None) -> None:
        """What the proof is of; None where nothing may be told yet."""
        self._answer = answer
        self.setVisible(answer is not None)

    def _open(self) -> None:
        if self._answer is not None:
            popup = ProofPopup(self._answer, self)
            popup.open_below(self.mapToGlobal(self.rect().bottomRight()))
