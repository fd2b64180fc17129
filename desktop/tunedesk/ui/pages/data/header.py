"""The Data page's top line: which dataset, how good it is, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from tunedesk.services.dataset_session import Counts
from tunedesk.services.workspace import DatasetInfo
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import fill
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip


class DataHeader(QWidget):
    """Fills a page's header; every wish leaves as a signal."""

    search_changed = Signal(str)
    open_asked = Signal()
    save_asked = Signal()
    train_asked = Signal()
    dataset_chosen = Signal(object)

    def __init__(self, header: QHBoxLayout, page: QWidget) -> None:
        super().__init__(page)
        self.hide()  # only a holder of signals: its parts stand in the page's own header
        self.name = button("", look="dataset", name=self.tr("Dataset"))
        self.format = PlainLabel("", "chip")
        self.valid = PlainLabel("", "chip-ok")
        self.warnings = PlainLabel("", "chip-warning")
        self.errors = PlainLabel("", "chip-error")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search rows…  Ctrl F"))
        self.search.setAccessibleName(self.tr("Search rows"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(230)
        self.search.setMinimumWidth(120)
        self.search.textChanged.connect(self.search_changed)
        self.open = button(self.tr("Open…"), self.open_asked.emit)
        self.save = button(self.tr("Save"), self.save_asked.emit)
        set_tip(self.save, self.tr("Write the file now (Ctrl+S)"))
        self.train = button(self.tr("Train on this →"), self.train_asked.emit, look="primary")
        about = (self.name, self.format, self.valid, self.warnings, self.errors)
        fill(header, (*about, None, self.search, self.open, self.save, self.train))
        self._add_keys(page)

    def _add_keys(self, page: QWidget) -> None:
        for key, act in (
            (QKeySequence(QKeySequence.StandardKey.Find), self.search.setFocus),
            (QKeySequence(QKeySequence.StandardKey.Open), self.open_asked.emit),
            (QKeySequence(QKeySequence.StandardKey.Save), self.save_asked.emit),
        ):
            QShortcut(key, page).activated.connect(act)

    def show_datasets(self, current: DatasetInfo, all_of_project: Sequence[DatasetInfo]) -> None:
        """The name doubles as a menu where the project has more than one dataset."""
        self.name.setText(current.name)
        menu = QMenu(self.name)
        for info in all_of_project:
            menu.addAction(info.name, partial(self.dataset_chosen.emit, info))
        if len(all_of_project) > 1:
            self.name.setMenu(menu)

    def show_counts(self, format_name: str, counts: Counts, *, checked: bool) -> None:
        self.format.setText(format_name)
        valid = counts.all - counts.errors
        self.valid.setText(
            self.tr("{n} valid").format(n=f"{valid:,}") if checked else self.tr("checking…")
        )
        self.warnings.setVisible(checked and counts.warnings > 0)
        self.warnings.setText(self._words(counts.warnings, self.tr("warning"), self.tr("warnings")))
        self.errors.setVisible(checked and counts.errors > 0)
        self.errors.setText(self._words(counts.errors, self.tr("error"), self.tr("errors")))
        self.train.setEnabled(counts.all > 0)

    def _words(self, count: int, one: str, many: str) -> str:
        return f"{count:,} {one if count == 1 else many}"
