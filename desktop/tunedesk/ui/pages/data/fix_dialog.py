"""A fix for all rows of a kind: shown before it is done, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, overload

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.ui.files.dialog import ToolDialog
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.preview_table import PreviewLine, PreviewTable
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel

Mended = Sequence[tuple[int, bytes]]
"""(index, after) of each row."""

RowReader = Callable[[int], bytes]

_SIZE = QSize(900, 560)


class FixDialog(ToolDialog):
    """`apply_asked(rows)` with (index, new bytes) of the ticked rows, or their indices where the
    fix does not change their text (`apply_rows_asked`)."""

    apply_asked = Signal(object)

    def __init__(
        self,
        title: str,
        *,
        operations: Operations,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, title, "fix_all", memory, _SIZE)
        self._operations = operations
        self._mended: Mended = ()
        self._row: RowReader = lambda _index: b""
        self._task: asyncio.Task[Any] | None = None
        self.said = PlainLabel(self.tr("Looking…"), "second", wrap=True)
        self.progress = ProgressBar()
        self.progress.setAccessibleName(self.tr("Looking at the rows"))
        self.table = PreviewTable(theme)
        self.table.preview.ticked_changed.connect(self._count)
        self.cancel = button(self.tr("Cancel"), self.reject)
        self.apply = button(self.tr("Fix"), self._apply, look="primary")
        self.apply.setEnabled(False)
        heading = PlainLabel(title, "title", wrap=True)
        self.arrange(
            heading, self.said, self.progress, self.table, buttons=[None, self.cancel, self.apply]
        )
        box = self.layout()
        assert box is not None
        box.setStretchFactor(self.table, 1)  # type: ignore[attr-defined]
        self.finished.connect(lambda _: self._stop())

    def begin(
        self, work: Callable[[Callable[[int, int], None]], Awaitable[Mended]], row: RowReader
    ) -> None:
        """Work the preview out; `work` is given a teller of progress, `row` reads a row."""
        self._row = row

        async def look() -> Mended:
            return await work(self._at)

        self._task = self._operations.run(look(), owner=self, done=self._show, failed=self._failed)

    def _at(self, n_done: int, n_all: int) -> None:
        self.progress.setRange(0, max(n_all, 1))
        self.progress.setValue(n_done)

    def _show(self, mended: Mended) -> None:
        self.progress.hide()
        self._mended = mended
        self.table.preview.show_lines(_Lines(mended, self._row))
        self.table.setFocus()

    def _failed(self, error: TunedeskError) -> None:
        self.progress.hide()
        self.said.set_look("error")
        self.said.setText(f"{error.title} {error.what} {error.next_step}")

    def _count(self) -> None:
        n_ticked = self.table.preview.n_ticked
        self.apply.setEnabled(n_ticked > 0)
        self.apply.setText(self.tr("Fix {n} rows").format(n=f"{n_ticked:,}"))
        self.apply.setAccessibleName(self.apply.text())
        words = self.tr("{n} rows change, as one step that can be undone.")
        if not self.table.preview.lines:
            words = self.tr("No row would change: this needs a person's hand.")
        self.said.setText(words.format(n=f"{n_ticked:,}"))

    def _stop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()

    def _apply(self) -> None:
        preview = self.table.preview
        chosen = self._mended
        if preview.n_ticked < len(chosen):
            chosen = [one for at, one in enumerate(chosen) if preview.is_ticked(at)]
        self.apply_asked.emit(tuple(chosen))
        self.accept()


class _Lines(Sequence[PreviewLine]):
    """Made when they are looked at: there may be hundreds of thousands."""

    def __init__(self, mended: Mended, row: RowReader) -> None:
        self._mended, self._row = mended, row

    def __len__(self) -> int:
        return len(self._mended)

    @overload
    def __getitem__(self, at: int) -> PreviewLine: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[PreviewLine]: ...

    def __getitem__(self, at: int | slice) -> PreviewLine | Sequence[PreviewLine]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        index, after = self._mended[at]
        return PreviewLine(index, _text(self._row(index)), _text(after))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
