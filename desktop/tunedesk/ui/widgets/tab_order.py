"""Tab goes as one reads: by the layouts as they are at that moment, whenever parts were made."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6 import QtCore  # not `Qt`, whose making would delay the first paint
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QWidget


def step_focus(window: QWidget, *, forward: bool) -> bool:
    """Give the keyboard to what is read next, or before; whether there was such a thing."""
    stops = list(tab_stops(window))
    if not stops:
        return False
    now = QApplication.focusWidget() or window.focusWidget()
    step = 1 if forward else -1
    at = stops.index(now) if now in stops else -1 if forward else 0
    target = stops[(at + step) % len(stops)]
    reasons = QtCore.Qt.FocusReason
    target.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
    _bring_into_view(target)
    return True


def tab_stops(widget: QWidget) -> Iterator[QWidget]:
    """What Tab stops at, in the order of reading: a part is followed by what it holds."""
    by_tab = QtCore.Qt.FocusPolicy.TabFocus
    for part in _parts(widget):
        if part.isHidden() or part.isWindow():
            continue
        is_stop = part.focusPolicy() & by_tab == by_tab and part.isEnabled()
        if is_stop and part.focusProxy() is None:
            yield part
        yield from tab_stops(part)


def _parts(widget: QWidget) -> list[QWidget]:
    """Children in their layout's order; then those that stand free, by their places."""
    layout = widget.layout()
    laid = list(_laid_out(layout)) if layout is not None else []
    free = [c for c in widget.children() if isinstance(c, QWidget) and c not in laid]
    return laid + sorted(free, key=lambda part: (part.y(), part.x()))


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid_out(inner)


def _bring_into_view(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
