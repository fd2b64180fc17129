"""Asking the user. Pages get an `Ask`, so that tests answer without meeting a dialog."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.ui.widgets.crash_box import CrashBox
from tunedesk.ui.widgets.name_box import NameBox
from tunedesk.ui.widgets.system_dialogs import asks_before_replacing


def _tr(text: str) -> str:
    return QCoreApplication.translate("Ask", text)


class Ask(Protocol):
    """Questions that need an answer before work goes on."""

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        """True when the person chose `yes`; closing the dialog is a no."""

    async def open_files(self, title: str, name_filter: str) -> list[Path]:
        """The chosen files, empty when none."""

    async def open_folder(self, title: str) -> Path | None:
        """The chosen folder, or None."""

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        """Where to write, or None; a file that is there was asked about."""

    async def name(self, title: str, name: str, yes: str) -> str:
        """Another name for something called `name`; "" when the question was not answered."""

    def tell(self, error: BaseException) -> None:
        """Show what happened and what to do next, without waiting."""


async def finished(dialog: QDialog) -> int:
    """Open `dialog`, wait until it is closed without blocking the loop; Qt's result code."""
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def settle(code: int) -> None:
        if not future.done():
            future.set_result(code)

    dialog.finished.connect(settle)
    dialog.open()
    return await future


class DialogAsk:
    """The real thing: window-modal dialogs over `parent`."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        box = self._box(
            title, text, QMessageBox.Icon.Warning if danger else QMessageBox.Icon.Question
        )
        no_button = box.addButton(_tr("Keep as it is"), QMessageBox.ButtonRole.RejectRole)
        yes_button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(no_button if danger else yes_button)
        box.setEscapeButton(no_button)
        await finished(box)
        chosen = box.clickedButton() is yes_button
        box.deleteLater()
        return chosen

    async def open_files(self, title: str, name_filter: str) -> list[Path]:
        dialog = QFileDialog(self._parent, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(name_filter)
        code = await finished(dialog)
        chosen = [Path(name) for name in dialog.selectedFiles()] if code else []
        dialog.deleteLater()
        return chosen

    async def open_folder(self, title: str) -> Path | None:
        dialog = QFileDialog(self._parent, title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        code = await finished(dialog)
        chosen = Path(dialog.selectedFiles()[0]) if code else None
        dialog.deleteLater()
        return chosen

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        dialog = QFileDialog(self._parent, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(name_filter)
        # Qt would ask with a loop of its own, which no coroutine survives.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setDirectory(str(suggested.parent))
        dialog.selectFile(suggested.name)
        suffix = suggested.suffix.removeprefix(".")
        dialog.setDefaultSuffix(suffix)
        code = await finished(dialog)
        chosen = Path(dialog.selectedFiles()[0]) if code else None
        was_asked = asks_before_replacing(dialog)
        dialog.deleteLater()
        if chosen is None or was_asked or not chosen.exists():
            return chosen
        return chosen if await self._may_replace(chosen) else None

    async def _may_replace(self, path: Path) -> bool:
        title = _tr("Replace {name}?").format(name=path.name)
        text = _tr("There is a file of this name in {folder}. What is in it now will be gone.")
        told = text.format(folder=path.parent)
        return await self.confirm(title, told, _tr("Replace"), danger=True)

    async def name(self, title: str, name: str, yes: str) -> str:
        box = NameBox(title, name, yes, self._parent)
        await finished(box)
        box.deleteLater()
        return box.chosen

    def tell(self, error: BaseException) -> None:
        title, text = words_of(error)
        if not isinstance(error, TunedeskError):
            crash = CrashBox(title, text, error, self._parent)
            crash.finished.connect(crash.deleteLater)
            crash.open()
            return
        box = self._box(title, text, QMessageBox.Icon.Warning)
        box.addButton(_tr("Close"), QMessageBox.ButtonRole.AcceptRole)
        box.finished.connect(box.deleteLater)
        box.open()

    def _box(self, title: str, text: str, icon: QMessageBox.Icon) -> QMessageBox:
        box = QMessageBox(self._parent)
        box.setIcon(icon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(title)
        box.setText(title)
        box.setInformativeText(text)
        return box


def words_of(error: BaseException) -> tuple[str, str]:
    """Title and text for a person; of an unexpected error only its kind, never its content (K4)."""
    if isinstance(error, TunedeskError):
        return error.title, f"{error.what}\n\n{error.next_step}"
    what = _tr("An unexpected error of kind {kind} stopped this action.").format(
        kind=type(error).__name__
    )
    return _tr("Something went wrong"), what + "\n\n" + _tr("Your data is kept. Try once more.")
