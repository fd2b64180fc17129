"""The window that says what an export loses before it is written, writes it, and shows where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QCheckBox, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.export_rows import SUFFIXES, ExportKind, kinds_for
from tunedesk.core.formats.notes import NoteCount, NoteKind
from tunedesk.core.rows import Format
from tunedesk.services.transfer.export_preview import LOOKED_AT_ROWS, ExportPreview, preview_export
from tunedesk.services.transfer.export_types import CsvOptions, ExportReport
from tunedesk.services.transfer.exporting import Exporting
from tunedesk.services.work.background import Background
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.files.folders import show_in_folder
from tunedesk.ui.files.words import count_words, export_words
from tunedesk.ui.files.work_bar import WorkBar
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask, words_of
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import column, row, scrolled
from tunedesk.ui.widgets.text import PlainLabel

_SIZE = QSize(640, 470)


class ExportSource(msgspec.Struct, frozen=True, kw_only=True):
    """What can be written: `parts` are (words, row indices in file order), the first is all.

    `row` is quick and is called on the GUI thread; `save_all` writes all rows as they are.
    """

    name: str
    folder: Path
    format: Format
    row: Callable[[int], bytes]
    parts: Sequence[tuple[str, Sequence[int]]]
    save_all: Callable[[Path], Awaitable[None]] | None = None


class ExportDialog(ToolDialog):
    """Stays open when it is done, to say what came of it; `report` is then there."""

    def __init__(
        self,
        source: ExportSource,
        *,
        kind: ExportKind,
        part: int,
        exporting: Exporting,
        background: Background,
        ask: Ask,
        operations: Operations,
        memory: Memory,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, self.tr("Export"), "export", memory, _SIZE)
        self.source = source
        self.report: ExportReport | None = None
        self._exporting, self._background = exporting, background
        self._ask, self._operations = ask, operations
        self._task: asyncio.Task[ExportReport | None] | None = None
        self._looking: asyncio.Task[ExportPreview] | None = None
        self._build(theme)
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        self.part.setCurrentIndex(part)
        self.kind.currentIndexChanged.connect(lambda _at: self._look())
        self.part.currentIndexChanged.connect(lambda _at: self._look())
        self._look()

    def _build(self, theme: Theme) -> None:
        self.kind = ChoiceBox(theme, self.tr("Format"))
        for kind in kinds_for(self.source.format):
            self.kind.addItem(export_words(kind)[0], kind)
        self.part = ChoiceBox(theme, self.tr("Rows"))
        for words, indices in self.source.parts:
            self.part.addItem(f"{words} · {rows_words(len(indices))}")
        self.about = PlainLabel("", "second", wrap=True)
        self.losses = PlainLabel("", wrap=True)
        self.has_bom = QCheckBox(self.tr("With a mark that lets Excel read Thai and other scripts"))
        self.protects = QCheckBox(self.tr("Keep cells that look like formulas from running"))
        for box in (self.has_bom, self.protects):
            box.setChecked(True)
            box.setAccessibleName(box.text())
        self.progress = WorkBar(self.tr("How far the export is"))
        self.show_folder = button(self.tr("Show in folder"), self._show_folder)
        self.show_folder.hide()
        self.cancel = button(self.tr("Cancel"), self.reject)
        self.go = default(button(self.tr("Export…"), self._go, look="primary"))
        said = QWidget()
        said.setLayout(column(self.about, self.losses, None))
        choices = row(
            PlainLabel(self.tr("Format"), "second"),
            self.kind,
            12,
            PlainLabel(self.tr("Rows"), "second"),
            self.part,
            None,
        )
        heading = PlainLabel(self.tr("Export {name}").format(name=self.source.name), "title")
        self.arrange(
            heading,
            choices,
            self.has_bom,
            self.protects,
            scrolled(said),
            self.progress,
            buttons=[self.show_folder, None, self.cancel, self.go],
        )

    # -- before --------------------------------------------------------------------------------

    @property
    def chosen_kind(self) -> ExportKind:
        return ExportKind(self.kind.currentData())

    def _indices(self) -> Sequence[int]:
        return self.source.parts[self.part.currentIndex()][1]

    def _look(self) -> None:
        """Say what this choice loses, of as many rows as are quick to try."""
        kind = self.chosen_kind
        for box in (self.has_bom, self.protects):
            box.setVisible(kind is ExportKind.CSV)
        self.about.setText(export_words(kind)[1])
        self.losses.setText(self.tr("Looking at the rows…"))
        self.show_folder.hide()
        self.progress.end()
        self.go.setEnabled(bool(self._indices()))
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._operations.run(
            self._looked(kind), owner=self, done=self._show_preview, failed=self._failed
        )

    async def _looked(self, kind: ExportKind) -> ExportPreview:
        rows: list[tuple[int, bytes]] = []
        for index in self._indices()[:LOOKED_AT_ROWS]:
            rows.append((len(rows) + 1, self.source.row(index)))
            if len(rows) % 100 == 0:
                await asyncio.sleep(0)
        return await self._background.run(preview_export, rows, self.source.format, kind)

    def _show_preview(self, preview: ExportPreview) -> None:
        sentences = loss_words(preview.notes, preview.n_left_out)
        n_rows = len(self._indices())
        if not n_rows:
            self.losses.setText(self.tr("There are no such rows."))
        elif not sentences:
            self.losses.setText(self.tr("Nothing is lost."))
        else:
            head = self.tr("Before you write it:")
            if preview.n_rows < n_rows:
                of = self.tr("Before you write it (of the first {rows}):")
                head = of.format(rows=rows_words(preview.n_rows))
            self.losses.setText("\n".join([head, *sentences]))

    # -- the work ------------------------------------------------------------------------------

    def _go(self) -> None:
        self.report = None
        self._run(self._write())
        self._show_running(True)

    def _run(self, work: Coroutine[Any, Any, ExportReport | None]) -> None:
        self._task = self._operations.run(work, owner=self, done=self._did, failed=self._failed)

    async def _write(self) -> ExportReport | None:
        kind = self.chosen_kind
        target = await self._target(kind)
        if target is None:
            return None
        self.progress.begin(self.tr("Writing {name}…").format(name=target.name))
        if kind is ExportKind.JSONL and not self.part.currentIndex() and self.source.save_all:
            await self.source.save_all(target)
            n_rows = len(self._indices())
            return ExportReport(path=target, n_rows=n_rows, n_left_out=0, notes=[])
        return await self._exporting.write(
            self.source.row,
            self._indices(),
            self.source.format,
            kind,
            target,
            csv=CsvOptions(
                has_bom=self.has_bom.isChecked(), protects_formulas=self.protects.isChecked()
            ),
            progress=self.progress.at,
        )

    async def _target(self, kind: ExportKind) -> Path | None:
        """Where to write; a file that is there is replaced only after asking."""
        suffix = SUFFIXES.get(kind, ".jsonl")
        suggested = self.source.folder / f"{Path(self.source.name).stem}-export{suffix}"
        pattern = f"{export_words(kind)[0]} (*{suffix})"
        target = await self._ask.save_file(self.tr("Export"), suggested, pattern)
        if target is not None and not target.suffix:
            target = target.with_suffix(suffix)
        return target

    def _did(self, report: ExportReport | None) -> None:
        self._task = None
        self.report = report
        self._show_running(False)
        if report is None:
            self.progress.end()
            return
        said = self.tr("{rows} written to {path}.").format(
            rows=rows_words(report.n_rows), path=report.path
        )
        self.progress.end(said)
        sentences = loss_words(report.notes, report.n_left_out)
        self.losses.setText("\n".join(sentences) or self.tr("Nothing was lost."))
        self.show_folder.show()
        self.cancel.setText(self.tr("Close"))

    def _failed(self, error: TunedeskError) -> None:
        self._task = None
        self._show_running(False)
        title, text = words_of(error)
        self.progress.end(f"{title} {text}".replace("\n\n", " "), "second-error")

    def _show_running(self, runs: bool) -> None:
        for part in (self.kind, self.part, self.has_bom, self.protects, self.go):
            part.setEnabled(not runs)

    def _show_folder(self) -> None:
        if self.report is not None:
            show_in_folder(self.report.path, self._ask)

    def reject(self) -> None:
        """Cancel: the first press stops what runs, the next closes."""
        if self._task is None:
            super().reject()
            return
        self._task.cancel()
        self._task = None
        self._show_running(False)
        self.progress.end(self.tr("Cancelled. Nothing was written."))


def loss_words(notes: Sequence[NoteCount], n_left_out: int) -> list[str]:
    """A sentence for each loss, rows that cannot be written first."""
    said = []
    if n_left_out:
        words = QCoreApplication.translate("ExportDialog", "• {rows} cannot be written so.")
        said.append(words.format(rows=rows_words(n_left_out)))
    order = (NoteKind.REJECTED, NoteKind.LOSS, NoteKind.CHANGE)
    for kind in order:
        said += [f"• {count_words(count)}" for count in notes if count.first.kind is kind]
    return said
