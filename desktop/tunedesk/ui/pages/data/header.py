"""The Data page's top line: which dataset, how good it is, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from tunedesk.core.rows import Format
from tunedesk.services.dataset.session import CheckState, Counts
from tunedesk.services.project.workspace import DatasetInfo
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.giving_way import GivingWay
from tunedesk.ui.widgets.layout import fill, holding
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.widgets.tips import set_tip

MANY_ROWS = 20_000
"""Checking so many takes long enough for a person to want to stop it."""

_NAME_PX = 260
_QUIET_STAGES = ("rows", "file")  # of a check after the first one


class DataHeader(QWidget):
    """Fills a page's header; every wish leaves as a signal."""

    find_asked = Signal()
    undo_asked = Signal()
    redo_asked = Signal()
    import_asked = Signal()
    folder_asked = Signal()
    save_asked = Signal()
    train_asked = Signal()
    check_turned = Signal()
    dataset_chosen = Signal(object)

    def __init__(self, theme: Theme, header: QHBoxLayout, page: QWidget) -> None:
        super().__init__(page)
        self.hide()  # only a holder of signals: its parts stand in the page's own header
        self.name = button("", look="dataset", name=self.tr("Dataset"))
        self._format_words: dict[str, str] = {
            Format.COMPLETION: self.tr("prompt and completion"),
            Format.PREFERENCE: self.tr("preference pairs"),
        }
        self.format = PlainLabel("", "chip")
        self.valid = PlainLabel("", "chip-ok")
        self.warnings = PlainLabel("", "chip-warning")
        self.errors = PlainLabel("", "chip-error")
        self.check = IconButton(theme, "close", self.tr("Stop checking"), self.check_turned.emit)
        self.check.hide()
        self.search = LineEdit()
        self.search.setPlaceholderText(self.tr("Search rows…  Ctrl F"))
        self.search.setAccessibleName(self.tr("Search rows"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(230)
        self.search.setMinimumWidth(130)
        self.importing = button(self.tr("Import…"), self.import_asked.emit)
        set_tip(self.importing, self.tr("Open or import files (Ctrl+O), a folder (Ctrl+Shift+I)"))
        self.export_menu = QMenu(page)
        self.export = button(self.tr("Export"), name=self.tr("Export"))
        self.export.setMenu(self.export_menu)
        set_tip(self.export, self.tr("Write rows for others (Ctrl+Shift+E)"))
        self.train = button(self.tr("Train on this →"), self.train_asked.emit, look="primary")
        self.undo = IconButton(theme, "undo", self.tr("Undo"), self.undo_asked.emit)
        self.redo = IconButton(theme, "redo", self.tr("Redo"), self.redo_asked.emit)
        self.show_undo("", "", False, False)
        about = [holding(part) for part in (self.format, self.valid, self.warnings, self.errors)]
        fill(
            header,
            (
                self.name,
                *about[:2],
                self.check,
                *about[2:],
                None,
                self.undo,
                self.redo,
                self.search,
                self.importing,
                self.export,
                self.train,
            ),
        )
        GivingWay(header, about)
        self._add_keys(page)

    def _add_keys(self, page: QWidget) -> None:
        standard = QKeySequence.StandardKey
        for key, name, act in (
            (standard.Find, self.tr("Search rows"), self.find_asked.emit),
            (standard.Open, self.tr("Import…"), self.import_asked.emit),
            ("Ctrl+Shift+I", self.tr("Import a folder…"), self.folder_asked.emit),
            (standard.Save, self.tr("Save the file"), self.save_asked.emit),
        ):
            named_key(page, key, name, act)

    def show_datasets(self, current: DatasetInfo, all_of_project: Sequence[DatasetInfo]) -> None:
        """The name doubles as a menu where the project has more than one dataset."""
        self.name.setText(_short(self.name, current.name))
        self.name.setAccessibleName(self.tr("Dataset {name}").format(name=current.name))
        set_tip(self.name, current.name)
        menu = QMenu(self.name)
        for info in all_of_project:
            menu.addAction(info.name, partial(self.dataset_chosen.emit, info))
        if len(all_of_project) > 1:
            self.name.setMenu(menu)

    def show_counts(self, format_name: str, counts: Counts, *, checked: bool) -> None:
        is_pairs = format_name == Format.PREFERENCE
        self.format.setText(self._format_words.get(format_name, format_name))
        self.train.setText(
            self.tr("Train on this (DPO) →") if is_pairs else self.tr("Train on this →")
        )
        self.train.setAccessibleName(self.train.text())
        valid = counts.all - counts.errors
        self.valid.setText(
            self.tr("{n} valid").format(n=f"{valid:,}") if checked else self.tr("checking…")
        )
        self.warnings.setVisible(checked and counts.warnings > 0)
        self.warnings.setText(self._words(counts.warnings, self.tr("warning"), self.tr("warnings")))
        was_wrong = self.errors.isVisible()
        self.errors.setVisible(checked and counts.errors > 0)
        self.errors.setText(self._words(counts.errors, self.tr("error"), self.tr("errors")))
        if was_wrong and checked and not counts.errors:
            announce(self.valid, self.valid.text())
        self.train.setEnabled(counts.all > 0)

    def show_check(self, state: CheckState | None, *, checked: bool, stopped: bool = False) -> None:
        """How far the first check has come, and the counting after it; after `show_counts`.

        A long one can be stopped, and one that was `stopped` can go on.
        """
        self.check.setVisible(stopped or (state is not None and state.n_rows >= MANY_ROWS))
        if stopped:
            self.check.show_as("redo", self.tr("Go on checking"))
            self.valid.setText(self.tr("check stopped"))
            return
        self.check.show_as("close", self.tr("Stop checking"))
        if state is None or not state.n_rows or (checked and state.stage in _QUIET_STAGES):
            return
        said = self.tr("checking {percent} %")
        if state.stage == "tokens":
            said = self.tr("counting tokens {percent} %")
        elif state.stage == "sample":
            said = self.tr("reading a sample {percent} %")
        elif state.stage == "texts":
            said = self.tr("reading texts {percent} %")
        elif state.stage == "alike":
            said = self.tr("comparing rows {percent} %")
        progress = said.format(percent=100 * state.n_done // state.n_rows)
        self.valid.setText(progress)
        # Where the window is narrow, the button stands alone.
        set_tip(self.check, f"{self.tr('Stop checking')} · {progress}")

    def show_undo(self, undone: str, redone: str, can_undo: bool, can_redo: bool) -> None:
        """What the next undo and redo would do, by name."""
        nothing = (self.tr("Nothing to undo"), self.tr("Nothing to redo"))
        for made, words, name, key, can, reason in (
            (self.undo, self.tr("Undo {what}"), undone, "Ctrl+Z", can_undo, nothing[0]),
            (self.redo, self.tr("Redo {what}"), redone, "Ctrl+Shift+Z", can_redo, nothing[1]),
        ):
            text = words.format(what=name).strip()
            made.setEnabled(can)
            made.setAccessibleDescription("" if can else reason)
            made.setAccessibleName(text)
            set_tip(made, f"{text} ({key})")

    def _words(self, count: int, one: str, many: str) -> str:
        return f"{count:,} {one if count == 1 else many}"


def _short(shown: QPushButton, name: str) -> str:
    """The name as far as there is room for one; no letter of it is a mnemonic."""
    elided = shown.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_PX)
    return elided.replace("&", "&&")
