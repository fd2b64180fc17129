"""Content in parts: texts are edited in place, pictures and sounds are named and never loaded."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.text import ElidedLabel

_SHOWN_ADDRESS_CHARS = 120


class PartsEdit(QWidget):
    """`changed(parts)` with the whole list of parts."""

    changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: list[Any] = []
        self._shape: list[str] = []
        self.texts: dict[int, LongText] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)

    def show_parts(self, parts: list[Any]) -> None:
        """Show a list of content parts; boxes are kept while the kinds of parts stay the same."""
        self._parts = list(parts)
        shape = [_text_key(part) or _placeholder(part) for part in parts]
        if shape != self._shape:
            self._build(shape)
        for index, box in self.texts.items():
            box.show_text(parts[index][self._shape[index]])

    def commit(self) -> None:
        for box in list(self.texts.values()):
            box.edit.commit()

    def _build(self, shape: list[str]) -> None:
        self._shape = shape
        self.texts = {}
        while (item := self._box.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for index, part in enumerate(self._parts):
            if _text_key(part):
                name = self.tr("Part {n}, text").format(n=index + 1)
                box = self.texts[index] = LongText(self._theme, name)
                box.committed.connect(partial(self._text_changed, index))
                self._box.addWidget(box)
            else:
                self._box.addWidget(ElidedLabel(shape[index], "second"))

    def _text_changed(self, index: int, text: str) -> None:
        changed = list(self._parts)
        changed[index] = {**changed[index], self._shape[index]: text}
        self._parts = changed
        self.changed.emit(changed)


def _text_key(part: object) -> str:
    """The key of the part's text; "" for a part that has none."""
    if isinstance(part, Mapping):
        for key in ("text", "refusal"):
            if part.get("type") == key and isinstance(part.get(key), str):
                return key
    return ""


def _placeholder(part: object) -> str:
    kind = part.get("type") if isinstance(part, Mapping) else None
    words = {
        "image_url": _tr("Picture, not loaded: {address}"),
        "input_audio": _tr("Sound, not loaded"),
        "file": _tr("File, not loaded"),
    }.get(kind if isinstance(kind, str) else "", _tr("A part of another kind; edit it as JSON"))
    return words.format(address=_address(part))


def _address(part: object) -> str:
    found = part.get("image_url") if isinstance(part, Mapping) else None
    url = found.get("url") if isinstance(found, Mapping) else found
    if not isinstance(url, str):
        return "?"
    return url if len(url) <= _SHOWN_ADDRESS_CHARS else f"{url[:_SHOWN_ADDRESS_CHARS]}…"


def _tr(text: str) -> str:
    return QCoreApplication.translate("PartsEdit", text)
