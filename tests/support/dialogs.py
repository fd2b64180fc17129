"""The window that is open over the app, waited for as a person would."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QDialog

from tests.support.desk_bench import RunningDesk

D = TypeVar("D", bound=QDialog)


def opened(app: RunningDesk, kind: type[D]) -> D:
    """The one visible dialog of this kind; AssertionError if none comes."""
    app.loop.settle(lambda: _visible(app, kind))
    found = _visible(app, kind)
    assert len(found) == 1
    return found[0]


def is_open(app: RunningDesk, kind: type[D]) -> bool:
    """Whether a dialog of this kind is shown now."""
    return bool(_visible(app, kind))


def _visible(app: RunningDesk, kind: type[D]) -> list[D]:
    return [dialog for dialog in app.window.findChildren(kind) if dialog.isVisible()]
