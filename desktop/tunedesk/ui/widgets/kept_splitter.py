"""A splitter that stands at the next start where a hand left it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QSplitter

from tunedesk.ui.memory import Memory

_SAVE_AFTER_MS = 300


def keep_sizes(splitter: QSplitter, memory: Memory, name: str, first: Sequence[int]) -> None:
    """Share the room as it is kept under `name`, or as `first` where nothing is; keep what a hand
    changes. Only the shares count: Qt fits them to the room. Its parts are all there already."""
    for number in range(1, splitter.count()):  # a reader meets the border, and Qt names no role
        words = QCoreApplication.translate("KeptSplitter", "Border between two panes")
        splitter.handle(number).setAccessibleName(words)
    kept = memory.value(name, list[int]) or []
    is_whole = len(kept) == splitter.count() and all(size > 0 for size in kept)
    splitter.setSizes(list(kept if is_whole else first))
    later = QTimer(splitter)
    later.setSingleShot(True)
    later.setInterval(_SAVE_AFTER_MS)
    later.timeout.connect(lambda: memory.keep(name, splitter.sizes()))
    splitter.splitterMoved.connect(lambda _place, _index: later.start())
