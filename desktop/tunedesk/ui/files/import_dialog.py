"""The window that says what a file holds, shows its rows as they will be, and takes them in."""

from __future__ import annotations

import asyncio

import msgspec
from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QListWidget,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.columns import ColumnMapping
from tunedesk.core.formats.containers import Source
from tunedesk.core.formats.looking import Action
from tunedesk.services.transfer.import_types import FilePlan, ImportPlan
from tunedesk.services.transfer.importing import Importing
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.files.import_types import ImportDone, ImportWish, ImportWork, OpenTarget
from tunedesk.ui.files.mapping_panel import MappingPanel
from tunedesk.ui.files.sample_table import sample_table, show_sample
from tunedesk.ui.files.source_words import findings
from tunedesk.ui.files.words import file_words, files_words
from tunedesk.ui.files.work_bar import WorkBar
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import words_of
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row, scrolled
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_SIZE = QSize(940, 680)


class ImportDialog(ToolDialog):
    """`done_work` is None until the import is through; the dialog closes then by itself."""

    def __init__(
        self,
        plan: ImportPlan,
        *,
        importing: Importing,
        work: ImportWork,
        target: OpenTarget | None,
        operations: Operations,
        memory: Memory,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, self.tr("Import"), "import", memory, _SIZE)
        self.plan = plan
        self.done_work: ImportDone | None = None
        self._importing, self._work, self._target = importing, work, target
        self._operations = operations
        self._task: asyncio.Task[ImportDone] | None = None
        self._build(theme)
        self._wire()
        usable = (file.look.action is not Action.NOTHING for file in plan.files)
        self.files.setCurrentRow(next((at for at, is_usable in enumerate(usable) if is_usable), 0))
        self._show_file()
        self.name.setFocus()

    # -- building ------------------------------------------------------------------------------

    def _build(self, theme: Theme) -> None:
        plan = self.plan
        self.heading = PlainLabel(files_words(plan.source, len(plan.files)), "title")
        self.files = QListWidget()
        self.files.setAccessibleName(self.tr("Files"))
        self.files.addItems([file_words(file) for file in plan.files])
        self.files.setMaximumHeight(96)
        self.files.setVisible(len(plan.files) > 1)
        self.said = PlainLabel("", wrap=True)
        self.changed = PlainLabel("", "second", wrap=True)
        self.lost = PlainLabel("", wrap=True)
        self.mapping = MappingPanel(theme)
        self.sample = sample_table()
        self.merges = QCheckBox(self.tr("Put the rows of all files into one dataset"))
        self.merges.setChecked(plan.merges)
        self.merges.setAccessibleName(self.merges.text())
        self.merges.setVisible(len(plan.files) > 1)
        self.as_new = QRadioButton(self.tr("As a new dataset, called"))
        self.as_new.setAccessibleName(self.tr("As a new dataset"))
        self.name = LineEdit(plan.source.stem)
        self.name.setAccessibleName(self.tr("Name of the new dataset"))
        self.adds = QRadioButton(self._adds_words())
        self.adds.setAccessibleName(self.adds.text())
        self.adds.setVisible(self._target is not None)
        self._either = QButtonGroup(self)
        for choice in (self.as_new, self.adds):
            self._either.addButton(choice)
        self.as_new.setChecked(True)
        self.progress = WorkBar(self.tr("How far the import is"))
        self.cancel = button(self.tr("Cancel"), self.reject)
        self.go = default(button(self.tr("Import"), self._go, look="primary"))
        self._lay_out()

    def _adds_words(self) -> str:
        name = self._target.name if self._target is not None else ""
        return self.tr("Add the rows to {name}").format(name=name).replace("&", "&&")

    def _lay_out(self) -> None:
        words = QWidget()
        self._becomes = QWidget()
        self._becomes.setLayout(column(self.lost, self.changed, None))
        what = QWidget()
        what.setLayout(column(self.said, None))
        both = row(what, self._becomes, spacing=24)
        for at in (0, 1):
            both.setStretch(at, 1)
        words.setLayout(both)
        spoken = scrolled(words)
        spoken.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
        spoken.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        spoken.setMinimumHeight(96)
        spoken.setMaximumHeight(150)
        target = row(self.as_new, self.name, 12, self.adds, None)
        self.arrange(
            self.heading,
            self.files,
            spoken,
            self.mapping,
            self.sample,
            self.merges,
            target,
            self.progress,
            buttons=[None, self.cancel, self.go],
        )
        box = self.layout()
        assert box is not None
        box.setStretchFactor(self.sample, 1)  # type: ignore[attr-defined]

    def _wire(self) -> None:
        self.files.currentRowChanged.connect(lambda _at: self._show_file())
        self.mapping.mapped.connect(self._mapped)
        self.mapping.read_anew.connect(self._read_anew)
        self.merges.toggled.connect(self._merged)
        self.adds.toggled.connect(lambda _on: self._show_state())
        self.name.textChanged.connect(lambda _text: self._show_state())

    # -- showing -------------------------------------------------------------------------------

    def _file(self) -> FilePlan:
        return self.plan.files[max(self.files.currentRow(), 0)]

    def _show_file(self) -> None:
        file = self._file()
        found = findings(self.plan, file)
        self.said.setText(found.what)
        self.changed.setText(found.changes)
        self.changed.setVisible(bool(found.changes))
        self.lost.setText(found.losses)
        self.lost.setVisible(bool(found.losses))
        self._becomes.setVisible(bool(found.changes or found.losses))  # else all the width is free
        self.mapping.setVisible(file.look.mapping is not None)
        if file.look.mapping is not None:
            self.mapping.show_file(file)
        show_sample(self.sample, file.look.sample)
        self._show_state()

    def _show_state(self) -> None:
        """Whether it can go on, and what the choices are."""
        n_new = sum(file.look.action is not Action.NOTHING for file in self.plan.files)
        is_named = self.as_new.isChecked() and (n_new == 1 or self.plan.merges)
        self.name.setEnabled(is_named and self._task is None)
        named = bool(self.name.text().strip()) or not is_named
        can_go = self.plan.is_usable and not self.plan.problem() and named
        self.go.setEnabled(can_go and self._task is None)
        self.go.setText(self.tr("Add rows") if self.adds.isChecked() else self.tr("Import"))
        for part in (self.files, self.mapping, self.merges, self.as_new, self.adds):
            part.setEnabled(self._task is None)

    # -- changing the plan ---------------------------------------------------------------------

    def _put(self, changed: FilePlan) -> None:
        self.plan = self.plan.with_file(changed)
        at = max(self.files.currentRow(), 0)
        item = self.files.item(at)
        if item is not None:
            item.setText(file_words(changed))
        self._show_file()

    def _mapped(self, mapping: ColumnMapping) -> None:
        self._put(self._file().with_mapping(mapping))

    def _read_anew(self, source: Source) -> None:
        again = self._importing.look_again(self._file(), source)
        self._operations.run(again, owner=self, done=self._put, failed=self._failed)

    def _merged(self, merges: bool) -> None:
        self.plan = msgspec.structs.replace(self.plan, merges=merges)
        self._show_state()

    # -- the work ------------------------------------------------------------------------------

    def _go(self) -> None:
        wish = ImportWish(plan=self.plan, name=self.name.text(), adds=self.adds.isChecked())
        self.progress.begin(self.tr("Reading…"))
        work = self._carry_out(wish)
        self._task = self._operations.run(work, owner=self, done=self._did, failed=self._failed)
        self._show_state()

    async def _carry_out(self, wish: ImportWish) -> ImportDone:
        return await self._work(wish, self.progress.at)

    def _did(self, done: ImportDone) -> None:
        self.done_work = done
        self._task = None
        self.accept()

    def _failed(self, error: TunedeskError) -> None:
        self._task = None
        title, text = words_of(error)
        self.progress.end(f"{title} {text}".replace("\n\n", " "), "second-error")
        self._show_state()

    def reject(self) -> None:
        """Cancel: the first press stops what runs and leaves nothing, the next closes."""
        if self._task is None:
            super().reject()
            return
        self._task.cancel()
        self._task = None
        self.progress.end(self.tr("Cancelled. Nothing was written."))
        self._show_state()
