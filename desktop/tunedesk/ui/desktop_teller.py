"""Notifications of the desktop, each of which leads somewhere when it is clicked."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

_SHOWN_MS = 10_000
_ENDING_MS = 1_000
_CLICK = "default"
"""The name by which the desktop knows a click on the notification itself."""


class DesktopTeller(QObject):
    """The system's tray where there is one, else `notify-send`; the taskbar is marked as well.
    With a click the window comes to the front."""

    def __init__(self, window: QWidget, come_forward: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._come_forward = window, come_forward
        self._tray: QSystemTrayIcon | None = None
        self._clicked: Callable[[], None] = lambda: None
        self._shown: list[QProcess] = []

    def tell(self, title: str, text: str, clicked: Callable[[], None]) -> None:
        """Show it, without waiting."""
        QApplication.alert(self._window)

        def taken_up() -> None:
            self._come_forward()
            clicked()

        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self._in_tray(title, text, taken_up)
        elif (program := shutil.which("notify-send")) is not None:
            self._by_program(program, title, html.escape(text, quote=False), taken_up)

    def close(self) -> None:
        """Let go of what is still shown: a click leads nowhere any more."""
        for process in self._shown:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(_ENDING_MS)
        self._shown.clear()

    def _in_tray(self, title: str, text: str, clicked: Callable[[], None]) -> None:
        self._clicked = clicked
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(lambda: self._clicked())
            self._tray.activated.connect(lambda _reason: self._clicked())
        self._tray.show()
        self._tray.showMessage(title, text, QIcon(), _SHOWN_MS)

    def _by_program(self, program: str, title: str, text: str, clicked: Callable[[], None]) -> None:
        """It stays, and says when the notification is clicked; one older than 0.7.10 knows no
        clicks and is asked again without. Bodies are markup to most desktops."""
        words = ["--app-name=Tunedesk", "--icon=app.tunedesk.Tunedesk"]
        open_it = f"--action={_CLICK}={self.tr('Open')}"
        process = QProcess(self)
        self._shown.append(process)

        def ended(code: int) -> None:
            if process in self._shown:
                self._shown.remove(process)
            process.deleteLater()
            if code:
                QProcess.startDetached(program, [*words, "--", title, text])
            elif _CLICK in bytes(process.readAllStandardOutput().data()).decode().split():
                clicked()

        process.finished.connect(ended)
        process.start(program, [*words, open_it, "--", title, text])
